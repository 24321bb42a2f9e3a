// cgroup/walk.h: a group and all below it, without recursion and with two descriptors: a container that may make groups can nest
// them deeper than descriptors, paths and the stack reach.
#pragma once
#include <string>
#include <vector>

#include "sys/file.h"

namespace cgroup {

sys::Result<std::vector<std::string>> subdirectories(int directory);

// `enter(fd)` when a directory is reached, `leave(parent, name)` when all below it is done; both give a sys::Result<>, whose error
// ends the walk. The top itself is entered and not left. Groups that vanish on the way are passed over.
template <class Enter, class Leave>
sys::Result<> walk(sys::UniqueFd top, Enter&& enter, Leave&& leave) {
  struct Level {
    std::string name;
    std::vector<std::string> pending;
  };
  constexpr int kGone = 2, kGoneMeanwhile = 19;  // ENOENT, ENODEV: removed before or after it was opened
  std::vector<Level> levels;
  sys::UniqueFd current = std::move(top);
  SYS_TRY(enter(current.get()));
  levels.push_back({"", SYS_TRY(subdirectories(current.get()))});
  for (;;) {
    if (levels.back().pending.empty()) {
      const std::string name = std::move(levels.back().name);
      levels.pop_back();
      if (levels.empty()) return {};
      current = SYS_TRY(sys::openat(current.get(), "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      SYS_TRY(leave(current.get(), name));
      continue;
    }
    std::string name = std::move(levels.back().pending.back());
    levels.back().pending.pop_back();
    auto child = sys::openat(current.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!child && child.error().code == kGone) continue;
    if (!child) return std::unexpected(child.error());
    auto entered = enter(child->get());
    if (!entered && (entered.error().code == kGone || entered.error().code == kGoneMeanwhile)) continue;
    if (!entered) return entered;
    current = *std::move(child);
    levels.push_back({std::move(name), SYS_TRY(subdirectories(current.get()))});
  }
}

}  // namespace cgroup
