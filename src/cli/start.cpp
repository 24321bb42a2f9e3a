#include "cli/commands.h"

namespace cli {

Result<int> commands::start(Invocation& call) {
  TRY(container::start(call.context, call.arguments.positional[0]));
  return 0;
}

}  // namespace cli
