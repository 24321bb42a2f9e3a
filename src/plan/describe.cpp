// plan/describe.cpp: a step in plain words. A sentence begins with a verb: it must read well after "step 7: " and before ": no such
// file or directory".
#include <sys/stat.h>

#include "config/names.h"
#include "plan/compile.h"
#include "plan/words.h"

namespace plan {
namespace {

using config::Effect;

constexpr std::array<std::string_view, static_cast<std::size_t>(Kind::exec) + 1> kKindNames{"set_oom_score",
                                                                                            "join_namespace",
                                                                                            "fork_inside",
                                                                                            "ask",
                                                                                            "join_cgroups",
                                                                                            "become_root",
                                                                                            "unshare",
                                                                                            "set_time_offsets",
                                                                                            "new_session",
                                                                                            "join_keyring",
                                                                                            "bring_up_loopback",
                                                                                            "hand_out_network",
                                                                                            "set_host_propagation",
                                                                                            "attach_root",
                                                                                            "mount_filesystem",
                                                                                            "mount_bind",
                                                                                            "set_mount_attributes",
                                                                                            "make_directory",
                                                                                            "make_device",
                                                                                            "make_symlink",
                                                                                            "open_terminal",
                                                                                            "run_hooks",
                                                                                            "unmount",
                                                                                            "finish",
                                                                                            "enter_root",
                                                                                            "set_root_propagation",
                                                                                            "reopen_null",
                                                                                            "set_umask",
                                                                                            "set_hostname",
                                                                                            "set_domainname",
                                                                                            "set_apparmor",
                                                                                            "set_selinux",
                                                                                            "write_sysctl",
                                                                                            "make_path_readonly",
                                                                                            "mask_path",
                                                                                            "set_no_new_privs",
                                                                                            "set_scheduler",
                                                                                            "set_io_priority",
                                                                                            "set_memory_policy",
                                                                                            "set_personality",
                                                                                            "load_seccomp",
                                                                                            "change_directory",
                                                                                            "own_stdio",
                                                                                            "drop_bounding",
                                                                                            "set_identity",
                                                                                            "set_capabilities",
                                                                                            "find_program",
                                                                                            "wait_for_start",
                                                                                            "exec"};
static_assert(kKindNames.back() == "exec");

constexpr std::array<std::string_view, 3> kStageNames{"host_root", "own_root", "confined"};
constexpr std::array<std::string_view, 9> kDescriptorNames{"root tree",   "bind tree", "namespace file", "null device", "exec fifo",
                                                           "answer fifo", "container", "hook output",    "cgroup tasks"};

void append(std::string& list, std::string_view word, std::string_view separator = ", ") {
  if (word.empty()) return;
  if (!list.empty()) list.append(separator);
  list.append(word);
}

// The words of one direction (set, clear; alone or with all below) whose bits are in `bits`.
void append_bits(std::string& list, std::uint32_t bits, Effect effect) {
  for (const config::MountOption& option : config::kMountOptions)
    if (option.effect == effect && option.attribute != 0 && !option.changes_atime && (bits & option.attribute) != 0)
      append(list, option.name);
}
void append_atime(std::string& list, std::uint32_t set, std::uint32_t clear, Effect effect) {
  if (((set | clear) & config::kAttrAtimeMask) == 0) return;
  for (const config::MountOption& option : config::kMountOptions)
    if (option.effect == effect && option.changes_atime && (set & config::kAttrAtimeMask) == option.attribute)
      append(list, option.name);
}

std::string hex(std::uint64_t value) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[value & 15]);
  while ((value >>= 4) != 0);
  return "0x" + digits;
}

std::string list_options(const View& view, Range options) {
  std::string list;
  for (const KeyValue& option : view.array<KeyValue>(options)) {
    std::string word(view.text(option.key));
    if (option.value) word.append("=").append(view.text(option.value));
    append(list, word);
  }
  return list;
}

std::string in_brackets(std::string_view words) { return words.empty() ? "" : " (" + std::string(words) + ')'; }

std::string about_ask(const Ask& ask) {
  switch (ask.await) {
    case Await::id_maps_written:
      return "wait for the id maps of the user namespace";
    case Await::cgroup_ready:
      return "wait until the cgroups have their limits";
    case Await::hooks_done:
      return "let the runtime run its hooks";
    case Await::proceed:
      break;
  }
  return "report that everything is ready";
}

std::string about_unmount(const View& view, const Unmount& unmount) {
  std::string paths;
  for (const Text path : view.array<Text>(unmount.paths)) append(paths, view.text(path));
  return "unmount " + paths;
}

