// Process: the runtime, on the host.
#include "container/exec_process.h"

#include <algorithm>
#include <limits>
#include <map>

#include "container/files.h"
#include "support/text.h"

namespace container {
namespace {

constexpr std::uint64_t kMaxId = std::numeric_limits<std::uint32_t>::max() - 1;  // the last one means "unchanged" to setuid(2)

Result<std::uint32_t> parse_id(std::string_view name, std::string_view word) {
  const auto id = text::parse_unsigned(word, kMaxId);
  if (!id) return fail("bad " + std::string(name) + ": strconv.Atoi: parsing " + text::quote(word) + ": invalid syntax");
  return static_cast<std::uint32_t>(*id);
}

Result<> set_user(config::User& user, std::string_view word) {
  const std::size_t colon = word.find(':');
  if (colon != std::string_view::npos) user.gid = TRY(parse_id("gid", word.substr(colon + 1)));
  user.uid = TRY(parse_id("uid", word.substr(0, colon)));
  return {};
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

// To what the process may have and has; never to what it may hand on (CVE-2022-29162): inheritable stays as configured. A name that
// stands there is raised to ambient too, as runc does: the configuration has said already that it may outlive an exec.
void add_capability(config::Process& process, const std::string& name) {
  if (!process.capabilities) process.capabilities.emplace();
  config::Capabilities& sets = *process.capabilities;
  for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted}) add_once(*set, name);
  if (std::ranges::find(sets.inheritable, name) != sets.inheritable.end()) add_once(sets.ambient, name);
}

using Chosen = std::map<std::string, std::string>;  // controller, "" without one → path

Result<Chosen> read_choice(const std::vector<std::string>& words) {
  Chosen chosen;
  for (const std::string& word : words) {
    const std::size_t colon = word.find(':');
    if (colon == std::string::npos) {
      if (words.size() != 1) return fail("invalid --cgroup argument: " + word + " (missing <controller>: prefix)");
      chosen[""] = word;
      continue;
    }
    std::string_view controllers = std::string_view(word).substr(0, colon);
    for (bool more = true; more;) {
      const std::size_t comma = controllers.find(',');
      const std::string controller(controllers.substr(0, comma));
      more = comma != std::string_view::npos;
      if (more) controllers.remove_prefix(comma + 1);
      if (controller.empty()) return fail("invalid --cgroup argument: " + word + " (empty <controller> prefix)");
      if (!chosen.emplace(controller, word.substr(colon + 1)).second)
        return fail("invalid --cgroup argument(s): controller " + controller + " specified multiple times");
    }
  }
  return chosen;
}

bool has_controller(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == name) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// The path a process of `controllers` is in, out of /proc/PID/cgroup: "4:cpu,cpuacct:/a/b".
std::string path_in(std::string_view table, std::string_view controllers) {
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    const std::string_view line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (line.substr(first + 1, second - first - 1) == controllers) return std::string(line.substr(second + 1));
  }
  return {};
}

Result<> join_beside_init(const State& state, int pid) {
  const std::string table =
      TRY_DOING("read the container's cgroup",
                read_whole(AT_FDCWD, ("/proc/" + std::to_string(state.init.pid) + "/cgroup").c_str(), 64 << 10));
  const plan::CgroupLayout layout = TRY(cgroup::read_layout());
  cgroup::Group group;
  for (const plan::CgroupHierarchy& hierarchy : layout.hierarchies) {
    const std::string path = path_in(table, hierarchy.controllers);
    if (!path.empty()) group.push_back({hierarchy.controllers, hierarchy.mount_point + path, cgroup::Member::Made::before_us});
  }
  return cgroup::join(group, pid);
}

}  // namespace

Result<config::Process> exec_process(const config::Spec& spec, const ExecOptions& options) {
  if (!spec.process) return fail("process property must not be empty");
  if (options.args.empty()) return fail("exec args cannot be empty");
  config::Process process = *spec.process;
  process.args = options.args;
  process.terminal = options.tty;
  if (options.cwd) process.cwd = *options.cwd;
  if (options.apparmor) process.apparmor_profile = options.apparmor;
  if (options.process_label) process.selinux_label = options.process_label;
  if (options.user) TRY(set_user(process.user, *options.user));
  if (options.no_new_privs) process.no_new_privileges = true;
  process.env.insert(process.env.end(), options.env.begin(), options.env.end());
  for (const std::string& name : options.capabilities) add_capability(process, name);
  auto& groups = process.user.additional_gids;
  groups.insert(groups.end(), options.additional_gids.begin(), options.additional_gids.end());
  return process;
}

Result<cgroup::Group> choose_group(const cgroup::Group& own, const std::vector<std::string>& words, std::string_view delegated) {
  cgroup::Group group = own;
  if (words.empty()) {
    for (cgroup::Member& member : group)
      if (member.controllers.empty() && !delegated.empty()) (member.directory += '/') += delegated;
    return group;
  }
  const Chosen chosen = TRY(read_choice(words));
  for (const auto& [controller, path] : chosen) {
    const auto member = std::ranges::find_if(group, [&controller = controller](const cgroup::Member& each) {
      return controller.empty() ? each.controllers.empty() : has_controller(each.controllers, controller);
    });
    if (member == group.end()) return fail("unknown controller " + controller + " in SubCgroupPaths");
    const std::string directory = text::clean_path(member->directory + '/' + path);
    if (directory != member->directory && !directory.starts_with(member->directory + '/'))
      return fail("bad sub cgroup path: " + path);
    member->directory = directory;
  }
  return group;
}

Result<> join_for_exec(const State& state, const cgroup::Group& group, int pid, bool may_follow) {
  auto joined = cgroup::join(group, pid);
  if (joined) return {};
  constexpr int kEperm = 1, kEnoent = 2, kEacces = 13, kEbusy = 16;
  const int code = joined.error().code;
  // Between two parts of the tree that are another's only their manager moves a process.
  if (may_follow && !state.unit.empty() && (code == kEacces || code == kEperm))
    return cgroup::attach_to_unit(state.systemd_unit(), pid);
  if (may_follow && (code == kEnoent || code == kEbusy)) return join_beside_init(state, pid);
  return joined;
}

}  // namespace container
