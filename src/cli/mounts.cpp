#include "cli/commands.h"
#include "cli/text.h"
#include "config/read.h"
#include "container/explain.h"
#include "container/files.h"
#include "support/text.h"

namespace cli {

Result<int> commands::mounts(Invocation& call) {
  const auto& words = call.arguments.positional;
  if (words[0] != "add" && words[0] != "remove")
    return fail("unknown action " + text::quote(words[0]), "", "mounts add CONTAINER FILE, or mounts remove CONTAINER FILE");
  TRY(container::state(call.context, words[1]));  // before anything is read: whoever names no container hears that first
  const std::string text = TRY(container::read_document(words[2], config::kMaxDocumentBytes));
  auto changed = container::change_mounts(call.context, words[1], text, words[0] == "remove");
  if (changed) return 0;
  return std::unexpected(
      container::finish(container::about_document(std::move(changed).error(), words[2]), text, base_name(words[2])));
}

}  // namespace cli
