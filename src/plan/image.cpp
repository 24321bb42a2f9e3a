// plan/image.cpp: is this block of bytes a whole plan? Compiled into both programs, so no C library and no heap here.
// Init trusts nothing before `View::check` has passed: a damaged image must never become a wild read inside a container.
#include "plan/image.h"

namespace plan {
namespace {

constexpr std::uint8_t bit(Stage stage) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(stage)); }
constexpr std::uint8_t kHost = bit(Stage::host_root), kOwn = bit(Stage::own_root), kConfined = bit(Stage::confined);
constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::exec) + 1;

struct Place {
  Kind kind;
  std::uint8_t stages;  // where such a step may stand
};
constexpr std::array<Place, kKinds> kPlaces{{
    {Kind::set_oom_score, kHost},
    {Kind::join_namespace, kHost},
    {Kind::fork_inside, kHost},
    {Kind::ask, kHost | kOwn | kConfined},
    {Kind::join_cgroups, kHost},
    {Kind::become_root, kHost},
    {Kind::unshare, kHost},
    {Kind::set_time_offsets, kHost},
    {Kind::new_session, kHost},
    {Kind::join_keyring, kHost},
    {Kind::bring_up_loopback, kHost},
    {Kind::hand_out_network, kHost},
    {Kind::set_host_propagation, kHost},
    {Kind::attach_root, kHost},
    {Kind::mount_filesystem, kHost},
    {Kind::mount_bind, kHost},
    {Kind::set_mount_attributes, kHost | kOwn},
    {Kind::make_directory, kHost | kOwn},
    {Kind::make_device, kHost},
    {Kind::make_symlink, kHost},
    {Kind::open_terminal, kHost | kOwn},
    {Kind::run_hooks, kHost | kConfined},
    {Kind::unmount, kHost},
    {Kind::finish, kHost},
    {Kind::enter_root, kHost},
    {Kind::set_root_propagation, kOwn},
    {Kind::reopen_null, kOwn},
    {Kind::set_umask, kOwn},
    {Kind::set_hostname, kOwn},
    {Kind::set_domainname, kOwn},
    {Kind::set_apparmor, kOwn},
    {Kind::set_selinux, kOwn},
    {Kind::write_sysctl, kOwn},
    {Kind::make_path_readonly, kOwn},
    {Kind::mask_path, kOwn},
    {Kind::set_no_new_privs, kOwn},
    {Kind::set_scheduler, kOwn},
    {Kind::set_io_priority, kOwn},
    {Kind::set_memory_policy, kOwn},
    {Kind::set_personality, kOwn},
    {Kind::load_seccomp, kConfined},
    {Kind::change_directory, kConfined},
    {Kind::own_stdio, kConfined},
    {Kind::drop_bounding, kConfined},
    {Kind::set_identity, kConfined},
    {Kind::set_capabilities, kConfined},
    {Kind::find_program, kConfined},
    {Kind::wait_for_start, kConfined},
    {Kind::exec, kConfined},
}};
constexpr bool in_order_of_kinds() {
  for (std::size_t i = 0; i < kKinds; ++i)
    if (static_cast<std::size_t>(kPlaces[i].kind) != i) return false;
  return true;
}
static_assert(in_order_of_kinds());

// Every question about the bytes that does not yet trust any of them. Sums are made in 64 bits: two 32-bit fields cannot wrap.
class Checker {
  const std::byte* base_;
  std::uint64_t size_;
  std::uint32_t slots_ = 0, steps_ = 0;

  template <class T>
  const T* table(std::uint32_t offset) const {
    return reinterpret_cast<const T*>(base_ + offset);
  }
  template <class T>
  bool holds(std::uint32_t offset, std::uint32_t count) const {
    return offset >= sizeof(Header) && offset % alignof(T) == 0 && offset + std::uint64_t{count} * sizeof(T) <= size_;
  }

  bool optional(Text where) const { return where ? required(where) : where.length == 0; }
  // There, ended by a NUL, and none inside: what the kernel reads is what the runtime meant.
  bool required(Text where) const {
    const std::uint64_t end = std::uint64_t{where.offset} + where.length;
    if (where.offset < sizeof(Header) || end >= size_ || base_[end] != std::byte{0}) return false;
    for (std::uint64_t i = where.offset; i < end; ++i)
      if (base_[i] == std::byte{0}) return false;
    return true;
  }
  bool slot(Slot which) const { return which >= -1 && (which < 0 || static_cast<std::uint32_t>(which) < slots_); }

  template <class T>
  bool array(Range where) const {
    return where.count == 0 ? where.offset == 0 || where.offset <= size_ : holds<T>(where.offset, where.count);
  }
  bool texts(Range where) const {
    if (!array<Text>(where)) return false;
    for (std::uint32_t i = 0; i < where.count; ++i)
      if (!required(table<Text>(where.offset)[i])) return false;
    return true;
  }
  bool options(Range where) const {
    if (!array<KeyValue>(where)) return false;
    for (std::uint32_t i = 0; i < where.count; ++i) {
      const KeyValue& option = table<KeyValue>(where.offset)[i];
      if (!required(option.key) || !optional(option.value)) return false;
    }
    return true;
  }
  bool hooks(const RunHooks& run) const {
    if (!array<Hook>(run.hooks) || !required(run.state_before_pid) || !required(run.state_after_pid) || !slot(run.out) ||
        !slot(run.err))
      return false;
    for (std::uint32_t i = 0; i < run.hooks.count; ++i) {
      const Hook& hook = table<Hook>(run.hooks.offset)[i];
      if (!required(hook.path) || !required(hook.name) || !texts(hook.args) || !texts(hook.env)) return false;
    }
    return true;
  }

