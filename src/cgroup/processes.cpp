// cgroup/processes.cpp: who is in a group: join, list, kill.
#include <algorithm>
#include <charconv>

#include "cgroup/room.h"
#include "cgroup/walk.h"
#include "sys/process.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kNoDevice = 19 /* ENODEV */, kInvalid = 22 /* EINVAL */,
              kNotSupported = 95 /* EOPNOTSUPP */;
constexpr int kSigkill = 9;

void collect(std::string_view text, std::vector<int>& pids) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    int pid = 0;
    // 0 stands for a process that has no number in our pid namespace.
    if (std::from_chars(line.data(), line.data() + line.size(), pid).ec == std::errc{} && pid > 0) pids.push_back(pid);
  }
}

sys::Result<std::string> read_below(int directory, const char* name) {
  const sys::UniqueFd file = SYS_TRY(sys::openat(directory, name, O_RDONLY));
  return read_all(file.get());
}

sys::Result<> collect_from(int directory, std::vector<int>& pids) {
  auto text = read_below(directory, "cgroup.procs");
  // A threaded group lists threads only; the number of a process is that of its first thread.
  if (!text && text.error().code == kNotSupported) text = read_below(directory, "cgroup.threads");
  if (!text) return std::unexpected(text.error());
  collect(*text, pids);
  return {};
}

// A process that is being moved shows up twice, or first in one group and then in another.
void sort_unique(std::vector<int>& pids) {
  std::ranges::sort(pids);
  pids.erase(std::ranges::unique(pids).begin(), pids.end());
}

const Member* lister_of(const Group& group) {
  const Member* found = group.empty() ? nullptr : &group.front();
  for (const Member& member : group)
    if (member.controllers.empty() || lists(member.controllers, "devices")) found = &member;
  return found;
}

bool ours(const Member& member) { return member.made == Member::Made::by_us; }

// Those of the first hierarchy that lists any: a process in one of ours is ours, wherever else it may have gone.
std::vector<int> any_processes(Tree& tree, const Group& group, const Member** where) {
  for (const Member& member : group) {
    if (!ours(member)) continue;
    auto pids = processes_below(tree, member.directory);
    if (pids && !pids->empty()) {
      *where = &member;
      return *std::move(pids);
    }
  }
  return {};
}

// A pid may be somebody else's by the time that it is signalled. With a descriptor of the process in hand the group is read once
// more: a pid that is still listed is, or was after we opened it, a process of the group.
void kill_listed(Tree& tree, const Member& member, const std::vector<int>& pids) {
  constexpr std::size_t kAtOnce = 256;  // descriptors
  for (std::size_t begin = 0; begin < pids.size(); begin += kAtOnce) {
    std::vector<std::pair<int, sys::UniqueFd>> opened;
    for (std::size_t at = begin; at < std::min(begin + kAtOnce, pids.size()); ++at)
      if (auto fd = sys::pidfd_open(pids[at])) opened.emplace_back(pids[at], *std::move(fd));
    const auto still = processes_below(tree, member.directory);
    if (!still) return;
    for (const auto& [pid, fd] : opened)
      if (std::ranges::binary_search(*still, pid)) (void)sys::pidfd_send_signal(fd.get(), kSigkill);
  }
}

// Linux 5.14: the kernel kills the whole tree, forks on the way included. Also on a hybrid host, where all are in the v2 tree too.
bool kill_by_file(Tree& tree, const Group& group) {
  for (const Member& member : group)
    if (member.controllers.empty() && ours(member)) return tree.write(member.directory + "/cgroup.kill", "1").has_value();
  return false;
}

}  // namespace

sys::Result<std::vector<int>> processes_below(Tree& tree, const std::string& directory) {
  std::vector<int> pids;
  auto top = tree.open(directory, O_RDONLY | O_DIRECTORY);
  if (!top && top.error().code == kMissing) return pids;
  if (!top) return std::unexpected(top.error());
  const auto walked = walk(
      *std::move(top), [&](int level) { return collect_from(level, pids); },
      [](int, const std::string&) { return sys::Result<>{}; });
  if (!walked && walked.error().code != kMissing && walked.error().code != kNoDevice) return std::unexpected(walked.error());
  sort_unique(pids);
  return pids;
}

Result<> join(const Group& group, int pid) {
  constexpr int kAttempts = 5, kPauseMs = 30;
  Tree tree;
  const std::string number = std::to_string(pid);
  for (const Member& member : group) {
    const std::string file = member.directory + "/cgroup.procs";
    auto joined = tree.write(file, number);
    // v2 says EINVAL for a moment while the group's controllers are being switched.
    for (int attempt = 1; !joined && joined.error().code == kInvalid && attempt < kAttempts; ++attempt) {
      sleep_ms(kPauseMs);
      joined = tree.write(file, number);
    }
    if (!joined)
      return fail("error adding pid " + number + " to cgroups: failed to write " + number + ": write " + file, joined.error());
  }
  return {};
}

std::vector<sys::UniqueFd> open_tasks(const Group& group) {
  Tree tree;
  std::vector<sys::UniqueFd> files;
  for (const Member& member : group) {
    if (member.controllers.empty()) continue;
    auto file = tree.open(member.directory + "/tasks", O_WRONLY);
    if (!file) return {};
    files.push_back(*std::move(file));
  }
  return files;
}

sys::UniqueFd open_v2(const Group& group) {
  Tree tree;
  for (const Member& member : group)
    if (member.controllers.empty())
      if (auto directory = tree.open(member.directory, O_RDONLY | O_DIRECTORY)) return *std::move(directory);
  return {};
}

Result<std::vector<int>> processes(const Group& group) {
  const Member* member = lister_of(group);
  if (member == nullptr) return std::vector<int>{};
  Tree tree;
  auto pids = processes_below(tree, member->directory);
  if (!pids) return fail("reading the processes of " + member->directory, pids.error());
  return *std::move(pids);
}

Result<> kill_all(const Group& group, int timeout_ms) {
  Tree tree;
  const std::int64_t deadline = now_ms() + timeout_ms;
  for (int round = 0;; ++round) {
    const Member* where = nullptr;
    const std::vector<int> pids = any_processes(tree, group, &where);
    if (pids.empty()) return {};
    if (round > 0 && now_ms() >= deadline)
      return fail(std::to_string(pids.size()) + " process(es) of " + where->directory + " cannot be killed");
    const Member* freezer = freezer_of(group);
    const bool may_freeze = freezer != nullptr && ours(*freezer);
    if (!kill_by_file(tree, group)) {
      // Frozen processes cannot fork away from under the list. Without a freezer, the next round gets the newborn.
      if (may_freeze) (void)freeze({*freezer});
      kill_listed(tree, *where, pids);
    } else if (!where->controllers.empty()) {
      kill_listed(tree, *where, pids);  // those that left the v2 group
    }
    // A process that v1's freezer holds dies when it is let go.
    if (may_freeze) (void)thaw_member(tree, *freezer);
    sleep_ms(round < 5 ? 1 : 10);
  }
}

}  // namespace cgroup
