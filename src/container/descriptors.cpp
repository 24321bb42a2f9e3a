// Process: the runtime, on the host, with the caller's rights.
#include "container/descriptors.h"

#include <linux/sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>

#include "config/names.h"
#include "config/sysctl.h"
#include "container/files.h"
#include "container/hooks.h"
#include "container/idmap.h"
#include "container/locked_flags.h"
#include "container/mount_idmap.h"
#include "container/state.h"
#include "support/text.h"
#include "sys/mount.h"
#include "sys/process.h"

namespace container {
namespace {

using plan::Attributes;
using plan::Descriptor;
using plan::DescriptorKind;
using plan::Kind;

constexpr unsigned long kGetNamespaceType = 0xb703;  // NS_GET_NSTYPE, ioctl_ns(2)
constexpr int kEnoent = 2, kEperm = 1;
constexpr std::size_t kMaxMountinfo = 16U << 20;

sys::Result<> set_attributes(int tree, unsigned flags, std::uint32_t set, std::uint32_t clear, std::uint32_t propagation) {
  if ((set | clear | propagation) == 0) return {};
  mount_attr attributes{};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation & ~std::uint32_t{MS_REC};
  return sys::mount_setattr(tree, "", flags | AT_EMPTY_PATH, attributes);
}

// A detached tree gets all its attributes before it can be seen: there is no moment in which the mount is there without its flags.
sys::Result<> set_tree_attributes(int tree, const Attributes& wanted, std::span<const std::uint32_t> propagation) {
  SYS_TRY(set_attributes(tree, AT_RECURSIVE, wanted.tree_set, wanted.tree_clear, wanted.base_propagation));
  for (const std::uint32_t word : propagation) SYS_TRY(set_attributes(tree, (word & MS_REC) != 0 ? AT_RECURSIVE : 0, 0, 0, word));
  return set_attributes(tree, 0, wanted.top_set, wanted.top_clear | wanted.top_implied, 0);
}

std::uint32_t root_propagation(const plan::View& view, plan::Slot slot) {
  for (const plan::Step& step : view.steps())
    if (step.kind == Kind::attach_root && step.attach_root.slot == slot) return step.attach_root.propagation;
  return 0;
}

class Opener {
  plan::Plan& plan_;
  DescriptorSources sources_;
  plan::View view_;

  std::string start_error(std::string_view what) const { return failure_head(sources_.purpose) + std::string(what); }

  std::unexpected<Error> failed(const Descriptor& descriptor, std::string_view what, sys::Errno error) const {
    return fail(start_error(what), error, std::string(view_.text(descriptor.origin)));
  }

  Result<sys::UniqueFd> root_tree(const Descriptor& descriptor, plan::Slot slot) {
    const std::string path(view_.text(descriptor.path));
    sys::UniqueFd tree = std::move(sources_.root_tree);
    if (!tree) {
      auto cloned = sys::open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
      if (!cloned) return failed(descriptor, "error preparing rootfs: clone " + path, cloned.error());
      tree = take(std::move(cloned));
    }
    // A clone is a peer of what it was cloned from: what is mounted in the container would appear on the host.
    const auto set = set_attributes(tree.get(), AT_RECURSIVE, 0, 0, root_propagation(view_, slot));
    if (!set) return failed(descriptor, "error preparing rootfs: set propagation of " + path, set.error());
    return tree;
  }

  Result<> check_device(const plan::MountBind& bind, int tree, const Descriptor& descriptor) const {
    if ((bind.flags & plan::kFromDevice) == 0) return {};
    const bool block = (bind.flags & plan::kBlockDevice) != 0;
    const auto stat = sys::stat_fd(tree);
    const bool sound = stat && (stat->mode & S_IFMT) == (block ? S_IFBLK : S_IFCHR) && stat->rdev_major == bind.major &&
                       stat->rdev_minor == bind.minor;
    if (sound) return {};
    return fail(start_error(std::string(view_.text(bind.source)) + " is not the device " + std::to_string(bind.major) + ':' +
                            std::to_string(bind.minor)),
                std::string(view_.text(descriptor.origin)));
  }

  // What a mount of the host has locked for a user namespace (mount_namespaces(7)) is not locked for us, who set its flags from
  // outside of it. Asked for by name it must fail all the same, as it does where init clones the tree. statfs(2) shows of a
  // filesystem that is read-only no more than that, and nothing of the mounts below: then mountinfo has the answer.
  Result<> check_locked(const plan::MountBind& bind, int tree, const Descriptor& descriptor, const std::string& mounting) const {
    const plan::Attributes& wanted = bind.attributes;
    if ((wanted.top_set | wanted.top_clear | wanted.tree_set | wanted.tree_clear) == 0 || !has_user_namespace()) return {};
    const bool below = (bind.flags & plan::kRecursive) != 0 && (wanted.tree_set | wanted.tree_clear) != 0;
    const auto flags = sys::fstatfs(tree);
    if (!below && flags && locked_changes(attributes_of_statfs(flags->flags), wanted, true) == 0) return {};
    const LockedFlag locked = TRY(look_for_locked(bind, below));
    if (locked.changes == 0) return {};
    return fail(start_error(mounting + "change " + std::string(locked_word(locked.changes)) + " of the mount on " +
                            text::quote(locked.place) + ", which a user namespace may not"),
                sys::Errno{kEperm}, std::string(view_.text(view_.steps()[descriptor.step].origin)) + "/options");
  }

