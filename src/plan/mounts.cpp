// plan/mounts.cpp: root, mounts[] and the propagation of both. mount_setattr(2), fsopen(2), mount_namespaces(7).
#include "plan/compile.h"

namespace plan {
namespace {

using config::Effect;

void append_data(MountWords& words, std::string_view item) {
  if (item.empty()) return;
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos)
    words.flags.emplace_back(item);
  else
    words.data.emplace_back(item.substr(0, equals), item.substr(equals + 1));
}

// One string may hold several options, as it does for mount(2). A comma behind a backslash (overlay's layers) or between
// quotes (SELinux's categories) belongs to a value.
void split_data(MountWords& words, std::string_view list) {
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '"') quoted = !quoted;
    if (list[i] != ',' || quoted || (i > 0 && list[i - 1] == '\\')) continue;
    append_data(words, list.substr(begin, i - begin));
    begin = i + 1;
  }
  append_data(words, list.substr(begin));
}

void apply_flag(MountWords& words, const config::MountOption& option) {
  words.names_flags = true;
  if (option.effect == Effect::set_flag && (option.changes_atime || option.attribute == config::kAttrNodiratime))
    words.sets_atime = true;
  if (option.attribute != 0 || option.changes_atime)
    words.top.apply(option);
  else if (option.effect == Effect::set_flag)
    words.superblock |= option.flag, words.superblock_clear &= ~option.flag;
  else
    words.superblock &= ~option.flag, words.superblock_clear |= option.flag;
}

void apply_word(MountWords& words, const config::MountOption& option) {
  switch (option.effect) {
    case Effect::set_flag:
    case Effect::clear_flag:
      return apply_flag(words, option);
    case Effect::recursive_set:
    case Effect::recursive_clear:
      return words.tree.apply(option);
    case Effect::propagation:
      words.propagation.push_back(option.flag);
      return;
    case Effect::rbind:
      words.recursive = true;
      return;
    case Effect::remount:
      words.remount = true;
      return;
    case Effect::copy_up:
      words.copy_up = true;
      return;
    case Effect::copy_symlink:
      words.links |= kCopySymlink;
      return;
    case Effect::source_nofollow:
      words.links |= kNoFollowSource;
      return;
    case Effect::target_nofollow:
      words.links |= kNoFollowTarget;
      return;
    case Effect::idmap:
      words.idmap = true;
      return;
    case Effect::ridmap:
      words.idmap = words.idmap_tree = true;
      return;
    case Effect::bind:
    case Effect::nothing:
      return;
  }
}

// The words about one mount and about its tree are the same for a mount that has nothing below it.
config::AttributeChange of_new_mount(const MountWords& words) { return {(words.top.set & ~words.tree.clear) | words.tree.set, 0}; }

// A bind without any flag is as its source. With one it has those that are named and no others, as a remount by mount(2) leaves it;
// in a user namespace what the source's owner could have locked (mount_namespaces(7)) stays unless it is named. The access time
// stays until a word chooses one: "norelatime" does not say which. (Where it is locked, "diratime" alone changes nothing either.)
Attributes bind_attributes(Compiler& c, const MountWords& words) {
  constexpr std::uint32_t kLockable = config::kAttrReadonly | config::kAttrNosuid | config::kAttrNodev | config::kAttrNoexec;
  const Range propagation = c.build.array<std::uint32_t>(words.propagation);
  Attributes attributes{words.top.set, words.top.clear, words.tree.set, words.tree.clear, propagation, base_propagation(c)};
  if (!words.sets_atime) attributes.top_clear &= ~(config::kAttrAtimeMask | (c.in_user_namespace ? config::kAttrNodiratime : 0));
  if (!words.names_flags) return attributes;
  std::uint32_t implied = config::kAttrNosymfollow | (c.in_user_namespace ? 0 : kLockable);
  if (words.sets_atime) implied |= config::kAttrAtimeMask | config::kAttrNodiratime;
  // mount_setattr(2) clears before it sets, and only the field of the access time may be named on both sides.
  attributes.top_implied = implied & (~attributes.top_set | config::kAttrAtimeMask);
  return attributes;
}

Attributes filesystem_attributes(Compiler& c, const MountWords& words) {
  return {of_new_mount(words).set, 0, 0, 0, c.build.array<std::uint32_t>(words.propagation), 0};
}

