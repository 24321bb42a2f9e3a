// init/root.cpp. Process: init, all capabilities of its user namespace; from the host's tree to the container's. pivot_root(2),
// mount_namespaces(7).
#include "init/steps.h"
#include "sys/mount.h"

namespace init {
namespace {

constexpr std::uint32_t kRec = 1 << 14, kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;  // MS_*

Result<> propagate(int tree, unsigned flags, std::uint32_t propagation) {
  mount_attr attr{};
  attr.propagation = propagation & ~kRec;
  TRY_AS(Trouble::propagation, sys::mount_setattr(tree, "", AT_EMPTY_PATH | flags, attr));
  return {};
}

// With a shared host tree (rootfsPropagation: shared) the mount that holds `path` becomes private, or our root would appear on the
// host too, and pivot_root(2) would refuse it. Only a mount's own top takes a propagation: EINVAL below it, so upwards it goes.
Result<> make_parent_private(std::string_view path) {
  static char text[4096];
  if (path.size() >= sizeof text) return fail(Trouble::propagation, kEnametoolong, path);
  __builtin_memcpy(text, path.data(), path.size());
  mount_attr attr{};
  attr.propagation = kPrivate;
  for (std::size_t size = path.size();;) {
    text[size] = '\0';
    const auto changed = sys::mount_setattr(AT_FDCWD, size == 0 ? "/" : text, 0, attr);
    if (changed) return {};
    if (changed.code() != kEinval || size == 0) return fail(Trouble::propagation, changed.code(), path);
    while (size > 0 && text[--size] != '/') {
    }
  }
}

bool is_shared(const Run& run) { return run.host_propagation == 0 || (run.host_propagation & kShared) != 0; }

// pivot_root(".", ".") stacks the old root on the new one, so that no directory of the image is needed for it: pivot_root(2),
// NOTES.
// "." is the new root's own directory; umount2(2) climbs from it to the topmost mount there, which is the old root.
Result<> pivot(const Run& run) {
  sys::UniqueFd old;
  if (is_shared(run)) old = TRY(sys::openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  TRY(sys::pivot_root(".", "."));
  if (old) TRY(propagate(old.get(), AT_RECURSIVE, kSlave));  // or the unmount below would reach the host
  TRY(sys::umount(".", MNT_DETACH));
  return {};
}

}  // namespace

Result<> hide_kernel_filesystems(std::string_view except);  // no_pivot.cpp

Result<> set_host_propagation(Run& run, std::uint32_t flags) {
  TRY(sys::mount(nullptr, "/", nullptr, flags, nullptr));
  run.host_propagation = flags;
  return {};
}

Result<> attach_root(Run& run, const plan::AttachRoot& root) {
  const char* path = run.c_str(root.path);
  const std::string_view name = run.text(root.path);
  sys::UniqueFd tree{run.plan.fd(root.slot)};
  if (!tree) {
    tree = TRY_ABOUT(Trouble::source_not_found, name, sys::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE));
    if (root.propagation != 0) TRY(propagate(tree.get(), AT_RECURSIVE, root.propagation));
  }
  const bool host = (root.flags & plan::kHostTree) != 0;
  if (!host && is_shared(run)) TRY(make_parent_private(name));
  // pivot_root(2) takes no shared mount; set_root_propagation shares it again, without the host.
  if ((root.propagation & (kPrivate | kSlave)) == 0) TRY(propagate(tree.get(), 0, kPrivate));
  TRY_ABOUT(Trouble::attach, name, sys::attach_at(tree.get(), AT_FDCWD, path));
  if (host) TRY(propagate(tree.get(), AT_RECURSIVE, kPrivate));  // a shared parent has shared it: mount_namespaces(7)
  run.rootfs.set_root(std::move(tree));
  return {};
}

Result<> enter_root(Run& run, std::uint32_t flags) {
  run.rootfs.forget();
  TRY(clone_null_of_host(run));
  TRY(sys::fchdir(run.rootfs.root()));
  if ((flags & plan::kChroot) != 0) {
    TRY(sys::chroot("."));
  } else if ((flags & plan::kNoPivot) != 0) {
    std::string_view path;
    for (const plan::Step& step : run.plan.steps())
      if (step.kind == plan::Kind::attach_root) path = run.text(step.attach_root.path);
    TRY(hide_kernel_filesystems(path));
    TRY(sys::mount(".", "/", nullptr, 1 << 13 /* MS_MOVE */, nullptr));
    TRY(sys::chroot("."));
  } else {
    TRY(pivot(run));
  }
  TRY(sys::chdir("/"));
  return {};
}

Result<> set_root_propagation(std::uint32_t flags) {
  TRY(sys::mount(nullptr, "/", nullptr, flags, nullptr));
  return {};
}

}  // namespace init
