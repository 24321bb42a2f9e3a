// sys/mount.h: the mount API by descriptors. Verbs only, no policy.
// fsopen(2), fspick(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2), mount(2), umount2(2),
// pivot_root(2).
#pragma once
#include <linux/mount.h>

#include "sys/file.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

namespace sys {

inline Result<UniqueFd> as_fd(long answer) {
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return UniqueFd(static_cast<int>(answer));
}

inline Result<UniqueFd> fsopen(const char* type) { return as_fd(raw(__NR_fsopen, address(type), FSOPEN_CLOEXEC)); }
inline Result<> fsconfig_string(int fs, const char* key, const char* value) {
  return checked_void(raw(__NR_fsconfig, fs, FSCONFIG_SET_STRING, address(key), address(value), 0));
}
inline Result<> fsconfig_flag(int fs, const char* key) {
  return checked_void(raw(__NR_fsconfig, fs, FSCONFIG_SET_FLAG, address(key), 0, 0));
}
inline Result<> fsconfig_fd(int fs, const char* key, int fd) {
  return checked_void(raw(__NR_fsconfig, fs, FSCONFIG_SET_FD, address(key), 0, fd));
}
// The filesystem that is mounted at `mount`, a descriptor of its root, to be changed.
inline Result<UniqueFd> fspick(int mount) {
  return as_fd(raw(__NR_fspick, mount, address(""), FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
}
inline Result<> fsconfig_reconfigure(int fs) { return checked_void(raw(__NR_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0)); }
inline Result<> fsconfig_create(int fs) { return checked_void(raw(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0)); }
// A detached mount with MOUNT_ATTR_* `attributes`.
inline Result<UniqueFd> fsmount(int fs, unsigned attributes) { return as_fd(raw(__NR_fsmount, fs, FSMOUNT_CLOEXEC, attributes)); }

// `flags`: OPEN_TREE_CLONE, AT_RECURSIVE, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW.
inline Result<UniqueFd> open_tree(int dirfd, const char* path, unsigned flags) {
  return as_fd(raw(__NR_open_tree, dirfd, address(path), flags | OPEN_TREE_CLOEXEC));
}
// Attaches the detached tree `tree` onto the object that `target` refers to: descriptor to descriptor, no name is walked.
inline Result<> attach(int tree, int target) {
  return checked_void(
      raw(__NR_move_mount, tree, address(""), target, address(""), MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}
inline Result<> attach_at(int tree, int dirfd, const char* path) {
  return checked_void(raw(__NR_move_mount, tree, address(""), dirfd, address(path), MOVE_MOUNT_F_EMPTY_PATH));
}
// `flags`: AT_RECURSIVE, AT_EMPTY_PATH. `propagation`: 0 or one of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE.
inline Result<> mount_setattr(int dirfd, const char* path, unsigned flags, const mount_attr& attr) {
  return checked_void(raw(__NR_mount_setattr, dirfd, address(path), flags, address(&attr), sizeof attr));
}

inline Result<> mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data) {
  return checked_void(raw(__NR_mount, address(source), address(target), address(type), static_cast<long>(flags), address(data)));
}
inline Result<> umount(const char* target, int flags) { return checked_void(raw(__NR_umount2, address(target), flags)); }
inline Result<> pivot_root(const char* new_root, const char* put_old) {
  return checked_void(raw(__NR_pivot_root, address(new_root), address(put_old)));
}

}  // namespace sys
