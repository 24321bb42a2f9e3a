#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace cli {
namespace {

Result<std::vector<std::uint32_t>> read_groups(const std::vector<std::string>& words) {
  std::vector<std::uint32_t> groups;
  for (const std::string& word : words) {
    if (word.starts_with('-')) return fail("additional-gids must be a positive number " + word);
    groups.push_back(static_cast<std::uint32_t>(std::stoul(word)));  // the table's kind has checked digits and range
  }
  return groups;
}

}  // namespace

Result<int> commands::exec(Invocation& call) {
  container::ExecOptions options;
  std::vector<std::string> groups;
  TRY(bind(call.arguments, {{"process", &options.process_file},
                            {"cwd", &options.cwd},
                            {"env", &options.env},
                            {"tty", &options.tty},
                            {"user", &options.user},
                            {"additional-gids", &groups},
                            {"cap", &options.capabilities},
                            {"no-new-privs", &options.no_new_privs},
                            {"apparmor", &options.apparmor},
                            {"process-label", &options.process_label},
                            {"cgroup", &options.cgroups},
                            {"detach", &options.detach},
                            {"ignore-paused", &options.ignore_paused},
                            {"console-socket", &options.console_socket},
                            {"pidfd-socket", &options.pidfd_socket},
                            {"pid-file", &options.pid_file},
                            {"preserve-fds", &options.preserve_fds}}));
  options.additional_gids = TRY(read_groups(groups));
  const auto& words = call.arguments.positional;
  options.id = words[0];
  // "exec ID -- COMMAND": no program is called "--", and people type it.
  const std::size_t first = words.size() > 1 && words[1] == "--" ? 2 : 1;
  options.args.assign(words.begin() + static_cast<std::ptrdiff_t>(first), words.end());
  call.document = options.process_file;
  return container::exec(call.context, options);
}

}  // namespace cli
