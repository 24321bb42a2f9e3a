// cgroup/cpuset.cpp: a v1 cpuset group is born with no processor and no memory node and takes no process before it has both.
// cpuset(7). Ours get their parent's, as do groups on the way that somebody else left empty.
#include "cgroup/room.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2;  // ENOENT

// "cpuset.cpus", or "cpus" where the hierarchy is mounted with noprefix.
struct File {
  std::string name, value;
};
sys::Result<File> read_list(Tree& tree, const std::string& directory, const char* what) {
  const std::string name = std::string("/cpuset.") + what;
  auto value = tree.read(directory + name);
  if (value) return File{name, *std::move(value)};
  if (value.error().code != kMissing) return std::unexpected(value.error());
  const std::string bare = std::string("/") + what;
  return File{bare, SYS_TRY(tree.read(directory + bare))};
}

// The value that `directory` has after it was filled.
sys::Result<File> filled(Tree& tree, const std::string& top, const std::string& directory, const char* what) {
  // Down from the first level that has a value: usually the very next.
  std::vector<std::string> empty;
  std::string level = directory;
  File file = SYS_TRY(read_list(tree, level, what));
  while (file.value.empty() && level.size() > top.size()) {
    empty.push_back(level);
    level.resize(level.rfind('/'));
    file = SYS_TRY(read_list(tree, level, what));
  }
  for (auto below = empty.rbegin(); below != empty.rend() && !file.value.empty(); ++below)
    SYS_TRY(tree.write(*below + file.name, file.value));
  return file;
}

}  // namespace

sys::Result<> fill_cpuset(Tree& tree, const std::string& mount_point, const std::string& directory, bool is_new) {
  if (directory.size() <= mount_point.size()) return {};
  for (const char* what : {"cpus", "mems"}) {
    if (!is_new) {
      SYS_TRY(filled(tree, mount_point, directory, what));
      continue;
    }
    const File parent = SYS_TRY(filled(tree, mount_point, directory.substr(0, directory.rfind('/')), what));
    if (!parent.value.empty()) SYS_TRY(tree.write(directory + parent.name, parent.value));
  }
  return {};
}

}  // namespace cgroup
