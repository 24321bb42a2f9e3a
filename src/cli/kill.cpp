#include "cli/commands.h"
#include "cli/signals.h"

namespace cli {

Result<int> commands::kill(Invocation& call) {
  const auto& words = call.arguments.positional;
  const int signal = TRY(parse_signal(words.size() > 1 ? words[1] : "TERM"));
  TRY(container::kill(call.context, words[0], signal, call.arguments.flag("all")));
  return 0;
}

}  // namespace cli
