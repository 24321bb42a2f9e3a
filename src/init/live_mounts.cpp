// init/live_mounts.cpp. Process: init, joined to a container that runs; all capabilities of its user namespace. The names are the
// container's, and so is whatever they lead to: it can move its own mounts about meanwhile, and harm itself alone. umount2(2).
#include "init/steps.h"
#include "sys/mount.h"

namespace init {
namespace {

constexpr int kNoFollow = 8;                  // UMOUNT_NOFOLLOW
constexpr std::uint64_t kMountRoot = 0x2000;  // STATX_ATTR_MOUNT_ROOT

// What was attached. Its descriptors are closed by the end of the process: nobody would call a destructor of these.
struct Attached {
  int tree;
  std::string_view path;
};
constinit Attached attached[plan::kMostLiveMounts]{};
std::size_t attached_count = 0;

// What was taken off, and is to be attached again.
struct Gone {
  sys::UniqueFd clone;
  std::string_view path;
};

// The mount at `path`, a link at its end followed or taken itself. EINVAL: there is none.
struct Mounted {
  sys::UniqueFd fd;
  std::uint64_t id = 0;
  int how = 0;  // for umount2(2)
};
sys::Result<Mounted> find_mount(Run& run, std::string_view path, std::uint64_t links) {
  auto found = run.rootfs.find(path.data(), O_PATH | links);
  if (!found) return std::unexpected(found.error());
  const auto stat = sys::stat_fd(found->get());
  if (!stat) return std::unexpected(stat.error());
  if ((stat->attributes & kMountRoot) == 0) return std::unexpected(sys::Errno{kEinval});
  return Mounted{std::move(*found), stat->mount_id, MNT_DETACH | (links != 0 ? kNoFollow : 0)};
}
sys::Result<Mounted> find_mount(Run& run, std::string_view path) {
  auto mounted = find_mount(run, path, 0);
  return mounted ? std::move(mounted) : find_mount(run, path, O_NOFOLLOW);
}

void take_off(Run& run, const Attached& each) {
  const auto stat = sys::stat_fd(each.tree);
  for (const std::uint64_t links : {std::uint64_t{0}, std::uint64_t{O_NOFOLLOW}}) {
    const auto mounted = find_mount(run, each.path, links);
    if (!stat || !mounted || mounted->id != stat->mount_id) continue;
    (void)sys::umount(each.path.data(), mounted->how);
    return;
  }
}

void attach_again(Run& run, const Gone& each) {
  if (!each.clone) return;  // unbindable ones cannot be cloned: mount_namespaces(7)
  const auto place = run.rootfs.find(each.path.data());
  if (place) (void)sys::attach(each.clone.get(), place->get());
}

}  // namespace

Result<> remember_attached(Run& run, int tree, std::string_view path) {
  if (!run.live) return {};
  if (attached_count == plan::kMostLiveMounts) return fail(Trouble::damaged_plan);
  const long copy = TRY(sys::fcntl(tree, F_DUPFD_CLOEXEC, 3));
  attached[attached_count++] = {static_cast<int>(copy), path};
  return {};
}

void take_off_attached(Run& run) {
  while (attached_count > 0) take_off(run, attached[--attached_count]);
}

// First it is seen whether all are there; then they go. When one will not (it is locked, user_namespaces(7)), those before it come
// back as clones that were made of them.
Result<> unmount(Run& run, const plan::Unmount& unmount) {
  const auto paths = run.plan.array<plan::Text>(unmount.paths);
  for (const plan::Text each : paths) {
    const Mounted mounted = TRY_ABOUT(Trouble::target_not_found, run.text(each), find_mount(run, run.text(each)));
    (void)mounted;
  }
  Gone gone[plan::kMostLiveMounts];
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string_view path = run.text(paths[i]);
    const auto mounted = find_mount(run, path);
    auto taken = sys::Result<>(std::unexpected(sys::Errno{mounted.code()}));
    if (mounted) {
      auto clone = sys::open_tree(mounted->fd.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
      if (clone) gone[i].clone = std::move(*clone);
      gone[i].path = path;
      taken = sys::umount(path.data(), mounted->how);
    }
    if (taken) continue;
    while (i > 0) attach_again(run, gone[--i]);
    return fail(Trouble::none, taken.code(), path);
  }
  return {};
}

}  // namespace init
