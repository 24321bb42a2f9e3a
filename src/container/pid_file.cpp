// Process: the runtime, on the host, with the caller's rights.
#include "container/pid_file.h"

#include "container/files.h"

namespace container {

Result<> write_pid_file(const std::string& path, int pid) {
  const SplitPath split = split_path(path);
  const std::string temporary = split.directory + "/." + split.name;
  TRY_DOING("open " + temporary, write_new(AT_FDCWD, temporary.c_str(), std::to_string(pid), 0666));
  if (auto renamed = sys::renameat(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str()); !renamed) {
    (void)sys::unlinkat(AT_FDCWD, temporary.c_str());
    return fail("rename " + temporary + ' ' + path, renamed.error());
  }
  return {};
}

}  // namespace container
