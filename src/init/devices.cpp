// init/devices.cpp. Process: init, host_root, umask 0. mknod(2), symlink(2); a name is made in the descriptor of its directory.
#include "init/line.h"
#include "init/steps.h"
#include "sys/directory.h"
#include "sys/mount.h"

namespace init {
namespace {

bool is_device(const sys::Stat& stat, std::uint32_t type, std::uint32_t major, std::uint32_t minor) {
  return (stat.mode & S_IFMT) == type && (type == S_IFIFO || (stat.rdev_major == major && stat.rdev_minor == minor));
}

// fchmodat2(2) is of Linux 6.6. Before it, the way past the link at the end goes by our descriptor's name in the host's /proc.
Result<> change_mode(int node, std::uint32_t mode) {
  constexpr long kFchmodat2 = 452;
  const auto changed = sys::checked_void(sys::raw(kFchmodat2, node, sys::address(""), mode, AT_EMPTY_PATH));
  if (changed) return {};
  if (changed.code() != kEnosys) return fail(Trouble::none, changed.code());
  Line<40> name;
  name.add("/proc/self/fd/").add_number(static_cast<std::uint64_t>(node));
  TRY(sys::fchmodat(AT_FDCWD, name.c_str(), mode));
  return {};
}

// A node that was there before us may stay only if it is the very device; then it gets the owner and mode that the config wants.
Result<> adopt(const Place& place, const plan::MakeDevice& device, std::string_view path) {
  const sys::UniqueFd node = TRY(sys::openat(place.directory, place.name, O_PATH | O_NOFOLLOW));
  const sys::Stat stat = TRY(sys::stat_fd(node.get()));
  if (!is_device(stat, device.mode & S_IFMT, device.major, device.minor)) return fail(Trouble::not_the_device, kEexist, path);
  if (stat.uid != device.uid || stat.gid != device.gid) TRY(sys::fchownat(node.get(), "", device.uid, device.gid, AT_EMPTY_PATH));
  if ((stat.mode & 07777) != (device.mode & 07777)) TRY(change_mode(node.get(), device.mode & 07777));
  return {};
}

// A new node is container root's, which is what the defaults want: nothing more to do for them.
Result<> give_owner(const Place& place, const plan::MakeDevice& device, std::string_view path) {
  if (device.uid == 0 && device.gid == 0) return {};
  return adopt(place, device, path);
}

Result<> bind_host_device(Run& run, const plan::MakeDevice& device) {
  const std::string_view path = run.text(device.path);
  const sys::UniqueFd tree = TRY(clone_host_device(path.data(), device.mode & S_IFMT, device.major, device.minor));
  const Node target = TRY(run.rootfs.file(path));
  TRY_ABOUT(Trouble::attach, path, sys::attach(tree.get(), target.fd.get()));
  return {};
}

}  // namespace

// `path` may hold something else on this host, or the config may have renamed the device: its number decides, and /dev/char and
// /dev/block know nodes by number.
Result<sys::UniqueFd> clone_host_device(const char* path, std::uint32_t type, std::uint32_t major, std::uint32_t minor) {
  Line<64> by_number;
  by_number.add(type == S_IFBLK ? "/dev/block/" : "/dev/char/").add_number(major).add(":").add_number(minor);
  for (const char* candidate : {path, by_number.c_str()}) {
    auto tree = sys::open_tree(AT_FDCWD, candidate, OPEN_TREE_CLONE);
    if (!tree && tree.code() == kEnoent) continue;
    if (!tree) return fail(Trouble::source_not_found, tree.code(), path);
    const sys::Stat stat = TRY(sys::stat_fd(tree->get()));
    if (is_device(stat, type, major, minor)) return std::move(*tree);
  }
  return fail(Trouble::not_the_device, kEnoent, path);
}

Result<> make_directory(Run& run, const plan::MakeDirectory& directory) {
  const Node node = TRY(run.rootfs.directory(run.text(directory.path), directory.mode));
  (void)node;
  return {};
}

Result<> make_device(Run& run, const plan::MakeDevice& device) {
  const std::string_view path = run.text(device.path);
  const Place place = TRY(run.rootfs.place(path));
  const auto made = sys::mknodat(place.directory, place.name, device.mode, sys::device_number(device.major, device.minor));
  if (made) return give_owner(place, device, path);
  if (made.code() == kEexist) return adopt(place, device, path);
  if (made.code() == kEperm) return bind_host_device(run, device);
  return fail(Trouble::none, made.code(), path);
}

Result<> make_symlink(Run& run, const plan::MakeSymlink& link) {
  const Place place = TRY(run.rootfs.place(run.text(link.path)));
  const char* target = run.c_str(link.target);
  auto made = sys::symlinkat(target, place.directory, place.name);
  if (made.code() == kEexist) {
    if ((link.flags & plan::kReplace) == 0) return {};
    auto removed = sys::unlinkat(place.directory, place.name);
    if (removed.code() == kEisdir) removed = sys::unlinkat(place.directory, place.name, AT_REMOVEDIR);
    if (!removed) return fail(Trouble::none, removed.code(), run.text(link.path));
    made = sys::symlinkat(target, place.directory, place.name);
  }
  if (!made) return fail(Trouble::none, made.code(), run.text(link.path));
  return {};
}

}  // namespace init
