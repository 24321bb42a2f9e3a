// init/mounts.cpp. Process: init, host_root; all capabilities of its user namespace. A mount is built detached, with its flags, and
// only then attached, descriptor to descriptor: there is no moment at which it is there without them. fsopen(2), mount_setattr(2).
#include "init/line.h"
#include "init/steps.h"
#include "sys/mount.h"
#include "sys/xattr.h"

namespace init {
namespace {

constexpr std::uint32_t kRec = 1 << 14;  // MS_REC

// What the kernel says about a refused option: lines "e tmpfs: Bad value for 'size'". fsopen(2), section on the message log.
std::string_view with_kernel_words(int fs, std::string_view about) {
  static Line<512> words;
  std::array<std::byte, 256> message;
  words.clear();
  words.add(about);
  const auto got = sys::read(fs, message);
  if (got && *got > 2) {
    const std::string_view text{reinterpret_cast<const char*>(message.data()) + 2, *got - 2};
    words.add(about.empty() ? "" : ": ").add(text.substr(0, text.find('\n')));
  }
  return words.view();
}

Result<> set_option(Run& run, int fs, const plan::KeyValue& option) {
  const char* key = run.c_str(option.key);
  const auto set = option.value ? sys::fsconfig_string(fs, key, run.c_str(option.value)) : sys::fsconfig_flag(fs, key);
  if (set) return {};
  static Line<256> name;
  name.clear();
  name.add(run.text(option.key));
  if (option.value) name.add("=").add(run.text(option.value));
  return fail(Trouble::filesystem_option, set.code(), with_kernel_words(fs, name.view()));
}

// A tmpfs over a directory of the image looks like it; a mode= of the config comes later and wins.
Result<> inherit_mode(int fs, const Node& target) {
  if (target.made) return {};
  Line<16> mode;
  mode.add_number(target.stat.mode & 07777, 8);
  TRY_ABOUT(Trouble::filesystem_option, "mode", sys::fsconfig_string(fs, "mode", mode.c_str()));
  return {};
}

// Of a mount: what holds for the tree holds for it.
std::uint32_t initial_attributes(const plan::Attributes& attributes) {
  return (attributes.top_set & ~attributes.tree_clear) | attributes.tree_set;
}

Result<sys::UniqueFd> make_filesystem(Run& run, const plan::MountFilesystem& mount, const Node& target) {
  const std::string_view type = run.text(mount.type);
  const sys::UniqueFd fs = TRY_ABOUT(Trouble::filesystem_open, type, sys::fsopen(run.c_str(mount.type)));
  if (mount.source)
    TRY_ABOUT(Trouble::filesystem_option, "source", sys::fsconfig_string(fs.get(), "source", run.c_str(mount.source)));
  if ((mount.flags & plan::kInheritMode) != 0) TRY(inherit_mode(fs.get(), target));
  for (const plan::KeyValue& option : run.plan.array<plan::KeyValue>(mount.options)) TRY(set_option(run, fs.get(), option));
  if (const auto made = sys::fsconfig_create(fs.get()); !made)
    return fail(Trouble::filesystem_create, made.code(), with_kernel_words(fs.get(), {}));
  // Copying up needs a writable mount; its read-only flag comes afterwards.
  const std::uint32_t held_back = (mount.flags & plan::kCopyUp) != 0 ? MOUNT_ATTR_RDONLY : 0;
  return TRY_AS(Trouble::attributes, sys::fsmount(fs.get(), initial_attributes(mount.attributes) & ~held_back));
}

Result<> set_tree(int tree, std::uint32_t flags, std::uint64_t set, std::uint64_t clear) {
  if ((set | clear) == 0) return {};
  mount_attr attr{};
  attr.attr_set = set;
  attr.attr_clr = clear;
  TRY_AS(Trouble::attributes, sys::mount_setattr(tree, "", AT_EMPTY_PATH | flags, attr));
  return {};
}

Result<> propagate(int tree, std::uint32_t propagation) {
  if (propagation == 0) return {};
  mount_attr attr{};
  attr.propagation = propagation & ~kRec;
  TRY_AS(Trouble::propagation, sys::mount_setattr(tree, "", AT_EMPTY_PATH | ((propagation & kRec) != 0 ? AT_RECURSIVE : 0), attr));
  return {};
}

// The image's content under a tmpfs. The copy is made before anyone can see the mount.
Result<> fill(const plan::MountFilesystem& mount, const Node& target, int tree) {
  if (!target.made) {
    const sys::UniqueFd from =
        TRY_AS(Trouble::target_not_found, sys::openat(target.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    const sys::UniqueFd to = TRY(sys::openat(tree, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(copy_up(from.get(), to.get()));
  }
  return set_tree(tree, 0, initial_attributes(mount.attributes) & MOUNT_ATTR_RDONLY, 0);
}

// The label is the superblock's: with a joined ipc namespace it is what the last container has said.
Result<> label_root(int tree, std::string_view label) {
  const sys::UniqueFd root = TRY(sys::openat(tree, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY_ABOUT(Trouble::none, label, sys::fsetxattr(root.get(), "security.selinux", label));
  return {};
}

// The user namespace does not own the network (or cgroup) namespace: the host's mount is cloned with all that is mounted in it,
// which the kernel asks for where mounts are locked.
Result<sys::UniqueFd> clone_instead(Run& run, const plan::MountFilesystem& mount) {
  const std::string_view source = run.text(mount.source);
  const char* path = source.starts_with('/') ? source.data() : run.text(mount.type) == "sysfs" ? "/sys" : "/sys/fs/cgroup";
  sys::UniqueFd tree = TRY_ABOUT(Trouble::source_not_found, path, sys::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE));
  const plan::Attributes& attributes = mount.attributes;
  TRY(set_tree(tree.get(), AT_RECURSIVE,
               initial_attributes(attributes) & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC), 0));
  return tree;
}

Result<> attach(Run& run, int tree, const Node& target, std::string_view path) {
  TRY_ABOUT(Trouble::attach, path, sys::attach(tree, target.fd.get()));
  return remember_attached(run, tree, path);
}

// A device node where mknod(2) is not ours to call (a user namespace).
Result<sys::UniqueFd> clone_source(Run& run, const plan::MountBind& mount) {
  const char* source = run.c_str(mount.source);
  if ((mount.flags & plan::kFromDevice) != 0)
    return clone_host_device(source, (mount.flags & plan::kBlockDevice) != 0 ? S_IFBLK : S_IFCHR, mount.major, mount.minor);
  const unsigned recursive = (mount.flags & plan::kRecursive) != 0 ? AT_RECURSIVE : 0;
  const bool itself = (mount.flags & (plan::kNoFollowSource | plan::kCopySymlink)) != 0;
  const std::string_view name = run.text(mount.source);
  if ((mount.flags & plan::kInRoot) == 0) {
    const unsigned links = itself ? AT_SYMLINK_NOFOLLOW : 0;
    return TRY_ABOUT(Trouble::source_not_found, name, sys::open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | recursive | links));
  }
  const std::uint64_t links = itself ? O_NOFOLLOW : 0;
  const sys::UniqueFd found = TRY_ABOUT(Trouble::source_not_found, name, run.rootfs.find(source, O_PATH | links));
  return TRY_ABOUT(Trouble::source_not_found, name, sys::open_tree(found.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH | recursive));
}

// Only who has rights over the filesystem itself may map its ids, which root of a user namespace has not: the runtime acts on the
// same mount. It is still detached, as the kernel wants it.
Result<> let_map_ids(Run& run, int tree) {
  static handshake::Report report;
  report.say = handshake::Say::tree;
  TRY_AS(Trouble::parent_gone, run.runtime.send(report, tree));
  const handshake::Word word = TRY_AS(Trouble::parent_gone, run.runtime.receive());
  return word == handshake::Word::ids_mapped ? Result<>{} : fail(Trouble::damaged_plan, kEproto);
}

// mounts[].options may say several words: slave and then shared makes the host's slave a group of its own.
Result<> propagate_all(const Run& run, int tree, plan::Range words) {
  for (const std::uint32_t word : run.plan.array<std::uint32_t>(words)) TRY(propagate(tree, word));
  return {};
}

Result<> dress(int tree, const plan::Attributes& attributes) {
  TRY(propagate(tree, attributes.base_propagation));
  TRY(set_tree(tree, 0, attributes.top_set, attributes.top_clear | attributes.top_implied));
  return set_tree(tree, AT_RECURSIVE, attributes.tree_set, attributes.tree_clear);
}

// The link `tree` once more, at `path`. One with the same text may be there already.
Result<> copy_symlink(Run& run, int tree, std::string_view path) {
  static char wanted[4096], there[4096];
  const std::size_t length = TRY(sys::readlinkat(tree, "", wanted));
  if (length == sizeof wanted) return fail(Trouble::none, kEnametoolong);
  wanted[length] = '\0';
  const Place place = TRY(run.rootfs.place(path));
  const auto made = sys::symlinkat(wanted, place.directory, place.name);
  if (made) return {};
  const auto found = made.code() == kEexist ? sys::readlinkat(place.directory, place.name, there) : sys::Result<std::size_t>(0);
  const bool same = found && std::string_view{there, *found} == std::string_view{wanted, length};
  return same ? Result<>{} : fail(Trouble::target_not_found, made.code(), path);
}

Result<Node> target_of(Run& run, const plan::MountBind& mount, bool directory) {
  const std::string_view path = run.text(mount.target);
  if ((mount.flags & plan::kNoFollowTarget) != 0) return run.rootfs.itself(path, directory);
  return directory ? run.rootfs.directory(path) : run.rootfs.file(path);
}

// What a word does not name stays as it is: the filesystem's options and the mount's flags alike.
Result<> remount(Run& run, const plan::MountFilesystem& mount) {
  const std::string_view path = run.text(mount.target), type = run.text(mount.type);
  const sys::UniqueFd top = TRY_ABOUT(Trouble::target_not_found, path, run.rootfs.find(path.data()));
  if (mount.options.count != 0) {
    const sys::UniqueFd fs = TRY_ABOUT(Trouble::filesystem_open, type, sys::fspick(top.get()));
    for (const plan::KeyValue& option : run.plan.array<plan::KeyValue>(mount.options)) TRY(set_option(run, fs.get(), option));
    if (const auto changed = sys::fsconfig_reconfigure(fs.get()); !changed)
      return fail(Trouble::filesystem_create, changed.code(), with_kernel_words(fs.get(), {}));
  }
  TRY(dress(top.get(), mount.attributes));
  TRY(propagate_all(run, top.get(), mount.attributes.propagation));
  return read_back(top.get(), initial_attributes(mount.attributes));
}

}  // namespace

// A read-only superblock is as good as a read-only mount: statfs(2) does not tell them apart, nor does a writer.
Result<> read_back(int mount, std::uint32_t wanted) {
  constexpr struct {
    std::uint32_t attribute;
    long flag;  // ST_*
    std::string_view name;
  } kFlags[]{{MOUNT_ATTR_RDONLY, 1, "ro"},
             {MOUNT_ATTR_NOSUID, 2, "nosuid"},
             {MOUNT_ATTR_NODEV, 4, "nodev"},
             {MOUNT_ATTR_NOEXEC, 8, "noexec"},
             {MOUNT_ATTR_NOSYMFOLLOW, 0x2000, "nosymfollow"}};
  std::uint32_t known = 0;
  for (const auto& each : kFlags) known |= each.attribute;
  if ((wanted & known) == 0) return {};  // a filesystem may have to ask somebody for its answer: fuse, nfs
  const sys::FilesystemStat stat = TRY_AS(Trouble::attributes, sys::fstatfs(mount));
  static Line<64> missing;  // the failure's detail lives until it is reported
  missing.clear();
  for (const auto& each : kFlags)
    if ((wanted & each.attribute) != 0 && (stat.flags & each.flag) == 0)
      missing.add(missing.view().empty() ? "" : ",").add(each.name);
  return missing.view().empty() ? Result<>{} : fail(Trouble::flags_lost, 0, missing.view());
}

Result<> mount_filesystem(Run& run, const plan::MountFilesystem& mount) {
  if ((mount.flags & plan::kRemount) != 0) return remount(run, mount);
  const std::string_view path = run.text(mount.target);
  const bool ordinary = (mount.flags & plan::kOrdinaryDirectory) != 0;
  const Node target = TRY(ordinary ? run.rootfs.ordinary_directory(path) : run.rootfs.directory(path));
  auto tree = make_filesystem(run, mount, target);
  if (!tree && (mount.flags & plan::kBindOnEperm) != 0 && (tree.error().error == kEperm || tree.error().error == kEbusy))
    tree = clone_instead(run, mount);
  if (!tree) return std::unexpected(tree.error());
  if ((mount.flags & plan::kCopyUp) != 0) TRY(fill(mount, target, tree->get()));
  if (mount.label) TRY(label_root(tree->get(), run.text(mount.label)));
  TRY(attach(run, tree->get(), target, path));
  TRY(propagate_all(run, tree->get(), mount.attributes.propagation));
  return read_back(tree->get(), initial_attributes(mount.attributes));
}

Result<> mount_bind(Run& run, const plan::MountBind& mount) {
  const std::string_view path = run.text(mount.target);
  sys::UniqueFd tree{run.plan.fd(mount.slot)};
  const bool own = !tree;
  if (own) {
    auto cloned = clone_source(run, mount);
    if (!cloned && cloned.error().error == kEnoent && (mount.flags & plan::kOptional) != 0) return {};
    if (!cloned) return std::unexpected(cloned.error());
    tree = std::move(*cloned);
    if ((mount.flags & plan::kMapIds) != 0) TRY(let_map_ids(run, tree.get()));
    TRY(dress(tree.get(), mount.attributes));
  }
  const sys::Stat source = TRY(sys::stat_fd(tree.get()));
  if (source.is_symlink() && (mount.flags & plan::kCopySymlink) != 0) return copy_symlink(run, tree.get(), path);
  const Node target = TRY(target_of(run, mount, source.is_directory()));
  TRY(attach(run, tree.get(), target, path));
  if (own) TRY(propagate_all(run, tree.get(), mount.attributes.propagation));
  return read_back(tree.get(), initial_attributes(mount.attributes));
}

Result<> set_mount_attributes(Run& run, const plan::SetMountAttributes& attributes) {
  const std::string_view path = run.text(attributes.path);
  const sys::UniqueFd top = TRY_ABOUT(Trouble::target_not_found, path, run.rootfs.find(path.data()));
  TRY(set_tree(top.get(), 0, attributes.set, attributes.clear));
  return read_back(top.get(), attributes.set);
}

}  // namespace init