  bool has_user_namespace() const {
    if (plan_.id_maps) return true;
    for (const plan::Step& step : view_.steps())
      if (step.kind == Kind::join_namespace && (step.join.flags & plan::kByPidfd) != 0 && (step.join.type & CLONE_NEWUSER) != 0)
        return true;
    return std::ranges::any_of(view_.descriptors(), [](const Descriptor& descriptor) {
      return descriptor.kind == DescriptorKind::namespace_file && descriptor.step == CLONE_NEWUSER;
    });
  }

  Result<LockedFlag> look_for_locked(const plan::MountBind& bind, bool below) const {
    const std::string source(view_.text(bind.source));
    const int links = (bind.flags & (plan::kNoFollowSource | plan::kCopySymlink)) != 0 ? O_NOFOLLOW : 0;
    const auto file = sys::openat(AT_FDCWD, source.c_str(), O_PATH | links);
    if (!file) return fail("open " + source, file.error());
    const auto stat = sys::stat_fd(file->get());
    if (!stat) return fail("stat " + source, stat.error());
    const std::string real = TRY(path_of(file->get()));
    const auto mountinfo = read_whole(AT_FDCWD, "/proc/self/mountinfo", kMaxMountinfo);
    if (!mountinfo) return fail("read /proc/self/mountinfo", mountinfo.error());
    return find_locked_flag(*mountinfo, stat->mount_id, real, below, bind.attributes);
  }

  static Result<std::string> path_of(int file) {
    std::array<char, 4096> path;
    const auto size = sys::readlinkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(file)).c_str(), path);
    if (!size) return fail("read /proc/self/fd/" + std::to_string(file), size.error());
    return std::string(path.data(), *size);
  }

  Result<sys::UniqueFd> bind_tree(const Descriptor& descriptor) {
    const plan::MountBind& bind = view_.steps()[descriptor.step].bind;
    const std::string source(view_.text(bind.source));
    const std::string mounting =
        "error mounting \"" + source + "\" to rootfs at \"" + std::string(view_.text(bind.target)) + "\": ";
    const unsigned recursive = (bind.flags & plan::kRecursive) != 0 ? AT_RECURSIVE : 0;
    const unsigned links = (bind.flags & (plan::kNoFollowSource | plan::kCopySymlink)) != 0 ? AT_SYMLINK_NOFOLLOW : 0;
    auto tree = sys::open_tree(AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | recursive | links);
    if (tree.code() == kEnoent && (bind.flags & plan::kOptional) != 0) return sys::UniqueFd();
    if (!tree) return failed(descriptor, mounting + "open " + source, tree.error());
    TRY(check_device(bind, tree->get(), descriptor));
    TRY(check_locked(bind, tree->get(), descriptor, mounting));
    if ((bind.flags & plan::kMapIds) != 0 && sources_.id_mapper != nullptr)
      TRY(sources_.id_mapper->map(plan_, descriptor.step, tree->get()));
    const auto set = set_tree_attributes(tree->get(), bind.attributes, view_.array<std::uint32_t>(bind.attributes.propagation));
    if (!set) return failed(descriptor, mounting + "set mount attributes", set.error());
    return take(std::move(tree));
  }

  Result<sys::UniqueFd> namespace_file(const Descriptor& descriptor) {
    const std::string path(view_.text(descriptor.path));
    // Not blocking: the path may be a fifo. Opening a device by mistake must not make it our terminal.
    auto file = sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return failed(descriptor, "open namespace " + path, file.error());
    if (!is_namespace(file->get(), descriptor.step))
      return fail(start_error(path + " is not a namespace of the type given"), std::string(view_.text(descriptor.origin)));
    if (descriptor.step == CLONE_NEWUSER && plan_.joined_id_maps) TRY(check_id_maps(file->get(), *plan_.joined_id_maps));
    TRY(refuse_own_mounts(descriptor, file->get()));
    TRY(refuse_host_sysctls(descriptor, file->get()));
    return take(std::move(file));
  }

  // What is mounted for a container that joins a mount namespace takes the place of all that was there (pivot_root(2)).
  Result<> refuse_own_mounts(const Descriptor& descriptor, int file) const {
    if (descriptor.step != CLONE_NEWNS) return {};
    const auto joined = sys::stat_fd(file), own = sys::stat_at(AT_FDCWD, "/proc/self/ns/mnt", 0);
    if (joined && own && joined->inode != own->inode) return {};
    return fail("the mount namespace to join is the host's own: its root would be lost", std::string(view_.text(descriptor.origin)),
                "leave the namespace out for a container in the host's mount namespace");
  }

