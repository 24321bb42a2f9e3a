// cgroup/remove.cpp: what is left of a group: taken away, or asked why it ended.
#include <algorithm>

#include "cgroup/room.h"
#include "cgroup/walk.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kBusy = 16 /* EBUSY */, kNotEmpty = 39 /* ENOTEMPTY */;

sys::Result<> passed_if_gone(sys::Result<> removed) {
  if (!removed && removed.error().code == kMissing) return {};
  return removed;
}

// The groups that the container made below its own.
sys::Result<> remove_below(Tree& tree, const std::string& directory) {
  auto top = tree.open(directory, O_RDONLY | O_DIRECTORY);
  if (!top) return passed_if_gone(std::unexpected(top.error()));
  return walk(
      *std::move(top), [](int) { return sys::Result<>{}; },
      [](int parent, const std::string& name) { return passed_if_gone(sys::unlinkat(parent, name.c_str(), AT_REMOVEDIR)); });
}

bool is_busy(sys::Errno error) { return error.code == kBusy || error.code == kNotEmpty; }

sys::Result<> remove_once(Tree& tree, const Member& member) {
  auto removed = passed_if_gone(tree.remove_directory(member.directory));
  // Of a group that may not be ours only the empty directory is taken: whoever made groups below it wants it.
  if (removed || !is_busy(removed.error()) || member.made != Member::Made::by_us) return removed;
  if (const auto below = remove_below(tree, member.directory); !below) return below;
  return passed_if_gone(tree.remove_directory(member.directory));
}

}  // namespace

Result<> remove(const Group& group, int timeout_ms) {
  Tree tree;
  const std::int64_t deadline = now_ms() + timeout_ms;
  int pause_ms = 1;
  for (auto member = group.rbegin(); member != group.rend(); ++member) {
    if (member->made == Member::Made::before_us) continue;
    for (;;) {
      const auto removed = remove_once(tree, *member);
      if (removed) break;
      // The last process is dead but not yet out of its group.
      if (!is_busy(removed.error()) || member->made == Member::Made::unknown || now_ms() >= deadline) {
        if (is_busy(removed.error()) && member->made == Member::Made::unknown) break;
        return fail("unable to remove cgroup " + member->directory, removed.error());
      }
      sleep_ms(pause_ms);
      pause_ms = std::min(pause_ms * 2, 20);
    }
  }
  return {};
}

bool oom_killed(const Group& group) {
  Tree tree;
  for (const Member& member : group) {
    const bool v1 = lists(member.controllers, "memory");
    if (!v1 && !member.controllers.empty()) continue;
    const auto text = tree.read(member.directory + (v1 ? "/memory.oom_control" : "/memory.events"));
    std::uint64_t killed = 0;
    if (text && flat_number(*text, "oom_kill", killed) && killed > 0) return true;
  }
  return false;
}

}  // namespace cgroup
