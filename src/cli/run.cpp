#include "cli/run.h"

#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/host.h"

namespace cli {

bool over_host(std::span<const std::string> words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (!word.starts_with('-')) continue;
    const std::string_view dashed = std::string_view(word).substr(word.starts_with("--") ? 2 : 1);
    const std::string_view name = dashed.substr(0, dashed.find('='));
    if (name == "host" || name == "base") return true;
  }
  return false;
}

Result<int> commands::run(Invocation& call) {
  if (over_host(call.words)) {
    call.context.rootless = TRY(read_rootless(call.rootless));
    return run_host(call.context, call.words);
  }
  container::RunOptions options;
  TRY(read_create_options(call, options));
  TRY(bind(call.arguments, {{"detach", &options.detach}, {"keep", &options.keep}, {"no-subreaper", &options.no_subreaper}}));
  return container::run(call.context, options);
}

}  // namespace cli
