// init/hide.cpp. Process: init, own_root, all capabilities of its user namespace. maskedPaths and readonlyPaths. A mask is an
// object of ours, never one found in the container (CVE-2025-31133); what is to be hidden is a descriptor, so the mask lands on it
// whatever the name has become. One superblock serves all masked directories.
#include "init/steps.h"
#include "sys/mount.h"

namespace init {
namespace {

// A tree can be attached once. Before Linux 6.15 only attached ones can be cloned, so the first is used up and then copied.
Result<> cover(int target, sys::UniqueFd& tree, bool& attached, std::string_view path) {
  if (!attached) {
    TRY_ABOUT(Trouble::attach, path, sys::attach(tree.get(), target));
    attached = true;
    return read_back(tree.get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  }
  const sys::UniqueFd copy = TRY_ABOUT(Trouble::attach, path, sys::open_tree(tree.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
  TRY_ABOUT(Trouble::attach, path, sys::attach(copy.get(), target));
  return {};
}

// One inode is the root itself: nothing can be made in it even if the mount were writable.
sys::Result<sys::UniqueFd> make_dark_directory(const Run& run, const char* inodes, const plan::KeyValue& label) {
  const sys::UniqueFd fs = SYS_TRY(sys::fsopen("tmpfs"));
  SYS_TRY(sys::fsconfig_string(fs.get(), "nr_blocks", "1"));
  SYS_TRY(sys::fsconfig_string(fs.get(), "nr_inodes", inodes));
  if (label.key) SYS_TRY(sys::fsconfig_string(fs.get(), run.c_str(label.key), run.c_str(label.value)));
  SYS_TRY(sys::fsconfig_create(fs.get()));
  return sys::fsmount(fs.get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

Result<> cover_directory(Run& run, const plan::MaskPath& mask, int target, std::string_view path) {
  if (!run.dark_tree) {
    auto made = make_dark_directory(run, "1", mask.label);
    if (!made) made = make_dark_directory(run, "2", mask.label);
    run.dark_tree = TRY_ABOUT(Trouble::filesystem_create, path, std::move(made));
  }
  return cover(target, run.dark_tree, run.dark_attached, path);
}

Result<> cover_file(Run& run, plan::Slot slot, int target, std::string_view path) {
  if (!run.null_tree) run.null_tree.reset(run.plan.fd(slot));  // slot -1: clone_null_of_host has made it
  return cover(target, run.null_tree, run.null_attached, path);
}

bool is_missing(int code) { return code == kEnoent || code == kEnotdir; }

}  // namespace

Result<> clone_null_of_host(Run& run) {
  for (const plan::Step& step : run.plan.steps()) {
    if (step.kind != plan::Kind::mask_path || step.mask_path.null_device >= 0) continue;
    run.null_tree = TRY(clone_host_device("/dev/null", S_IFCHR, 1, 3));
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;  // container/descriptors.cpp knows why
    TRY_ABOUT(Trouble::attributes, "/dev/null", sys::mount_setattr(run.null_tree.get(), "", AT_EMPTY_PATH, attr));
    return {};
  }
  return {};
}

Result<> mask_path(Run& run, const plan::MaskPath& mask) {
  const std::string_view path = run.text(mask.path);
  const auto found = run.rootfs.find(path.data());
  if (is_missing(found.code())) return {};  // nothing to hide
  if (!found) return fail(Trouble::target_not_found, found.code(), path);
  run.rootfs.forget();
  const sys::Stat stat = TRY(sys::stat_fd(found->get()));
  return stat.is_directory() ? cover_directory(run, mask, found->get(), path)
                             : cover_file(run, mask.null_device, found->get(), path);
}

Result<> make_path_readonly(Run& run, plan::Text where) {
  const std::string_view path = run.text(where);
  const auto found = run.rootfs.find(path.data());
  if (is_missing(found.code())) return {};
  if (!found) return fail(Trouble::target_not_found, found.code(), path);
  run.rootfs.forget();
  const sys::UniqueFd copy =
      TRY_ABOUT(Trouble::attach, path, sys::open_tree(found->get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE));
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  TRY_ABOUT(Trouble::attributes, path, sys::mount_setattr(copy.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, attr));
  TRY_ABOUT(Trouble::attach, path, sys::attach(copy.get(), found->get()));
  return read_back(copy.get(), MOUNT_ATTR_RDONLY);
}

}  // namespace init
