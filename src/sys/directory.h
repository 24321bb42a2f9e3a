// sys/directory.h: read directories, copy file contents. getdents64(2), sendfile(2), makedev(3).
#pragma once
#include "sys/file.h"

namespace sys {

struct DirectoryEntry {  // struct linux_dirent64
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];  // NUL-terminated, as long as it is
};

// Bytes of DirectoryEntry records, one behind the other by `size`; 0 = the end. `into` is aligned as a DirectoryEntry.
inline Result<std::size_t> getdents(int fd, std::span<std::byte> into) {
  const long got = raw(__NR_getdents64, fd, address(into.data()), static_cast<long>(into.size()));
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return static_cast<std::size_t>(got);
}

// Bytes moved from `from` to `to`, at most `size`; 0 = the end of `from`.
inline Result<std::size_t> sendfile(int to, int from, std::size_t size) {
  const long moved = raw(__NR_sendfile, to, from, 0, static_cast<long>(size));
  if (moved < 0) return std::unexpected(Errno{static_cast<int>(-moved)});
  return static_cast<std::size_t>(moved);
}

// The number that mknod(2) takes.
inline std::uint64_t device_number(std::uint32_t major, std::uint32_t minor) {
  return (minor & 0xffu) | (std::uint64_t{major & 0xfffu} << 8) | (std::uint64_t{minor & ~0xffu} << 12) |
         (std::uint64_t{major & ~0xfffu} << 32);
}

}  // namespace sys