std::string about_filesystem(const View& view, const MountFilesystem& mount) {
  std::string notes = attribute_words(view, mount.attributes);
  append(notes, list_options(view, mount.options), "; ");
  if ((mount.flags & kCopyUp) != 0) append(notes, "tmpcopyup");
  if ((mount.flags & kInheritMode) != 0) append(notes, "mode of the directory");
  if (mount.label) append(notes, "label=" + std::string(view.text(mount.label)));
  if ((mount.flags & kBindOnEperm) != 0) append(notes, "or else a bind of " + std::string(view.text(mount.source)));
  return ((mount.flags & kRemount) != 0 ? "remount " : "mount ") + std::string(view.text(mount.type)) + " on " +
         std::string(view.text(mount.target)) + in_brackets(notes);
}

std::string about_bind(const View& view, const MountBind& bind) {
  std::string notes = attribute_words(view, bind.attributes);
  if ((bind.flags & kMapIds) != 0) append(notes, "ids mapped");
  if ((bind.flags & kOptional) != 0) append(notes, "if it is there");
  if ((bind.flags & kNoFollowSource) != 0) append(notes, "a link as source is bound itself");
  if ((bind.flags & kNoFollowTarget) != 0) append(notes, "a link as target is covered itself");
  if ((bind.flags & kCopySymlink) != 0) append(notes, "a link is made again instead");
  std::string words = (bind.flags & kRecursive) != 0 ? "bind, with submounts, " : "bind ";
  if ((bind.flags & kFromCgroup) != 0) words += "the cgroup ";
  if ((bind.flags & kInRoot) != 0) words += "the container's ";
  if ((bind.flags & kFromDevice) != 0)
    words += std::string("the ") + ((bind.flags & kBlockDevice) != 0 ? "block" : "character") + " device " +
             std::to_string(bind.major) + ':' + std::to_string(bind.minor) + ' ';
  return words.append(view.text(bind.source)).append(" on ").append(view.text(bind.target)) + in_brackets(notes);
}

std::string about_attributes(const View& view, const SetMountAttributes& change) {
  if (change.set == config::kAttrReadonly && change.clear == 0) return "make " + std::string(view.text(change.path)) + " read-only";
  const Attributes attributes{change.set, change.clear, 0, 0, {}, 0};
  return "change the mount on " + std::string(view.text(change.path)) + in_brackets(attribute_words(view, attributes));
}

std::string about_device(const View& view, const MakeDevice& device) {
  const std::uint32_t type = device.mode & S_IFMT;
  std::string words = type == S_IFIFO   ? "make the fifo "
                      : type == S_IFBLK ? "make the block device "
                                        : "make the character device ";
  words.append(view.text(device.path)).append(" (");
  if (type != S_IFIFO) words += std::to_string(device.major) + ':' + std::to_string(device.minor) + ", ";
  words += "mode " + octal(device.mode & 07777);
  if (device.uid != 0 || device.gid != 0) words += ", owner " + std::to_string(device.uid) + ':' + std::to_string(device.gid);
  return words + ')';
}

std::string about_hooks(const View& view, const RunHooks& run) {
  std::string names;
  for (const Hook& hook : view.array<Hook>(run.hooks))
    append(names, std::string(view.text(hook.name)) + " (" + std::string(view.text(hook.path)) + ')');
  return "run " + names;
}

std::string about_scheduler(const SetScheduler& scheduler) {
  std::string words = "set the scheduler to " + std::string(config::name_of(config::kSchedulerPolicies, scheduler.policy));
  words += " (nice " + std::to_string(scheduler.nice) + ", priority " + std::to_string(scheduler.priority);
  for (const config::Name& flag : config::kSchedulerFlags)
    if ((scheduler.flags & flag.number) != 0) append(words, flag.name);
  if (scheduler.period != 0 || scheduler.deadline != 0 || scheduler.runtime != 0)
    words += ", runtime " + std::to_string(scheduler.runtime) + ", deadline " + std::to_string(scheduler.deadline) + ", period " +
             std::to_string(scheduler.period);
  return words + ')';
}