// config::validate knows the rules for what lies on and below /proc but one: a bind may bring the host's procfs and nothing else.
Result<> check_proc(const config::Mount& mount, bool bind, const std::string& target, const std::string& origin) {
  if (!bind || target != "/proc" || text::clean_path(mount.source.value_or("")) == "/proc") return {};
  return fail("\"/proc\" cannot be mounted because it is not of type proc", origin + "/source");
}

// mount(8)'s uid= and gid= are ids of the container. Without privilege an unmapped one is EINVAL without a word.
Result<> check_owner(const Compiler& c, const MountWords& words, const std::string& origin) {
  if (c.facts.euid == 0 || !c.namespaces.creates(kNewUser)) return {};
  for (const auto& [key, value] : words.data) {
    if (key != "uid" && key != "gid") continue;
    const std::uint32_t id = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    if (!mapped(key == "uid" ? c.spec.linux_.uid_mappings : c.spec.linux_.gid_mappings, id))
      return fail("cannot specify " + key + "= mount options for unmapped " + key + " in rootless containers", origin + "/options");
  }
  return {};
}

bool is_id_mapped(const config::Mount& mount, const MountWords& words) { return words.idmap || !mount.uid_mappings.empty(); }

Result<> check_words(const Compiler& c, const config::Mount& mount, const MountWords& words, const std::string& origin) {
  // It takes rights over the filesystem itself, so over the user namespace in which it was mounted.
  if (is_id_mapped(mount, words) && c.facts.rootless)
    return fail("id-mapped mounts are not supported for rootless containers", origin);
  if (words.remount && words.copy_up) return fail("tmpcopyup fills a new mount, it cannot remount one", origin + "/options");
  return check_owner(c, words, origin);
}

