// init/target.h: paths of the container become descriptors. openat2(2), mkdirat(2); the one place of init that resolves names of
// the container, so that nothing of an image (a symlink, a fifo, a swapped directory) can lead a step out of the root.
//
// A path is resolved once, with every link scoped to the root; the step then acts on the descriptor. What is missing is made a
// component at a time, never through a link by the kernel (CVE-2021-30465, CVE-2024-45310).
#pragma once
#include <cstdint>
#include <string_view>

#include "init/result.h"
#include "sys/file.h"

namespace init {

// An object below the root. `fd`: O_PATH, or what made it.
struct Node {
  sys::UniqueFd fd;
  sys::Stat stat;     // only when it was there before
  bool made = false;  // by us, just now
};

// A name in a directory. `directory` belongs to Rootfs and is good until its next call.
struct Place {
  int directory = -1;
  const char* name = "";
};

class Rootfs {
  sys::UniqueFd root_;
  // The directory made or walked last: the nodes of /dev, the binds of /sys/fs/cgroup share theirs.
  sys::UniqueFd parent_;
  std::string_view parent_path_;  // a text of the plan

  sys::Result<sys::UniqueFd> make_directories(std::string_view path, std::uint64_t resolve, unsigned mode);
  Result<Node> make_file(const char* path);

 public:
  // The root's descriptor. Without an attached root (exec) it is "/" as the joined mount namespace has it.
  int root();
  void set_root(sys::UniqueFd root);
  // Forgets the shared directory: after a mount that may cover it.
  void forget() { parent_.reset(), parent_path_ = {}; }

  // What is at `path`, links followed within the root. ENOENT: nothing.
  sys::Result<sys::UniqueFd> find(const char* path, std::uint64_t flags = O_PATH);

  // `path` split into a directory, made with mode 0755 where it is missing, and a name. EINVAL: `path` ends in no name.
  // `path` is a text of the plan.
  Result<Place> place(std::string_view path);

  // The directory or the regular file at `path` for a mount to go onto, made when nothing is there. A node of the other type is
  // Trouble::target_type. `path` is a text of the plan.
  Result<Node> directory(std::string_view path, unsigned mode = 0755);
  Result<Node> file(std::string_view path);
  // As both, but a symlink at the end of `path` is the node itself.
  Result<Node> itself(std::string_view path, bool directory);
  // As `directory`, but no component may be a symlink (proc, sysfs: CVE-2019-19921): Trouble::target_not_directory.
  Result<Node> ordinary_directory(std::string_view path);
};

}  // namespace init
