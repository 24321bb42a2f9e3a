// sys/file.h: open, read, write and make files. Verbs only, no policy. Every descriptor is born with O_CLOEXEC.
// open(2), openat2(2), statx(2), mkdirat(2), mknodat(2), symlinkat(2), unlinkat(2), renameat2(2), fcntl(2), close_range(2).
#pragma once
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sys/result.h"
#include "sys/unique_fd.h"

// Newer than the C library's headers of Debian 12.
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2U
#define CLOSE_RANGE_CLOEXEC 4U
#endif

namespace sys {

inline constexpr int kEintr = 4;    // EINTR; <errno.h> is not included: its macro `errno` is libc's
inline constexpr int kEagain = 11;  // EAGAIN

[[gnu::always_inline]] inline long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

inline Result<UniqueFd> openat(int dirfd, const char* path, int flags, unsigned mode = 0) {
  for (;;) {
    const long fd = raw(__NR_openat, dirfd, address(path), flags | O_CLOEXEC, mode);
    if (fd == -kEintr) continue;
    if (fd < 0) return std::unexpected(Errno{static_cast<int>(-fd)});
    return UniqueFd(static_cast<int>(fd));
  }
}

// openat2(2) with `resolve` (RESOLVE_*). EAGAIN (a race with a rename below a scoped root) is retried 64 times, then returned.
inline Result<UniqueFd> openat2(int dirfd, const char* path, std::uint64_t flags, std::uint64_t resolve, std::uint64_t mode = 0) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = resolve;
  long fd = 0;
  for (int attempt = 0; attempt < 64; ++attempt) {
    fd = raw(__NR_openat2, dirfd, address(path), address(&how), sizeof how);
    if (fd != -kEagain && fd != -kEintr) break;
  }
  if (fd < 0) return std::unexpected(Errno{static_cast<int>(-fd)});
  return UniqueFd(static_cast<int>(fd));
}

// Reads once, again after EINTR. 0 = end of file.
inline Result<std::size_t> read(int fd, std::span<std::byte> into) {
  for (;;) {
    const long got = raw(__NR_read, fd, address(into.data()), static_cast<long>(into.size()));
    if (got == -kEintr) continue;
    if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
    return static_cast<std::size_t>(got);
  }
}

// One write(2), as procfs and cgroupfs want it; again after EINTR. The number of bytes taken.
inline Result<std::size_t> write(int fd, const void* data, std::size_t size) {
  for (;;) {
    const long put = raw(__NR_write, fd, address(data), static_cast<long>(size));
    if (put == -kEintr) continue;
    if (put < 0) return std::unexpected(Errno{static_cast<int>(-put)});
    return static_cast<std::size_t>(put);
  }
}
inline Result<std::size_t> write(int fd, std::string_view text) { return write(fd, text.data(), text.size()); }

inline Result<std::size_t> pread(int fd, std::span<std::byte> into, std::uint64_t offset) {
  const long got = raw(__NR_pread64, fd, address(into.data()), static_cast<long>(into.size()), static_cast<long>(offset));
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return static_cast<std::size_t>(got);
}

inline Result<> ftruncate(int fd, std::uint64_t size) { return checked_void(raw(__NR_ftruncate, fd, static_cast<long>(size))); }

// statx(2) of the descriptor itself (path "" and AT_EMPTY_PATH) or of `path` below `dirfd`.
struct Stat {
  std::uint32_t mode = 0, uid = 0, gid = 0, nlink = 0;
  std::uint32_t rdev_major = 0, rdev_minor = 0, dev_major = 0, dev_minor = 0;
  std::uint64_t inode = 0, size = 0, mount_id = 0, attributes = 0;
  bool is_directory() const { return (mode & S_IFMT) == S_IFDIR; }
  bool is_regular() const { return (mode & S_IFMT) == S_IFREG; }
  bool is_fifo() const { return (mode & S_IFMT) == S_IFIFO; }
  bool is_symlink() const { return (mode & S_IFMT) == S_IFLNK; }
  bool is_char_device(std::uint32_t major, std::uint32_t minor) const {
    return (mode & S_IFMT) == S_IFCHR && rdev_major == major && rdev_minor == minor;  // the type too: rdev 0:0 is any regular file
  }
};
inline Result<Stat> stat_at(int dirfd, const char* path, int flags) {
  struct statx buffer{};
  const long answer = raw(__NR_statx, dirfd, address(path), flags, STATX_BASIC_STATS | STATX_MNT_ID, address(&buffer));
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return Stat{buffer.stx_mode,       buffer.stx_uid,        buffer.stx_gid,       buffer.stx_nlink,
              buffer.stx_rdev_major, buffer.stx_rdev_minor, buffer.stx_dev_major, buffer.stx_dev_minor,
              buffer.stx_ino,        buffer.stx_size,       buffer.stx_mnt_id,    buffer.stx_attributes};
}
inline Result<Stat> stat_fd(int fd) { return stat_at(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW); }

