#include "cli/commands.h"
#include "cli/regex.h"
#include "cli/signals.h"

namespace cli {

Result<int> commands::kill(Invocation& call) {
  const auto& words = call.arguments.positional;
  const auto signal = parse_signal(words.size() > 1 && !words[1].empty() ? words[1] : "TERM");
  const bool all = call.arguments.flag("all");
  return for_containers(call, words[0], [&](const std::string& id) -> Result<> {
    if (signal) return container::kill(call.context, id, *signal, all);
    TRY(container::state(call.context, id));  // whoever names no container hears that first
    return std::unexpected(signal.error());
  });
}

}  // namespace cli
