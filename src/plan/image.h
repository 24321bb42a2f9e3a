// plan/image.h: the plan as init reads it: one flat block without pointers, mapped read-only. Used by both programs.
//
//   Header | data: texts (NUL-terminated), arrays of the structs below | Step[step_count] | Descriptor[descriptor_count]
//
// A step is one sentence of a person: "mount proc on /proc". It knows the place in config.json that it came from. The image is
// the only form of the plan: `minc-oci plan` prints it, golden tests compare it, init executes it. Names have become numbers
// in the compiler: nothing here is looked up, defaulted or asked "was it set?".
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace plan {

inline constexpr std::uint32_t kMagic = 0x434e494d;  // "MINC"
inline constexpr std::uint32_t kVersion = 1;         // the two programs are one file: any difference is damage

// Where a text lies, counted from the image's first byte; `length` without the NUL that follows it. {0,0} = no text.
struct Text {
  std::uint32_t offset = 0, length = 0;
  explicit operator bool() const { return offset != 0; }
};
// Where `count` structs of one type lie.
struct Range {
  std::uint32_t offset = 0, count = 0;
};
// An index into the descriptor table; -1 = none.
using Slot = std::int32_t;

// The stages of init, in the order in which a plan may go through them. A step belongs to one stage; an image whose steps go
// backwards is refused before the first one runs (plan::View::check).
enum class Stage : std::uint8_t {
  host_root,  // in the container's namespaces; "/" still shows the host's tree
  own_root,   // after pivot_root: nothing of the host's tree has a name
  confined,   // limits, ids, capabilities, filter; only exec is left
};

enum class Kind : std::uint16_t {
  // host_root
  set_oom_score,         // value
  join_namespace,        // join
  fork_inside,           // -        the rest is done by a child, born in the joined pid (and time) namespace
  ask,                   // ask      tell the runtime, wait for its word; any stage
  join_cgroups,          // cgroups  v1: write "0" to each `tasks` file
  become_root,           // -        uid and gid 0 of the user namespace, no supplementary groups
  unshare,               // flags
  set_time_offsets,      // text     lines of timens_offsets
  new_session,           // -        setsid(2)
  join_keyring,          // keyring
  bring_up_loopback,     // -
  hand_out_network,      // -        a netlink socket of this network namespace goes to the runtime, which moves devices in
  set_host_propagation,  // flags    MS_SLAVE|MS_REC ... on the host's "/" as this mount namespace has it
  attach_root,           // attach_root
  mount_filesystem,      // filesystem
  mount_bind,            // bind
  set_mount_attributes,  // attributes    also in own_root
  make_directory,        // directory       also in own_root
  make_device,           // device
  make_symlink,          // symlink
  open_terminal,         // terminal        also in own_root: /dev/pts is the container's in both
  run_hooks,             // hooks    createContainer here, startContainer in confined
  unmount,               // unmount  out of a container that runs
  finish,      // -        the last step of a plan without a program, which ends here; if it fails, what it attached is taken off
  enter_root,  // flags    pivot_root(2) and detach the old root; kNoPivot: MS_MOVE and chroot; kChroot: chroot alone. Ends
               // host_root
  // own_root
  set_root_propagation,  // flags    on the container's "/"
  reopen_null,           // -        stdio that is the host's /dev/null becomes the container's
  set_umask,             // value
  set_hostname,          // text
  set_domainname,        // text
  set_apparmor,          // text     profile for the next exec
  set_selinux,           // text     label for the next exec
  write_sysctl,          // sysctl
  make_path_readonly,    // text
  mask_path,             // mask
  set_no_new_privs,      // -
  set_scheduler,         // scheduler
  set_io_priority,       // value    as ioprio_set(2) takes it
  set_memory_policy,     // memory_policy
  set_personality,       // value
  // confined (the first of these ends own_root)
  load_seccomp,      // seccomp
  change_directory,  // text
  own_stdio,         // value    fchown of 0..2 to this uid
  drop_bounding,     // mask     the capabilities that stay
  set_identity,      // identity
  set_capabilities,  // capabilities
  find_program,      // program
  wait_for_start,    // start
  exec,              // exec     the last step of a plan with a program
};

// What init tells and what it then waits for (handshake/messages.h carries them).
enum class Tell : std::uint16_t { nothing, mounted, ready };
enum class Await : std::uint16_t { id_maps_written, cgroup_ready, hooks_done, proceed };

struct Ask {
  Tell tell;
  Await await;
};
struct Join {
  Slot slot;            // a namespace file, or with kByPidfd a pidfd
  std::uint32_t type;   // CLONE_NEW*: setns(2) refuses a file of another type
  std::uint32_t flags;  // kByPidfd
};
// `count` slots from `first` on: the `tasks` files of the v1 hierarchies, opened by the runtime, whose rights count. One thread
// that moves itself there needs no lock of the whole machine's forks and exits, which every write to cgroup.procs takes and which
// waits for a grace period (milliseconds). docs/decisions.md has the measurement.
struct JoinCgroups {
  Slot first;
  std::uint32_t count;
};
struct AttachRoot {
  Slot slot;                  // a detached tree; -1: init clones `path` itself (rootless)
  Text path;                  // where it is attached, and what is cloned without a slot
  std::uint32_t propagation;  // MS_SLAVE|MS_REC ...: set by whoever makes the tree, before it is attached; 0 = as cloned
  std::uint32_t flags;
};
inline constexpr std::uint32_t kHostTree =
    1;  // attach_root: the mount namespace is the host's, no mount around the root is changed
struct KeyValue {
  Text key, value;  // no value = FSCONFIG_SET_FLAG
};
// `flags` of mount_filesystem and mount_bind
inline constexpr std::uint32_t kOrdinaryDirectory = 1;  // the target may be no symlink (proc, sysfs: CVE-2019-19921)
inline constexpr std::uint32_t kInheritMode = 2;        // tmpfs over an existing directory takes its mode
inline constexpr std::uint32_t kCopyUp = 4;             // tmpcopyup
inline constexpr std::uint32_t kBindOnEperm = 8;        // sysfs of a foreign network namespace: clone `source` recursively instead
inline constexpr std::uint32_t kRecursive = 16;         // bind: with submounts (rbind)
inline constexpr std::uint32_t kOptional = 32;          // a missing source is passed over
inline constexpr std::uint32_t kFromCgroup = 64;        // bind: the source is a cgroup directory that the runtime makes first
inline constexpr std::uint32_t kFromDevice = 128;       // bind: the source must be the device `major`:`minor` (user namespaces)
inline constexpr std::uint32_t kBlockDevice = 256;      // with kFromDevice: a block device, not a character device

inline constexpr std::uint32_t kInRoot = 512;  // bind: `source` is a path of the container, as the mounts so far have made it
inline constexpr std::uint32_t kMapIds =
    1024;  // bind: the runtime maps the tree's ids (Plan::mount_id_maps); init hands its own to it
inline constexpr std::uint32_t kNoFollowSource = 4096;  // bind: a link at the end of `source` is what is bound
inline constexpr std::uint32_t kNoFollowTarget = 8192;  // bind: a link at the end of `target` is what is covered
inline constexpr std::uint32_t kCopySymlink = 16384;    // bind: when `source` is a link the same is made at `target`, no mount
inline constexpr std::uint32_t kRemount = 2048;  // filesystem: what is mounted on the target gets these options and attributes

// Mount attributes: MOUNT_ATTR_* of mount_setattr(2); `top` for the mount itself, `tree` for it and all below it.
struct Attributes {
  std::uint32_t top_set, top_clear, tree_set, tree_clear;
  Range propagation;               // std::uint32_t[]: MS_SHARED/SLAVE/PRIVATE/UNBINDABLE, |MS_REC for the whole tree, in this order
  std::uint32_t base_propagation;  // bind: what the mount namespace would have given it (MS_SLAVE|MS_REC ...), applied first
  std::uint32_t top_implied = 0;   // bind: cleared with top_clear; flags of the source that were not asked for again
};
struct MountFilesystem {
  Text type, source, target;
  Range options;  // KeyValue[]
  Attributes attributes;
  std::uint32_t flags;
  Text label = {};  // SELinux's, of the root directory of a filesystem that takes no context=
};
struct MountBind {
  Slot slot;  // a detached tree whose attributes the runtime has set; -1: init clones `source` and sets them
  Text source, target;
  Attributes attributes;
  std::uint32_t flags;
  std::uint32_t major, minor;  // kFromDevice
};
// All or none of these paths, the first one first.
struct Unmount {
  Range paths;  // Text[], at most kMostLiveMounts
};
inline constexpr std::uint32_t kMostLiveMounts = 64;  // init has a descriptor for each, until all are there or gone
struct SetMountAttributes {
  Text path;
  std::uint32_t set, clear;
};
struct MakeDirectory {
  Text path;
  std::uint32_t mode;
};
struct MakeDevice {
  Text path;
  std::uint32_t mode;  // type and permissions
  std::uint32_t uid, gid, major, minor;
};
struct MakeSymlink {
  Text target, path;
  std::uint32_t flags;  // kReplace
};
inline constexpr std::uint32_t kReplace = 1;  // what is there is removed first (/dev/ptmx)
struct OpenTerminal {
  std::uint32_t rows, columns;  // 0 = leave
  std::uint32_t uid;            // the owner of the slave
  std::uint32_t flags;          // kBindConsole
};
inline constexpr std::uint32_t kBindConsole = 1;
struct Hook {
  Text path, name;               // name: "createContainer hook #0"
  Range args, env;               // Text[]
  std::int32_t timeout_seconds;  // 0 = none
  std::uint32_t flags;
};
inline constexpr std::uint32_t kHookAddHome = 1;  // HOME as the user's program gets it, when init had to look it up
struct RunHooks {
  Range hooks;                             // Hook[]
  Text state_before_pid, state_after_pid;  // the state JSON around the pid
  Slot out, err;                           // files for what they print; -1: it goes into the report of a failure
};
struct Sysctl {
  Text path, value;  // path below /proc/sys, with '/'
};
struct MaskPath {
  Text path;
  Slot null_device;  // a detached clone of the host's /dev/null, verified 1:3; -1: init clones and verifies it (rootless)
  KeyValue label;    // SELinux context of the dark directory: its kind and itself
};
struct Keyring {
  Text name;
  std::uint32_t permissions;  // bits added
  Text label;                 // SELinux's, of a keyring that is new; none: the process's
};
struct SetScheduler {
  std::uint32_t policy;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint32_t pad;
  std::uint64_t flags, runtime, deadline, period;
};
struct MemoryPolicy {
  std::uint32_t mode;  // with flags
  Range nodes;         // std::uint64_t[] mask
};
struct LoadSeccomp {
  Range filter;          // Instruction[]
  std::uint32_t flags;   // SECCOMP_FILTER_FLAG_*
  std::uint32_t notify;  // 1: the listener is sent to the runtime
};
struct Instruction {  // struct sock_filter
  std::uint16_t code;
  std::uint8_t jump_true, jump_false;
  std::uint32_t k;
};
struct SetIdentity {
  std::uint32_t uid, gid;
  Range groups;         // std::uint32_t[]
  std::uint32_t flags;  // kKeepGroups
};
inline constexpr std::uint32_t kKeepGroups = 1;  // setgroups(2) is denied in this user namespace (rootless)
struct SetCapabilities {
  std::uint64_t effective, permitted, inheritable, ambient;
};
struct FindProgram {
  Text name;         // args[0]
  Text search_path;  // PATH of the container's environment; none: only names with '/' are found ... or the default path
};
struct WaitForStart {
  Slot fifo;    // exec.fifo, read end: `start` writes one byte
  Slot answer;  // the answer fifo, write end: a Failure record, or end-of-file = exec happened
};
struct Exec {
  Range args, env;         // Text[]
  std::uint32_t home_uid;  // HOME is appended from the container's /etc/passwd for this uid when kFindHome
  std::uint32_t flags;
  std::uint32_t preserved;  // descriptors 3 .. 3+preserved-1 stay open
};
inline constexpr std::uint32_t kFindHome = 1;

struct Step {
  Kind kind;
  Stage stage;
  std::uint8_t pad = 0;
  Text origin;  // JSON pointer, {0,0} = a default of ours
  union {
    std::uint64_t mask;
    std::uint32_t flags;
    std::int64_t value;
    Text text;
    Ask ask;
    Join join;
    JoinCgroups cgroups;
    AttachRoot attach_root;
    MountFilesystem filesystem;
    MountBind bind;
    Unmount unmount;
    SetMountAttributes attributes;
    MakeDirectory directory;
    MakeDevice device;
    MakeSymlink symlink;
    OpenTerminal terminal;
    RunHooks hooks;
    Sysctl sysctl;
    MaskPath mask_path;
    Keyring keyring;
    SetScheduler scheduler;
    MemoryPolicy memory_policy;
    LoadSeccomp seccomp;
    SetIdentity identity;
    SetCapabilities capabilities;
    FindProgram program;
    WaitForStart start;
    Exec exec;
  };
  Step() : kind{}, stage{}, mask(0) {}  // a union of structs with initialisers has no constructor by itself
};
static_assert(std::is_trivially_copyable_v<Step>);

inline constexpr std::uint32_t kNoPivot = 1, kChroot = 2;  // enter_root.flags
inline constexpr std::uint32_t kByPidfd = 1;               // join.slot is a pidfd: all of `type` at once

// What the runtime opens on the host and init inherits. The runtime writes `fd` into the image just before it seals it.
enum class DescriptorKind : std::uint32_t {
  root_tree,       // detached clone of the rootfs (path), attributes set; or the overlay's fsmount
  bind_tree,       // detached clone for the mount_bind step that names this slot
  namespace_file,  // path
  null_device,     // detached clone of /dev/null
  exec_fifo,       // state directory
  answer_fifo,     // state directory
  container,       // pidfd of the container's init (exec)
  hook_output,     // path: for appending, made where it is missing
  cgroup_tasks,    // path: a `tasks` file, for writing; -1 where the group could not be made (rootless)
};
struct Descriptor {
  DescriptorKind kind;
  std::int32_t fd;     // -1 until the runtime has opened it
  Text path;           // absolute
  Text origin;         // JSON pointer
  std::uint32_t step;  // bind_tree: the index of its step; namespace_file: CLONE_NEW*
};

struct Header {
  std::uint32_t magic, version, size;
  std::uint32_t step_count, steps_offset;
  std::uint32_t descriptor_count, descriptors_offset;
  std::int32_t handshake;  // init's end of the socket pair
};

// Reads an image. `check` must have passed before anything else is called: afterwards every accessor is in bounds.
class View {
  const std::byte* base_ = nullptr;

  template <class T>
  const T* at(std::uint32_t offset) const {
    return reinterpret_cast<const T*>(base_ + offset);
  }

 public:
  View() = default;
  explicit View(const std::byte* base) : base_(base) {}

  const Header& header() const { return *at<Header>(0); }
  std::span<const Step> steps() const { return {at<Step>(header().steps_offset), header().step_count}; }
  std::span<const Descriptor> descriptors() const {
    return {at<Descriptor>(header().descriptors_offset), header().descriptor_count};
  }
  int fd(Slot slot) const { return slot < 0 ? -1 : descriptors()[static_cast<std::size_t>(slot)].fd; }

  std::string_view text(Text where) const {
    return where ? std::string_view{at<char>(where.offset), where.length} : std::string_view{};
  }
  const char* c_str(Text where) const { return where ? at<char>(where.offset) : ""; }
  template <class T>
  std::span<const T> array(Range where) const {
    return {at<T>(where.offset), where.count};
  }

  // True when the `size` bytes at `base` are a whole image: right magic and version, every offset, count, alignment and NUL in
  // bounds, slots within the table, kinds known, stages never going back, the last step an exec. Linear in the image's size.
  static bool check(std::span<const std::byte> bytes);
};

// The two things that are known only after compilation, written by the runtime before it seals the image.
inline void set_descriptor(std::span<std::byte> image, Slot slot, int fd) {
  const Header& header = *reinterpret_cast<const Header*>(image.data());
  reinterpret_cast<Descriptor*>(image.data() + header.descriptors_offset)[slot].fd = fd;
}
inline void set_handshake(std::span<std::byte> image, int fd) { reinterpret_cast<Header*>(image.data())->handshake = fd; }

}  // namespace plan