  bool operands(const Step& step) const {
    switch (step.kind) {
      case Kind::ask:
        return step.ask.tell <= Tell::ready && step.ask.await <= Await::proceed;
      case Kind::join_namespace:
        return step.join.slot >= 0 && slot(step.join.slot);
      case Kind::join_cgroups:
        return step.cgroups.first >= 0 && step.cgroups.first + std::uint64_t{step.cgroups.count} <= slots_;
      case Kind::attach_root:
        return slot(step.attach_root.slot) && required(step.attach_root.path);
      case Kind::mount_filesystem:
        return required(step.filesystem.type) && optional(step.filesystem.source) && required(step.filesystem.target) &&
               optional(step.filesystem.label) && options(step.filesystem.options) &&
               array<std::uint32_t>(step.filesystem.attributes.propagation);
      case Kind::mount_bind:
        return slot(step.bind.slot) && required(step.bind.source) && required(step.bind.target) &&
               array<std::uint32_t>(step.bind.attributes.propagation);
      case Kind::unmount:
        return step.unmount.paths.count <= kMostLiveMounts && texts(step.unmount.paths);
      case Kind::set_mount_attributes:
        return required(step.attributes.path);
      case Kind::make_directory:
        return required(step.directory.path);
      case Kind::make_device:
        return required(step.device.path);
      case Kind::make_symlink:
        return required(step.symlink.target) && required(step.symlink.path);
      case Kind::run_hooks:
        return hooks(step.hooks);
      case Kind::join_keyring:
        return required(step.keyring.name) && optional(step.keyring.label);
      case Kind::write_sysctl:
        return required(step.sysctl.path) && required(step.sysctl.value);
      case Kind::mask_path:
        return slot(step.mask_path.null_device) && required(step.mask_path.path) && optional(step.mask_path.label.key) &&
               optional(step.mask_path.label.value);
      case Kind::set_memory_policy:
        return array<std::uint64_t>(step.memory_policy.nodes);
      case Kind::load_seccomp:
        return array<Instruction>(step.seccomp.filter);
      case Kind::set_identity:
        return array<std::uint32_t>(step.identity.groups);
      case Kind::find_program:
        return required(step.program.name) && optional(step.program.search_path);
      case Kind::wait_for_start:
        return slot(step.start.fifo) && slot(step.start.answer);
      case Kind::exec:
        return step.exec.args.count > 0 && texts(step.exec.args) && texts(step.exec.env);
      case Kind::set_time_offsets:
      case Kind::set_hostname:
      case Kind::set_domainname:
      case Kind::set_apparmor:
      case Kind::set_selinux:
      case Kind::make_path_readonly:
      case Kind::change_directory:
        return required(step.text);
      default:
        return true;  // nothing, or a number that the kernel judges
    }
  }

  bool header_fits() const {
    const Header& header = *table<Header>(0);
    return header.magic == kMagic && header.version == kVersion && header.size == size_ && header.step_count > 0 &&
           holds<Step>(header.steps_offset, header.step_count) &&
           holds<Descriptor>(header.descriptors_offset, header.descriptor_count);
  }
  bool descriptors_fit(std::uint32_t offset) const {
    for (std::uint32_t i = 0; i < slots_; ++i) {
      const Descriptor& entry = table<Descriptor>(offset)[i];
      if (entry.kind > DescriptorKind::cgroup_tasks || !optional(entry.path) || !optional(entry.origin)) return false;
      if (entry.kind == DescriptorKind::bind_tree && entry.step >= steps_) return false;
    }
    return true;
  }
  bool steps_fit(std::uint32_t offset) const {
    Stage stage = Stage::host_root;
    for (std::uint32_t i = 0; i < steps_; ++i) {
      const Step& step = table<Step>(offset)[i];
      if (static_cast<std::size_t>(step.kind) >= kKinds || step.stage > Stage::confined || step.stage < stage) return false;
      if ((kPlaces[static_cast<std::size_t>(step.kind)].stages & bit(step.stage)) == 0) return false;
      if ((step.kind == Kind::exec || step.kind == Kind::finish) != (i + 1 == steps_)) return false;
      if (!optional(step.origin) || !operands(step)) return false;
      stage = step.stage;
    }
    return true;
  }

 public:
  explicit Checker(std::span<const std::byte> bytes) : base_(bytes.data()), size_(bytes.size()) {}

  bool whole() {
    if (size_ < sizeof(Header) || reinterpret_cast<std::uintptr_t>(base_) % alignof(Step) != 0 || !header_fits()) return false;
    const Header& header = *table<Header>(0);
    slots_ = header.descriptor_count;
    steps_ = header.step_count;
    return descriptors_fit(header.descriptors_offset) && steps_fit(header.steps_offset);
  }
};

}  // namespace

bool View::check(std::span<const std::byte> bytes) { return Checker(bytes).whole(); }

}  // namespace plan
