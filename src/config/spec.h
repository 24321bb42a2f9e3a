// config/spec.h: config.json as types, in the specification's words and shape (runtime-spec 1.3: config.md, config-linux.md).
// std::optional means that the document did not have the property (or had null). Nothing here has a default but the empty
// value: defaults are decided in plan/. `Place`s are JSON pointers ("/mounts/3/source"), built on demand from the index.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace config {

// A JSON object whose keys are data: in the document's order, keys unique (the reader refuses duplicates).
template <class Value>
using Object = std::vector<std::pair<std::string, Value>>;

struct IdMapping {
  std::uint32_t container_id = 0, host_id = 0, size = 0;
  friend bool operator==(const IdMapping&, const IdMapping&) = default;
};

struct Root {
  std::string path;
  bool readonly = false;
};

struct Mount {
  std::string destination;  // REQUIRED
  std::optional<std::string> source, type;
  std::vector<std::string> options;
  std::vector<IdMapping> uid_mappings, gid_mappings;
};

struct ConsoleSize {
  std::uint64_t height = 0, width = 0;
};

struct User {
  std::uint32_t uid = 0, gid = 0;
  std::optional<std::uint32_t> umask;
  std::vector<std::uint32_t> additional_gids;
  std::string username;  // Windows only in the specification; read and ignored
};

struct Capabilities {
  std::vector<std::string> effective, bounding, inheritable, permitted, ambient;
};

struct Rlimit {
  std::string type;  // RLIMIT_NOFILE ...
  std::uint64_t soft = 0, hard = 0;
};

struct Scheduler {
  std::string policy;
  std::int32_t nice = 0, priority = 0;
  std::vector<std::string> flags;
  std::uint64_t runtime = 0, deadline = 0, period = 0;  // nanoseconds
};

struct IoPriority {
  std::string io_class;
  std::int32_t priority = 0;
};

struct CpuAffinity {
  std::string initial, final;
};

struct Process {
  bool terminal = false;
  std::optional<ConsoleSize> console_size;
  User user;
  std::vector<std::string> args, env;
  std::string cwd;
  std::optional<Capabilities> capabilities;
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<std::string> apparmor_profile, selinux_label;
  std::optional<std::int32_t> oom_score_adj;
  std::optional<Scheduler> scheduler;
  std::optional<IoPriority> io_priority;
  std::optional<CpuAffinity> exec_cpu_affinity;
};

struct Hook {
  std::string path;
  std::vector<std::string> args;
  std::optional<std::vector<std::string>> env;
  std::optional<std::int64_t> timeout;  // seconds
};

struct Hooks {
  std::vector<Hook> prestart, create_runtime, create_container, start_container, poststart, poststop;
};

struct Namespace {
  std::string type;  // pid network mount ipc uts user cgroup time
  std::string path;  // "" = a new one
};

struct TimeOffset {
  std::int64_t secs = 0;
  std::uint32_t nanosecs = 0;
};

struct Device {
  std::string type, path;  // c b u p
  std::optional<std::int64_t> major, minor;
  std::optional<std::uint32_t> file_mode, uid, gid;
};

struct NetDevice {
  std::optional<std::string> name;
};

struct DeviceRule {  // an entry of linux.resources.devices
  bool allow = false;
  std::optional<std::string> type;  // a b c
  std::optional<std::int64_t> major, minor;
  std::optional<std::string> access;  // of r w m
};

struct Memory {
  std::optional<std::int64_t> limit, reservation, swap, kernel, kernel_tcp;  // bytes, -1 = unlimited
  std::optional<std::uint64_t> swappiness;
  std::optional<bool> disable_oom_killer, use_hierarchy, check_before_update;
};

struct Cpu {
  std::optional<std::uint64_t> shares, period, burst, realtime_period;  // periods and burst in microseconds
  std::optional<std::int64_t> quota, realtime_runtime, idle;
  std::optional<std::string> cpus, mems;
};

struct WeightDevice {
  std::int64_t major = 0, minor = 0;
  std::optional<std::uint16_t> weight, leaf_weight;
};
struct ThrottleDevice {
  std::int64_t major = 0, minor = 0;
  std::uint64_t rate = 0;
};
struct BlockIo {
  std::optional<std::uint16_t> weight, leaf_weight;
  std::vector<WeightDevice> weight_device;
  std::vector<ThrottleDevice> throttle_read_bps_device, throttle_write_bps_device, throttle_read_iops_device,
      throttle_write_iops_device;
};

struct HugepageLimit {
  std::string page_size;
  std::uint64_t limit = 0;
};
struct InterfacePriority {
  std::string name;
  std::uint32_t priority = 0;
};
struct Network {
  std::optional<std::uint32_t> class_id;
  std::vector<InterfacePriority> priorities;
};
struct Rdma {
  std::optional<std::uint32_t> hca_handles, hca_objects;
};

struct Resources {
  std::vector<DeviceRule> devices;
  std::optional<Memory> memory;
  std::optional<Cpu> cpu;
  std::optional<std::int64_t> pids_limit;
  std::optional<BlockIo> block_io;
  std::vector<HugepageLimit> hugepage_limits;
  std::optional<Network> network;
  Object<Rdma> rdma;
  Object<std::string> unified;
};

struct SyscallArg {
  std::uint32_t index = 0;
  std::uint64_t value = 0, value_two = 0;
  std::string op;
};
struct SyscallRule {
  std::vector<std::string> names;
  std::string action;
  std::optional<std::uint32_t> errno_ret;
  std::vector<SyscallArg> args;
};
struct Seccomp {
  std::string default_action;
  std::optional<std::uint32_t> default_errno_ret;
  std::vector<std::string> architectures;
  std::optional<std::vector<std::string>> flags;  // absent differs from []
  std::string listener_path, listener_metadata;
  std::vector<SyscallRule> syscalls;
};

struct IntelRdt {
  std::optional<std::string> clos_id, l3_cache_schema, mem_bw_schema;
  std::vector<std::string> schemata;
  bool enable_monitoring = false;
};

struct MemoryPolicy {
  std::string mode, nodes;
  std::vector<std::string> flags;
};

struct Personality {
  std::string domain;
  std::vector<std::string> flags;
};

struct Linux {
  std::vector<IdMapping> uid_mappings, gid_mappings;
  Object<std::string> sysctl;
  std::optional<Resources> resources;
  std::optional<std::string> cgroups_path;
  std::vector<Namespace> namespaces;
  std::vector<Device> devices;
  Object<NetDevice> net_devices;
  std::optional<Seccomp> seccomp;
  std::string rootfs_propagation;
  std::vector<std::string> masked_paths, readonly_paths;
  std::string mount_label;
  std::optional<IntelRdt> intel_rdt;
  std::optional<MemoryPolicy> memory_policy;
  std::optional<Personality> personality;
  Object<TimeOffset> time_offsets;

  const Namespace* find_namespace(std::string_view type) const {
    for (const Namespace& entry : namespaces)
      if (entry.type == type) return &entry;
    return nullptr;
  }
};

struct Spec {
  std::string oci_version;
  std::optional<Root> root;
  std::optional<Process> process;
  std::string hostname, domainname;
  std::vector<Mount> mounts;
  Hooks hooks;
  Object<std::string> annotations;
  Linux linux_;  // `linux` is a macro in GNU dialects; an absent section equals an empty one
};

}  // namespace config
