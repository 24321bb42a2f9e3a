// cgroup/tree.h: files and directories of the hierarchies, each reached by one call from a descriptor. openat2(2), cgroups(7).
// cgroupfs has no symbolic links; RESOLVE_BENEATH and NO_SYMLINKS make a wrong mount point or a crafted path an error all the same.
#pragma once
#include <string>
#include <string_view>

#include "sys/file.h"

namespace cgroup {

class Tree {
 public:
  // `path` is absolute and has no "..". `flags`: of openat2(2).
  sys::Result<sys::UniqueFd> open(const std::string& path, std::uint64_t flags);
  sys::Result<> make_directory(const std::string& path);
  sys::Result<> remove_directory(const std::string& path);
  // One write(2) to an existing file.
  sys::Result<> write(const std::string& path, std::string_view value);
  // One read(2), up to 4096 bytes, without the final newline: for files of a line or a few.
  sys::Result<std::string> read(const std::string& path);

 private:
  struct Place {
    int base = -1;
    const char* below = nullptr;
  };
  sys::Result<Place> locate(const std::string& path);

  sys::UniqueFd usual_, root_;  // "/sys/fs/cgroup" and "/", opened when first needed
};

// To the end of the file, whatever its length.
sys::Result<std::string> read_all(int fd);
inline bool is_denied(sys::Errno error) {
  return error.code == 1 /* EPERM */ || error.code == 13 /* EACCES */ || error.code == 30 /* EROFS */;
}
// Controllers as /proc/self/cgroup lists them: is `controller` one of "cpu,cpuacct"?
bool lists(std::string_view controllers, std::string_view controller);
// cgroup.events, memory.events, memory.oom_control: the number behind `key` and a blank at the start of a line.
bool flat_number(std::string_view text, std::string_view key, std::uint64_t& number);
void sleep_ms(int milliseconds);
std::int64_t now_ms();  // CLOCK_MONOTONIC

}  // namespace cgroup