std::string about_memory_policy(const View& view, const MemoryPolicy& policy) {
  std::uint32_t flags = 0;
  for (const config::Name& flag : config::kMemoryPolicyFlags) flags |= flag.number;
  std::string notes(config::name_of(config::kMemoryPolicyModes, policy.mode & ~flags));
  for (const config::Name& flag : config::kMemoryPolicyFlags)
    if ((policy.mode & flag.number) != 0) append(notes, flag.name);
  for (const std::uint64_t word : view.array<std::uint64_t>(policy.nodes)) append(notes, "nodes " + hex(word));
  return "set the memory policy" + in_brackets(notes);
}

std::string about_seccomp(const LoadSeccomp& filter) {
  std::string notes;
  for (const config::Name& flag : config::kSeccompFlags)
    if ((filter.flags & flag.number) != 0) append(notes, flag.name);
  if (filter.notify != 0) append(notes, "with a listener");
  return "load the seccomp filter" + in_brackets(notes);
}

std::string about_identity(const View& view, const SetIdentity& identity) {
  std::string groups;
  for (const std::uint32_t group : view.array<std::uint32_t>(identity.groups)) append(groups, std::to_string(group));
  std::string notes = groups.empty() ? "no additional groups" : "groups " + groups;
  if ((identity.flags & kKeepGroups) != 0) notes = "groups as they are";
  return "become uid " + std::to_string(identity.uid) + ", gid " + std::to_string(identity.gid) + in_brackets(notes);
}

std::string about_capabilities(const SetCapabilities& sets) {
  return "set the capabilities (effective " + hex(sets.effective) + ", permitted " + hex(sets.permitted) + ", inheritable " +
         hex(sets.inheritable) + ", ambient " + hex(sets.ambient) + ')';
}

std::string about_terminal(const OpenTerminal& terminal) {
  std::string words = "open a terminal";
  if (terminal.rows != 0 && terminal.columns != 0)
    words += " of " + std::to_string(terminal.columns) + 'x' + std::to_string(terminal.rows);
  words += " for uid " + std::to_string(terminal.uid);
  return (terminal.flags & kBindConsole) != 0 ? words + ", also as /dev/console" : words;
}

std::string about_join(const View& view, const Join& join) {
  if ((join.flags & kByPidfd) != 0) return "join the container's namespaces (" + clone_flag_names(join.type) + ')';
  const Text path = view.descriptors()[static_cast<std::size_t>(join.slot)].path;
  return "join the " + clone_flag_names(join.type) + " namespace " + std::string(view.text(path));
}

std::string about_clocks(std::string_view lines) {
  std::string notes;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    append(notes, lines.substr(begin, end - begin));
    begin = end + 1;
  }
  return "set the offsets of the clocks" + in_brackets(notes);
}

}  // namespace

std::string_view kind_name(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }
std::string_view stage_name(Stage stage) { return kStageNames[static_cast<std::size_t>(stage)]; }
std::string_view descriptor_name(DescriptorKind kind) { return kDescriptorNames[static_cast<std::size_t>(kind)]; }

std::string octal(std::uint32_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7));
  return digits.front() == '0' ? digits : '0' + digits;
}

std::string clone_flag_names(std::uint64_t flags) {
  std::string names;
  for (const config::NamespaceType& type : config::kNamespaceTypes)
    if ((flags & type.number) != 0) append(names, type.name);
  return names;
}

std::string propagation_word(std::uint32_t flags) {
  for (const config::MountOption& option : config::kMountOptions)
    if (option.effect == Effect::propagation && option.flag == flags) return std::string(option.name);
  return {};
}

std::string attribute_words(const View& view, const Attributes& attributes) {
  std::string list;
  append_bits(list, attributes.top_set, Effect::set_flag);
  append_atime(list, attributes.top_set, attributes.top_clear, Effect::set_flag);
  append_bits(list, attributes.top_clear & ~attributes.top_set, Effect::clear_flag);
  append_bits(list, attributes.tree_set, Effect::recursive_set);
  append_atime(list, attributes.tree_set, attributes.tree_clear, Effect::recursive_set);
  append_bits(list, attributes.tree_clear & ~attributes.tree_set, Effect::recursive_clear);
  for (const std::uint32_t word : view.array<std::uint32_t>(attributes.propagation)) append(list, propagation_word(word));
  return list;
}