  // A joined namespace that is our own: a sysctl of it would change the host's. (That the namespace is configured at all, the
  // compiler has checked.)
  Result<> refuse_host_sysctls(const Descriptor& descriptor, int file) const {
    for (const plan::Step& step : view_.steps()) {
      if (step.kind != Kind::write_sysctl) continue;
      const std::string_view path = view_.text(step.sysctl.path);
      const config::NamespaceType* owner = config::find(config::kNamespaceTypes, config::sysctl_namespace(path));
      if (owner == nullptr || owner->number != descriptor.step) continue;
      const auto joined = sys::stat_fd(file);
      const auto own = sys::stat_at(AT_FDCWD, ("/proc/self/ns/" + std::string(owner->file)).c_str(), 0);
      if (joined && own && joined->inode != own->inode) continue;
      std::string name(path);
      std::ranges::replace(name, '/', '.');
      return fail("sysctl \"" + name + "\" not allowed in host " + std::string(owner->name) + " namespace",
                  std::string(view_.text(step.origin)));
    }
    return {};
  }

  // CVE-2025-31133: what masks a file is the host's null device itself, proved to be it after it was opened. Read-only: a device
  // is written to all the same, but its mode, owner and times are the host's.
  Result<sys::UniqueFd> null_device(const Descriptor& descriptor) {
    auto tree = sys::open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
    if (!tree) return failed(descriptor, "clone /dev/null", tree.error());
    const auto stat = sys::stat_fd(tree->get());
    if (!stat || !stat->is_char_device(1, 3)) return fail(start_error("the host's /dev/null is not the null device"));
    const auto set = set_attributes(tree->get(), 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, MS_PRIVATE);
    if (!set) return failed(descriptor, "set attributes of /dev/null", set.error());
    return take(std::move(tree));
  }

  // For reading and writing: an open for one direction waits for the other end, or fails without it. fifo(7)
  Result<sys::UniqueFd> fifo(const Descriptor& descriptor, const char* name) {
    auto file = sys::openat(sources_.state_directory, name, O_RDWR | O_NOFOLLOW);
    if (!file) return failed(descriptor, std::string("open ") + name, file.error());
    return take(std::move(file));
  }

  Result<sys::UniqueFd> hook_output(const Descriptor& descriptor) {
    const std::string path(view_.text(descriptor.path));
    auto file = open_hook_file(path);
    if (!file) return failed(descriptor, "open " + path, file.error());
    return take(std::move(file));
  }

 public:
  Opener(plan::Plan& plan, DescriptorSources&& sources) : plan_(plan), sources_(std::move(sources)), view_(plan.view()) {}

  // Empty: nothing of ours to keep open.
  Result<sys::UniqueFd> open(const Descriptor& descriptor, plan::Slot slot) {
    switch (descriptor.kind) {
      case DescriptorKind::root_tree:
        return root_tree(descriptor, slot);
      case DescriptorKind::bind_tree:
        return bind_tree(descriptor);
      case DescriptorKind::namespace_file:
        return namespace_file(descriptor);
      case DescriptorKind::null_device:
        return null_device(descriptor);
      case DescriptorKind::exec_fifo:
        return fifo(descriptor, kStartFifo);
      case DescriptorKind::answer_fifo:
        return fifo(descriptor, kAnswerFifo);
      case DescriptorKind::hook_output:
        return hook_output(descriptor);
      case DescriptorKind::cgroup_tasks:
        return sys::UniqueFd();  // container/membership.h
      case DescriptorKind::container:
        plan::set_descriptor(plan_.image, slot, sources_.container);
        return sys::UniqueFd();
    }
    return fail("the plan is damaged");
  }
};

}  // namespace

bool is_namespace(int file, std::uint32_t type) {
  const auto found = sys::ioctl(file, kGetNamespaceType, 0);
  return found && static_cast<std::uint32_t>(*found) == type;
}

Result<std::vector<sys::UniqueFd>> open_descriptors(plan::Plan& plan, DescriptorSources&& sources) {
  std::vector<sys::UniqueFd> opened;
  Opener opener(plan, std::move(sources));
  const auto table = plan.view().descriptors();
  opened.reserve(table.size());
  for (plan::Slot slot = 0; slot < static_cast<plan::Slot>(table.size()); ++slot) {
    sys::UniqueFd fd = TRY(opener.open(table[static_cast<std::size_t>(slot)], slot));
    if (!fd) continue;
    plan::set_descriptor(plan.image, slot, fd.get());
    opened.push_back(std::move(fd));
  }
  return opened;
}

}  // namespace container