inline Result<> mkdirat(int dirfd, const char* path, unsigned mode) {
  return checked_void(raw(__NR_mkdirat, dirfd, address(path), mode));
}
inline Result<> mknodat(int dirfd, const char* path, unsigned mode, std::uint64_t device) {
  return checked_void(raw(__NR_mknodat, dirfd, address(path), mode, static_cast<long>(device)));
}
inline Result<> symlinkat(const char* target, int dirfd, const char* path) {
  return checked_void(raw(__NR_symlinkat, address(target), dirfd, address(path)));
}
inline Result<> unlinkat(int dirfd, const char* path, int flags = 0) {
  return checked_void(raw(__NR_unlinkat, dirfd, address(path), flags));
}
inline Result<> renameat(int from_dir, const char* from, int to_dir, const char* to, unsigned flags = 0) {
  return checked_void(raw(__NR_renameat2, from_dir, address(from), to_dir, address(to), flags));
}
inline Result<std::size_t> readlinkat(int dirfd, const char* path, std::span<char> into) {
  const long got = raw(__NR_readlinkat, dirfd, address(path), address(into.data()), static_cast<long>(into.size()));
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return static_cast<std::size_t>(got);
}
inline Result<> fchmod(int fd, unsigned mode) { return checked_void(raw(__NR_fchmod, fd, mode)); }
inline Result<> fchmodat(int dirfd, const char* path, unsigned mode) {
  return checked_void(raw(__NR_fchmodat, dirfd, address(path), mode));
}
inline Result<> fchownat(int dirfd, const char* path, std::uint32_t uid, std::uint32_t gid, int flags) {
  return checked_void(raw(__NR_fchownat, dirfd, address(path), uid, gid, flags));
}
inline Result<> fchdir(int fd) { return checked_void(raw(__NR_fchdir, fd)); }
inline Result<> chdir(const char* path) { return checked_void(raw(__NR_chdir, address(path))); }
inline Result<> chroot(const char* path) { return checked_void(raw(__NR_chroot, address(path))); }
inline Result<std::size_t> getcwd(std::span<char> into) {  // the length with its NUL
  const long got = raw(__NR_getcwd, address(into.data()), static_cast<long>(into.size()));
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return static_cast<std::size_t>(got);
}
inline Result<> faccessat(int dirfd, const char* path, int mode, int flags) {  // flags: AT_EACCESS for the effective ids (5.8)
  return checked_void(raw(__NR_faccessat2, dirfd, address(path), mode, flags));
}
inline Result<long> fcntl(int fd, int command, long argument = 0) { return checked(raw(__NR_fcntl, fd, command, argument)); }
inline Result<> flock(int fd, int operation) {
  for (;;) {
    const long answer = raw(__NR_flock, fd, operation);
    if (answer != -kEintr) return checked_void(answer);
  }
}
inline Result<> dup3(int from, int to, int flags) { return checked_void(raw(__NR_dup3, from, to, flags)); }
inline Result<> close_range(unsigned first, unsigned last, unsigned flags) {
  return checked_void(raw(__NR_close_range, first, last, flags));
}
inline Result<long> ioctl(int fd, unsigned long request, long argument) {
  return checked(raw(__NR_ioctl, fd, static_cast<long>(request), argument));
}
inline unsigned umask(unsigned mask) { return static_cast<unsigned>(raw(__NR_umask, mask)); }

// statfs(2)'s f_type and f_flags. 120 bytes cover the struct of both architectures.
struct FilesystemStat {
  long type = 0, flags = 0;
};
inline Result<FilesystemStat> fstatfs(int fd) {
  struct {
    long type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags, spare[4];
  } buffer{};
  const long answer = raw(__NR_fstatfs, fd, address(&buffer));
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return FilesystemStat{buffer.type, buffer.flags};
}

inline Result<FilesystemStat> statfs(const char* path) {
  struct {
    long type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags, spare[4];
  } buffer{};
  const long answer = raw(__NR_statfs, address(path), address(&buffer));
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return FilesystemStat{buffer.type, buffer.flags};
}

inline Result<UniqueFd> memfd_create(const char* name, unsigned flags) {
  const long fd = raw(__NR_memfd_create, address(name), flags);
  if (fd < 0) return std::unexpected(Errno{static_cast<int>(-fd)});
  return UniqueFd(static_cast<int>(fd));
}

}  // namespace sys
