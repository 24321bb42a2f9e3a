#include "cli/create.h"

#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "container/files.h"

namespace cli {
namespace {

bool is_auto(std::string_view word) {
  constexpr std::string_view kAuto = "auto";
  if (word.empty()) return true;
  if (word.size() != kAuto.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if ((word[i] | 0x20) != kAuto[i]) return false;
  return true;
}

}  // namespace

Result<std::optional<bool>> read_rootless(std::string_view word) {
  if (is_auto(word)) return std::optional<bool>();
  const std::optional<bool> rootless = parse_bool(word);
  if (!rootless) return fail("strconv.ParseBool: parsing " + quoted(word) + ": invalid syntax");
  return rootless;
}

std::string document_path(const container::CreateOptions& options) {
  const std::string file = options.config_file.empty() ? "config.json" : options.config_file;
  const std::string bundle = options.bundle.empty() ? "." : options.bundle;
  return container::absolute_path(file.starts_with('/') ? file : bundle + '/' + file).value_or("");
}

Result<> read_create_options(Invocation& call, container::CreateOptions& options) {
  TRY(bind(call.arguments, {{"bundle", &options.bundle},
                            {"config", &options.config_file},
                            {"console-socket", &options.console_socket},
                            {"pidfd-socket", &options.pidfd_socket},
                            {"pid-file", &options.pid_file},
                            {"no-pivot", &options.no_pivot},
                            {"no-new-keyring", &options.no_new_keyring},
                            {"preserve-fds", &options.preserve_fds}}));
  options.id = call.arguments.positional[0];
  call.context.rootless = TRY(read_rootless(call.rootless));
  call.document = document_path(options);
  return {};
}

Result<int> commands::create(Invocation& call) {
  container::CreateOptions options;
  TRY(read_create_options(call, options));
  return std::unexpected(container::create(call.context, options));
}

}  // namespace cli
