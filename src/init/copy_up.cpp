// init/copy_up.cpp. Process: init, host_root. The mount option tmpcopyup: what the image has in a directory also lies in the tmpfs
// that covers it. Everything by descriptor and without following links: the content is the image author's.
#include "init/steps.h"
#include "sys/directory.h"

namespace init {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kChunk = 1 << 20;

Result<> copy_directory(int from, int to, int depth);

Result<> copy_owner_and_mode(int fd, const sys::Stat& stat) {
  TRY(sys::fchownat(fd, "", stat.uid, stat.gid, AT_EMPTY_PATH));
  TRY(sys::fchmod(fd, stat.mode & 07777));  // after the owner: chown(2) clears set-id bits
  return {};
}

Result<> copy_file(int from_dir, int to_dir, const char* name, const sys::Stat& stat) {
  const sys::UniqueFd from = TRY(sys::openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  // A device that has taken its place meanwhile would be read without the device group's leave.
  if (!TRY(sys::stat_fd(from.get())).is_regular()) return fail(Trouble::target_type, kEexist);
  const sys::UniqueFd to = TRY(sys::openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  while (TRY(sys::sendfile(to.get(), from.get(), kChunk)) != 0) {
  }
  return copy_owner_and_mode(to.get(), stat);
}

Result<> copy_link(int from_dir, int to_dir, const char* name, const sys::Stat& stat) {
  static char target[4097];
  const std::size_t length = TRY(sys::readlinkat(from_dir, name, {target, sizeof target - 1}));
  target[length] = '\0';
  TRY(sys::symlinkat(target, to_dir, name));
  TRY(sys::fchownat(to_dir, name, stat.uid, stat.gid, AT_SYMLINK_NOFOLLOW));
  return {};
}

Result<> copy_subdirectory(int from_dir, int to_dir, const char* name, const sys::Stat& stat, int depth) {
  const sys::UniqueFd from = TRY(sys::openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(sys::mkdirat(to_dir, name, 0700));
  const sys::UniqueFd to = TRY(sys::openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(copy_directory(from.get(), to.get(), depth + 1));
  return copy_owner_and_mode(to.get(), stat);
}

// Devices need CAP_MKNOD in the first user namespace; where it is missing they stay behind, as for a copy by an ordinary user.
Result<> copy_node(int to_dir, const char* name, const sys::Stat& stat) {
  const auto made = sys::mknodat(to_dir, name, stat.mode, sys::device_number(stat.rdev_major, stat.rdev_minor));
  if (made.code() == kEperm) return {};
  if (!made) return fail(Trouble::none, made.code());
  TRY(sys::fchownat(to_dir, name, stat.uid, stat.gid, AT_SYMLINK_NOFOLLOW));
  return {};
}

Result<> copy_entry(int from, int to, const char* name, int depth) {
  const sys::Stat stat = TRY(sys::stat_at(from, name, AT_SYMLINK_NOFOLLOW));
  switch (stat.mode & S_IFMT) {
    case S_IFDIR:
      return copy_subdirectory(from, to, name, stat, depth);
    case S_IFREG:
      return copy_file(from, to, name, stat);
    case S_IFLNK:
      return copy_link(from, to, name, stat);
    case S_IFSOCK:
      return {};  // a socket without its process is of no use
    default:
      return copy_node(to, name, stat);
  }
}

Result<> copy_directory(int from, int to, int depth) {
  if (depth > kMaxDepth) return fail(Trouble::none, kEloop);
  alignas(sys::DirectoryEntry) std::array<std::byte, 2048> entries;
  while (const std::size_t size = TRY(sys::getdents(from, entries))) {
    for (std::size_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const sys::DirectoryEntry*>(entries.data() + at);
      at += entry->size;
      const std::string_view name{entry->name};
      if (name != "." && name != "..") TRY(copy_entry(from, to, entry->name, depth));
    }
  }
  return {};
}

}  // namespace

Result<> copy_up(int from, int to) {
  const sys::Stat top = TRY(sys::stat_fd(from));
  TRY(sys::fchownat(to, "", top.uid, top.gid, AT_EMPTY_PATH));
  return copy_directory(from, to, 0);
}

}  // namespace init
