// sys/xattr.h: extended attributes by descriptor (not O_PATH). listxattr(2), getxattr(2), setxattr(2), xattr(7).
#pragma once
#include "sys/file.h"

namespace sys {

// NUL-terminated names, one behind the other; their bytes. ERANGE when `into` is too small.
inline Result<std::size_t> flistxattr(int fd, std::span<char> into) {
  const long got = raw(__NR_flistxattr, fd, address(into.data()), static_cast<long>(into.size()));
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return static_cast<std::size_t>(got);
}
inline Result<std::size_t> fgetxattr(int fd, const char* name, std::span<char> into) {
  const long got = raw(__NR_fgetxattr, fd, address(name), address(into.data()), static_cast<long>(into.size()));
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return static_cast<std::size_t>(got);
}
inline Result<> fsetxattr(int fd, const char* name, std::span<const char> value) {
  return checked_void(raw(__NR_fsetxattr, fd, address(name), address(value.data()), static_cast<long>(value.size()), 0));
}

}  // namespace sys
