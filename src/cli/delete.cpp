#include "cli/commands.h"

namespace cli {

Result<int> commands::erase(Invocation& call) {
  TRY(container::remove(call.context, call.arguments.positional[0], call.arguments.flag("force")));
  return 0;
}

}  // namespace cli
