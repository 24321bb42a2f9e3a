#include "cli/commands.h"
#include "cli/regex.h"

namespace cli {

Result<int> commands::erase(Invocation& call) {
  const bool force = call.arguments.flag("force");
  return for_containers(call, call.arguments.positional[0],
                        [&](const std::string& id) { return container::remove(call.context, id, force); });
}

}  // namespace cli