std::string describe(const View& view, const Step& step) {
  const auto words = [&](Text where) { return std::string(view.text(where)); };
  switch (step.kind) {
    case Kind::set_oom_score:
      return "set oom_score_adj to " + std::to_string(step.value);
    case Kind::join_namespace:
      return about_join(view, step.join);
    case Kind::fork_inside:
      return "fork: the child goes on, inside the namespaces that only children enter";
    case Kind::ask:
      return about_ask(step.ask);
    case Kind::join_cgroups:
      return "join the cgroups";
    case Kind::become_root:
      return "become root of the user namespace";
    case Kind::unshare:
      return "make new namespaces (" + clone_flag_names(step.flags) + ')';
    case Kind::set_time_offsets:
      return about_clocks(view.text(step.text));
    case Kind::new_session:
      return "start a new session";
    case Kind::join_keyring:
      return "join the session keyring " + words(step.keyring.name) +
             (step.keyring.label ? " (label=" + words(step.keyring.label) + ')' : "");
    case Kind::bring_up_loopback:
      return "bring up the loopback device";
    case Kind::hand_out_network:
      return "let the runtime move network devices in";
    case Kind::set_host_propagation:
      return "make the mounts of the host " + propagation_word(step.flags);
    case Kind::attach_root:
      return "attach the root filesystem " + words(step.attach_root.path) +
             in_brackets(propagation_word(step.attach_root.propagation));
    case Kind::mount_filesystem:
      return about_filesystem(view, step.filesystem);
    case Kind::mount_bind:
      return about_bind(view, step.bind);
    case Kind::set_mount_attributes:
      return about_attributes(view, step.attributes);
    case Kind::make_directory:
      return "make the directory " + words(step.directory.path) + " (mode " + octal(step.directory.mode) + ')';
    case Kind::make_device:
      return about_device(view, step.device);
    case Kind::make_symlink:
      return "link " + words(step.symlink.path) + " to " + words(step.symlink.target);
    case Kind::open_terminal:
      return about_terminal(step.terminal);
    case Kind::run_hooks:
      return about_hooks(view, step.hooks);
    case Kind::enter_root:
      return (step.flags & (kNoPivot | kChroot)) != 0 ? "enter the root with chroot" : "enter the root with pivot_root";
    case Kind::unmount:
      return about_unmount(view, step.unmount);
    case Kind::finish:
      return "end";
    case Kind::set_root_propagation:
      return "make the root " + propagation_word(step.flags);
    case Kind::reopen_null:
      return "replace the host's /dev/null among the standard streams";
    case Kind::set_umask:
      return "set the umask to " + octal(static_cast<std::uint32_t>(step.value));
    case Kind::set_hostname:
      return "set the hostname to " + words(step.text);
    case Kind::set_domainname:
      return "set the domainname to " + words(step.text);
    case Kind::set_apparmor:
      return "choose the AppArmor profile " + words(step.text);
    case Kind::set_selinux:
      return "choose the SELinux label " + words(step.text);
    case Kind::write_sysctl:
      return "set the sysctl " + words(step.sysctl.path) + " to " + text::quote(view.text(step.sysctl.value));
    case Kind::make_path_readonly:
      return "make " + words(step.text) + " and what is below it read-only";
    case Kind::mask_path:
      return "mask " + words(step.mask_path.path) +
             (step.mask_path.label.key ? " (" + words(step.mask_path.label.key) + '=' + words(step.mask_path.label.value) + ')'
                                       : "");
    case Kind::set_no_new_privs:
      return "set no_new_privs";
    case Kind::set_scheduler:
      return about_scheduler(step.scheduler);
    case Kind::set_io_priority:
      return "set the I/O priority to " +
             std::string(config::name_of(config::kIoPriorityClasses, static_cast<std::uint32_t>(step.value) >> 13)) + ' ' +
             std::to_string(step.value & 0x1fff);
    case Kind::set_memory_policy:
      return about_memory_policy(view, step.memory_policy);
    case Kind::set_personality:
      return "set the personality to " +
             std::string(config::name_of(config::kPersonalityDomains, static_cast<std::uint32_t>(step.value)));
    case Kind::load_seccomp:
      return about_seccomp(step.seccomp);
    case Kind::change_directory:
      return "change to the directory " + words(step.text);
    case Kind::own_stdio:
      return "give the standard streams to uid " + std::to_string(step.value);
    case Kind::drop_bounding:
      return "drop the bounding capabilities but " + hex(step.mask);
    case Kind::set_identity:
      return about_identity(view, step.identity);
    case Kind::set_capabilities:
      return about_capabilities(step.capabilities);
    case Kind::find_program:
      return "find the program " + text::quote(view.text(step.program.name));
    case Kind::wait_for_start:
      return "wait for start";
    case Kind::exec:
      return "execute " + text::quote(view.text(view.array<Text>(step.exec.args)[0]));
  }
  return {};
}

}  // namespace plan