// Filesystems without a device whose superblock others may share: read-only is a matter of the mount alone.
bool is_shared_pseudo(std::string_view type) {
  constexpr std::array<std::string_view, 19> kTypes{
      "binfmt_misc", "bpf",    "cgroup", "cgroup2", "configfs", "debugfs",    "devpts", "devtmpfs", "efivarfs", "fusectl",
      "hugetlbfs",   "mqueue", "proc",   "pstore",  "ramfs",    "securityfs", "sysfs",  "tmpfs",    "tracefs"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

struct SuperblockWord {
  std::uint32_t flag;
  std::string_view word, opposite;
};
// `silent` only quietens a message and `iversion` has no key of fsconfig(2): filesystems that can count changes always do.
constexpr std::array kSuperblockWords{
    SuperblockWord{config::kMsSynchronous, "sync", "async"}, SuperblockWord{config::kMsDirsync, "dirsync", ""},
    SuperblockWord{config::kMsLazytime, "lazytime", "nolazytime"}, SuperblockWord{config::kMsMandlock, "mand", "nomand"}};

// A new filesystem has none of these; of one that is remounted they are taken back.
void add_cleared(Compiler& c, const std::string& type, const MountWords& words, std::vector<KeyValue>& options) {
  for (const SuperblockWord& entry : kSuperblockWords)
    if ((words.superblock_clear & entry.flag) != 0 && !entry.opposite.empty())
      options.push_back({c.build.text(entry.opposite), {}});
  if ((words.top.clear & config::kAttrReadonly) != 0 && !is_shared_pseudo(type)) options.push_back({c.build.text("rw"), {}});
}

Range filesystem_options(Compiler& c, const std::string& type, const MountWords& words) {
  std::vector<KeyValue> options;
  for (const SuperblockWord& entry : kSuperblockWords)
    if ((words.superblock & entry.flag) != 0) options.push_back({c.build.text(entry.word), {}});
  if ((of_new_mount(words).set & config::kAttrReadonly) != 0 && !is_shared_pseudo(type))
    options.push_back({c.build.text("ro"), {}});
  if (words.remount) add_cleared(c, type, words, options);
  for (const auto& [key, value] : words.data) options.push_back({c.build.text(key), c.build.text(value)});
  for (const std::string& flag : words.flags) options.push_back({c.build.text(flag), {}});
  if (words.remount) return c.build.array<KeyValue>(options);  // a label cannot be changed
  // proc and sysfs have the labels of the policy; mqueue's superblock exists already, and only its root is labelled.
  if (!c.spec.linux_.mount_label.empty() && type != "proc" && type != "sysfs" && type != "mqueue")
    options.push_back(mount_label(c));
  return c.build.array<KeyValue>(options);
}

std::uint32_t filesystem_flags(const Compiler& c, const std::string& type, const MountWords& words) {
  std::uint32_t flags = words.copy_up ? kCopyUp : 0;
  if (type == "proc" || type == "sysfs") flags |= kOrdinaryDirectory;
  // The kernel gives a sysfs only to who owns the network namespace.
  if (type == "sysfs" && c.in_user_namespace && !c.namespaces.creates(kNewNetwork)) flags |= kBindOnEperm;
  if (type == "tmpfs" && std::ranges::find(words.data, "mode", &std::pair<std::string, std::string>::first) == words.data.end())
    flags |= kInheritMode;
  return flags;
}

// Mount points may still be made in these: read-only comes when all else is done.
void hold_readonly_back(Compiler& c, std::string_view type, const std::string& target, MountWords& words,
                        const std::string& origin) {
  if (c.live || (type != "tmpfs" && target != "/dev") || (of_new_mount(words).set & config::kAttrReadonly) == 0) return;
  words.top.set &= ~config::kAttrReadonly;
  words.tree.set &= ~config::kAttrReadonly;
  c.late_readonly.emplace_back(target, origin);
}

void add_filesystem(Compiler& c, const config::Mount& mount, const std::string& target, MountWords words,
                    const std::string& origin) {
  const std::string& type = *mount.type;
  const std::uint32_t flags = filesystem_flags(c, type, words);
  const Text source = c.build.text((flags & kBindOnEperm) != 0 ? "/sys" : mount.source.value_or("").empty() ? type : *mount.source);
  hold_readonly_back(c, type, target, words, origin);
  const Range options = filesystem_options(c, type, words);
  const Text type_text = c.build.text(type), target_text = c.build.text(target);
  const Attributes attributes = filesystem_attributes(c, words);
  const Text label = type == "mqueue" && !words.remount ? c.build.optional_text(c.spec.linux_.mount_label) : Text{};
  c.build.add(Kind::mount_filesystem, origin).filesystem = {type_text, source, target_text, options, attributes, flags, label};
}

// `path` as the container has it, when it lies in the root filesystem by its name; "" = it does not.
std::string path_in_root(const Compiler& c, const std::string& path) {
  const std::string& root = c.request.rootfs;
  if (c.request.overlay || root == "/" || !path.starts_with(root)) return "";
  const std::string rest = path.substr(root.size());
  return rest.empty() ? "/" : rest.starts_with('/') ? rest : "";
}

std::string target_of(const Compiler& c, const config::Mount& mount) {
  std::string destination = text::clean_path(mount.destination);
  const std::string inside = path_in_root(c, destination);
  return inside.empty() ? destination : inside;
}

// The bind's own mappings, or else those of the container's user namespace (config::validate makes sure that there is one).
MountIdMap id_map_of(const Compiler& c, const config::Mount& mount, const MountWords& words, const std::string& origin) {
  const auto& linux_ = c.spec.linux_;
  MountIdMap map;
  map.step = c.build.next_step();
  map.recursive = words.idmap_tree;
  map.pointer = origin;
  const bool own = !mount.uid_mappings.empty();
  if (const config::Namespace* users = linux_.find_namespace("user"); !own && users != nullptr && !users->path.empty()) {
    map.user_namespace = users->path;
    return map;
  }
  map.uid_map = map_lines(own ? mount.uid_mappings : linux_.uid_mappings);
  map.gid_map = map_lines(own ? mount.gid_mappings : linux_.gid_mappings);
  return map;
}

// A source below the root filesystem may be what an earlier entry has mounted there, and a link in it may be the image's: init
// finds it when its turn comes, within the root. Any other source is the host's, and opened there.
void add_bind(Compiler& c, const std::string& given, const std::string& target, MountWords words, const std::string& origin,
              std::uint32_t flags = 0) {
  const std::string inside = path_in_root(c, text::clean_path(given));
  const std::string& source = inside.empty() ? given : inside;
  if (!inside.empty()) flags |= kInRoot;
  if (target == "/dev" && !c.live && (words.top.set & config::kAttrReadonly) != 0) {
    words.top.set &= ~config::kAttrReadonly;
    c.late_readonly.emplace_back(target, origin);
  }
  const std::string asked_at = origin.empty() ? "" : origin + "/source";
  const bool by_init = init_clones(c) || !inside.empty();
  const Slot slot = by_init ? -1 : c.build.descriptor(DescriptorKind::bind_tree, source, asked_at, c.build.next_step());
  const Text source_text = c.build.text(source), target_text = c.build.text(target);
  const Attributes attributes = bind_attributes(c, words);
  c.build.add(Kind::mount_bind, origin).bind = {
      slot, source_text, target_text, attributes, flags | words.links | (words.recursive ? kRecursive : 0), 0, 0};
}

// The entry before `mount` that has last put a filesystem of the container's own on `target`; none where that is a bind.
const config::Mount* filesystem_at(const Compiler& c, const config::Mount& mount, const std::string& target) {
  const config::Mount* last = nullptr;
  for (const config::Mount& each : c.spec.mounts) {
    if (&each == &mount) break;
    if (target_of(c, each) == target && !read_mount_words(each.options).remount) last = &each;
  }
  return last == nullptr || config::is_bind(*last) || last->type == "cgroup" ? nullptr : last;
}

// What is mounted there already gets what the words name, and keeps the rest. Options are for a filesystem that the container has
// made: behind a bind stands one of the host's.
Result<> add_remount(Compiler& c, const config::Mount& mount, const std::string& target, MountWords words,
                     const std::string& origin) {
  const config::Mount* made = config::is_bind(mount) ? nullptr : filesystem_at(c, mount, target);
  const bool has_options = !words.data.empty() || !words.flags.empty() || (words.superblock | words.superblock_clear) != 0;
  if (made == nullptr && has_options)
    return fail("remount with options of a filesystem, but no earlier mount has put one on " + text::quote(target),
                origin + "/options");
  const std::string type = made != nullptr ? *made->type : "bind";
  if ((words.top.clear & config::kAttrReadonly) != 0)
    std::erase_if(c.late_readonly, [&](const auto& late) { return late.first == target; });
  hold_readonly_back(c, type, target, words, origin);
  const Range options = made != nullptr ? filesystem_options(c, type, words) : Range{};
  const Range propagation = c.build.array<std::uint32_t>(words.propagation);
  if (!words.sets_atime) words.top.clear &= ~config::kAttrAtimeMask;
  const Attributes attributes{words.top.set, words.top.clear, words.tree.set, words.tree.clear, propagation, 0};
  const Text type_text = c.build.text(type), target_text = c.build.text(target);
  c.build.add(Kind::mount_filesystem, origin).filesystem = {type_text, {}, target_text, options, attributes, kRemount};
  return {};
}

void make_readonly(Compiler& c, const std::string& path, const std::string& origin) {
  const Text where = c.build.text(path);
  c.build.add(Kind::set_mount_attributes, origin).attributes = {where, config::kAttrReadonly, 0};
}

// What waits for its read-only flag and is about to be covered gets it now: afterwards its name means the mount that covers it.
void settle_covered(Compiler& c, const std::string& target) {
  const std::string below = target == "/" ? target : target + '/';
  std::erase_if(c.late_readonly, [&](const auto& late) {
    const auto& [path, origin] = late;
    if (path != target && !path.starts_with(below)) return false;
    make_readonly(c, path, origin);
    return true;
  });
}

Result<> add_mount(Compiler& c, const config::Mount& mount, const std::string& origin) {
  const bool bind = config::is_bind(mount);
  const MountWords words = read_mount_words(mount.options);
  const std::string target = target_of(c, mount);
  if (target != text::clean_path(mount.destination))
    c.plan.warnings.push_back("mount destination " + text::quote(mount.destination) + " is a path of the host: taken as " +
                              text::quote(target));
  if (!mount.destination.starts_with('/'))
    c.plan.warnings.push_back("mount destination " + text::quote(mount.destination) + " is not absolute: taken as " +
                              text::quote(target));
  TRY(check_proc(mount, bind, target, origin));
  TRY(check_words(c, mount, words, origin));
  if (words.remount) return add_remount(c, mount, target, words, origin);
  settle_covered(c, target);
  if (bind) {
    const bool maps_ids = is_id_mapped(mount, words);
    if (maps_ids) c.plan.mount_id_maps.push_back(id_map_of(c, mount, words, origin));
    add_bind(c, mount.source->starts_with('/') ? *mount.source : c.request.bundle + '/' + *mount.source, target, words, origin,
             maps_ids ? kMapIds : 0);
  } else if (mount.type == "cgroup")
    add_cgroup_mount(c, mount, target, words, origin);
  else
    add_filesystem(c, mount, target, words, origin);
  return {};
}

// The socket that the container writes READY=1 to (sd_notify(3)).
void add_notify(Compiler& c) {
  if (c.request.notify_directory.empty()) return;
  add_bind(c, c.request.notify_directory, "/run/notify", read_mount_words({"nosuid", "noexec", "nodev", "ro"}), "");
}

}  // namespace

KeyValue mount_label(Compiler& c) {
  if (c.spec.linux_.mount_label.empty()) return {};
  const std::string_view type = config::annotation(c.spec.annotations, config::kMountContextType);
  return {c.build.text(type.empty() ? "context" : type), c.build.text(c.spec.linux_.mount_label)};
}

MountWords read_mount_words(const std::vector<std::string>& options) {
  MountWords words;
  for (const std::string& option : options) {
    if (const config::MountOption* known = config::find_mount_option(option))
      apply_word(words, *known);
    else
      split_data(words, option);
  }
  return words;
}

// What a mount that was cloned on the host must become so that it behaves as if the whole namespace had been given
// linux.rootfsPropagation first. Nothing that is mounted in a container may show up on the host unless that was asked for, and
// never from a user namespace.
std::uint32_t base_propagation(const Compiler& c) {
  const std::uint32_t asked = config::propagation_flags(c.spec.linux_.rootfs_propagation);
  if ((asked & (config::kMsPrivate | config::kMsUnbindable)) != 0) return config::kMsPrivate | config::kMsRec;
  if ((asked & config::kMsShared) != 0 && !c.in_user_namespace) return (asked & config::kMsRec) != 0 ? asked : 0;
  return config::kMsSlave | config::kMsRec;
}

namespace {

// The host's namespace: one private mount of the root on itself, which all others of the container hang below. To detach it is to
// undo them all, and neither "/" nor any other mount of the host is touched.
void add_root_on_host(Compiler& c) {
  constexpr std::uint32_t kPrivateTree = config::kMsPrivate | config::kMsRec;
  if (!c.spec.linux_.rootfs_propagation.empty())
    c.plan.warnings.push_back("rootfsPropagation has no effect without a mount namespace: the host's mounts stay as they are");
  c.plan.host_mounts = true;
  const Slot slot = c.build.descriptor(DescriptorKind::root_tree, c.request.rootfs, "/root/path", c.build.next_step());
  const Text path = c.build.text(c.request.rootfs);
  c.build.add(Kind::attach_root, "/root/path").attach_root = {slot, path, kPrivateTree, kHostTree};
}

}  // namespace

// Without privilege over the host a tree that the runtime cloned could not be attached, and in a mount namespace that is joined
// names mean something else.
bool init_clones(const Compiler& c) { return !c.live && (c.facts.rootless || c.namespaces.joins(kNewMount)); }

void add_root(Compiler& c) {
  if (!c.namespaces.has(kNewMount)) return add_root_on_host(c);
  // The old tree is thrown away by enter_root; until then its mounts come from the host and none goes back.
  c.build.add(Kind::set_host_propagation, c.spec.linux_.rootfs_propagation.empty() ? "" : "/linux/rootfsPropagation").flags =
      config::kMsSlave | config::kMsRec;
  const bool by_init = init_clones(c) && !c.request.overlay;
  const Slot slot = by_init ? -1
                            : c.build.descriptor(DescriptorKind::root_tree, c.request.overlay ? "" : c.request.rootfs, "/root/path",
                                                 c.build.next_step());
  const Text path = c.build.text(c.request.rootfs);
  c.build.add(Kind::attach_root, "/root/path").attach_root = {slot, path, base_propagation(c), 0};
}

Result<> add_mounts(Compiler& c) {
  if (!c.spec.linux_.mount_label.empty() && !c.facts.selinux)
    return fail("mountLabel is specified in config, but selinux is disabled or not supported", "/linux/mountLabel");
  for (std::size_t i = 0; i < c.spec.mounts.size(); ++i) TRY(add_mount(c, c.spec.mounts[i], text::pointer("/mounts", i)));
  add_notify(c);
  return {};
}

void add_late_readonly(Compiler& c) {
  for (const auto& [path, origin] : c.late_readonly) make_readonly(c, path, origin);
  if (c.spec.root && c.spec.root->readonly) make_readonly(c, "/", "/root/readonly");
  const std::uint32_t asked = config::propagation_flags(c.spec.linux_.rootfs_propagation);
  if ((asked & (config::kMsShared | config::kMsUnbindable)) != 0 && !c.plan.host_mounts)  // the others hold already
    c.build.add(Kind::set_root_propagation, "/linux/rootfsPropagation").flags = asked;
}

}  // namespace plan
