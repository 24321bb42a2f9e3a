#include "cli/commands.h"

namespace cli {

Result<int> commands::pause(Invocation& call) {
  TRY(container::pause(call.context, call.arguments.positional[0]));
  return 0;
}

Result<int> commands::resume(Invocation& call) {
  TRY(container::resume(call.context, call.arguments.positional[0]));
  return 0;
}

}  // namespace cli
