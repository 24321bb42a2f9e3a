// plan/plan.h: Spec + HostFacts + Request → Plan. Pure: no system call, testable without root (plan/seccomp.cpp alone calls
// libseccomp, which probes). What the host does before, beside and after init is in `Plan` as plain data; what init does is
// the image (plan/image.h).
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/spec.h"
#include "plan/bus_value.h"
#include "plan/facts.h"
#include "plan/image.h"
#include "support/result.h"

namespace plan {

class FilterCache;  // plan/seccomp.h: where compiled seccomp filters are kept, given by the caller

// What the command line adds to the bundle.
struct Request {
  std::string id;
  std::string bundle;           // absolute
  std::string rootfs;           // absolute path of root.path, where the root is attached; with `overlay` any existing directory
  bool overlay = false;         // the root is a detached overlay that the runtime makes (overlay/): root_tree has no path
  bool wait_for_start = false;  // create: block on exec.fifo; run: no
  bool no_pivot = false, new_keyring = true;
  std::uint32_t preserve_fds = 0;      // LISTEN_FDS and --preserve-fds together: 3 .. 3+n-1
  std::vector<std::string> extra_env;  // LISTEN_FDS=..., NOTIFY_SOCKET=...: appended
  bool cgroup_disabled = false;        // --cgroup-manager=disabled
  bool systemd_cgroup = false;
  std::string notify_directory;  // NOTIFY_SOCKET: host directory bound on /run/notify, "" = none
  FilterCache* filter_cache = nullptr;
};

struct ResourceLimit {
  int resource = 0;  // RLIMIT_*
  std::uint64_t soft = 0, hard = 0;
  std::string pointer;
};

struct IdMaps {
  std::string uid_map, gid_map;              // the files' content, one line a mapping
  bool deny_setgroups = false;               // rootless with a gid map of our own making
  bool use_helpers = false;                  // rootless with several ranges: newuidmap, newgidmap
  std::uint32_t root_uid = 0, root_gid = 0;  // host ids of container root
};

// Whose ids a bind shows: mount_setattr(2), MOUNT_ATTR_IDMAP.
struct MountIdMap {
  std::uint32_t step = 0;        // the mount_bind step with kMapIds
  std::string uid_map, gid_map;  // as IdMaps; empty with
  std::string user_namespace;    // the namespace whose maps these are
  bool recursive = false;        // all mounts of the tree
  std::string pointer;
};

struct NetDeviceMove {
  std::string host_name, name;  // name: in the container; "ct%d": the kernel chooses a number
  std::string pointer;
};

struct CgroupDirectory {
  std::string controllers;        // of its hierarchy
  std::string mount_point, path;  // absolute: mount_point + path below it
  std::string directory() const { return path == "/" ? mount_point : mount_point + path; }
};
struct CgroupWrite {
  std::size_t directory = 0;  // index into CgroupPlan::directories
  std::string file, value;    // one write(2)
  bool ignore_missing = false;
  bool instead = false;           // only when the write before it found no such file (blkio.weight, else blkio.bfq.weight)
  std::uint64_t usage_bound = 0;  // v2 checkBeforeUpdate: refused while memory.current is at or above this; 0 = no check
  std::string pointer;            // /linux/resources/memory/limit
};
// A transient unit, which systemd makes with the container's group. org.freedesktop.systemd1(5).
struct UnitProperty {
  std::string name;
  BusValue value;
  std::uint32_t since = 0;  // systemd's version that knows it, where some hosts are older; 0 = all do
};
struct SystemdUnit {
  std::string name;           // "runc-box.scope"
  bool user_manager = false;  // the caller's own systemd, not the machine's
  bool takes_processes =
      true;              // a scope begins with a process in it (PIDs=); a slice has none, who is in its group joins by himself
  std::string subgroup;  // run.oci.systemd.subgroup: the container's group is this one below the unit's, "" = the unit's
  std::vector<UnitProperty> properties;  // all but PIDs
};
struct CgroupPlan {
  bool enabled = false;
  bool ignore_denied = false;    // rootless, no path and no limits asked for: EACCES and EROFS are passed over
  bool rootless_limits = false;  // rootless, no path, but limits: the error of a denied directory says what is in the way
  CgroupLayout::Mode mode = CgroupLayout::Mode::none;
  std::optional<SystemdUnit> unit;              // systemd makes the group; `directories` says where
  std::vector<CgroupDirectory> directories;     // one a hierarchy; device and cpuset hierarchies included
  std::vector<CgroupWrite> writes_before_join;  // real-time budgets
  std::vector<CgroupWrite> writes;              // in order; device rules (v1) among them as devices.deny/devices.allow
  bool domain_controllers = false;              // v2: a limit needs memory, io, cpu or hugetlb, which a threaded group cannot have
  struct DeviceRule {  // where no v1 hierarchy has the devices controller: cgroup/ makes an eBPF program of them
    bool allow = false;
    char type = 'a';                      // a b c
    std::int64_t major = -1, minor = -1;  // -1 = any
    std::string access;                   // of r w m
  };
  std::vector<DeviceRule> device_rules;  // reduced: an `a` rule (where all begins), then the exceptions from it; empty = no program
  std::uint64_t own_uid = ~std::uint64_t{0};  // v2 delegation: chown to this host uid; all ones = no
  // run.oci.delegate-cgroup: a group below, without limits of ours, that the process enters last of all, and whose it is
  std::string delegated;  // "" = none
  std::uint64_t delegated_uid = ~std::uint64_t{0};
};

// The group of resctrl for the container's processes, and what is written into it. Made, entered and removed by the runtime.
struct RdtPlan {
  std::string directory;  // absolute; "" = the config has no linux.intelRdt, and resctrl is left alone
  std::string monitor;    // a monitoring group below it, "" = none
  enum class Group {
    own,     // named after the container: made where it is missing, then removed with it
    shared,  // closID with schemata: made where it is missing, else they must be what it has
    ready,   // closID alone: must be there
  } group = Group::own;
  struct Schema {
    std::string line, pointer;
  };
  std::vector<Schema> schemata;  // in the order of writing
};

struct Plan {
  std::vector<std::byte> image;          // checked by View::check
  std::uint64_t clone_flags = 0;         // CLONE_NEW* for the first clone
  std::optional<IdMaps> id_maps;         // of the user namespace that is made
  std::optional<IdMaps> joined_id_maps;  // which the user namespace that is joined must have, where the config has any
  std::vector<MountIdMap> mount_id_maps;
  std::vector<NetDeviceMove> net_devices;  // when init hands out its network
  CgroupPlan cgroup;
  RdtPlan rdt;
  std::vector<ResourceLimit> limits;  // by prlimit(2) from the runtime when init is ready
  config::Hooks hooks;                // the host's part: prestart, create_runtime, poststart, poststop
  bool terminal = false;
  bool host_mounts = false;   // no mount namespace: the root's tree, with all mounts of the container below it, is the host's
  bool forks_inside = false;  // the container's pid comes by Report child
  std::string seccomp_listener_path, seccomp_listener_metadata;
  std::vector<std::string> seccomp_rules;  // describe_seccomp: what is printed in place of the filter's instructions
  bool reset_cpu_affinity = true;          // init does not inherit the runtime's mask
  std::string exec_affinity_initial, exec_affinity_final;
  std::vector<std::string> warnings;  // for the log; never errors

  View view() const { return View(image.data()); }
};

// create and run. Refuses (with the pointer of the place) all that spec §5 says can be refused without a side effect and that
// config::validate, which knows no host, could not.
Result<Plan> compile(const config::Spec& spec, const HostFacts& facts, const Request& request);

// exec: `process` runs in the container whose config is `spec`. `namespaces`: CLONE_NEW* of the namespaces to join.
struct ExecRequest {
  std::string id;
  std::uint32_t namespaces = 0;
  std::vector<std::string> cgroup_tasks;  // absolute paths of the `tasks` files to join (v1)
  bool new_keyring = true;
  std::uint32_t preserve_fds = 0;
  std::vector<std::string> extra_env;
  FilterCache* filter_cache = nullptr;
};
Result<Plan> compile_exec(const config::Spec& spec, const config::Process& process, const HostFacts& facts,
                          const ExecRequest& request);

// `mounts`: what is mounted in, or taken out of, a container that runs. `spec` is the container's, with the mounts of the change
// alone in the place of its own. Pointers begin with "/mounts".
struct LiveMountsRequest {
  std::string id, bundle, rootfs;
  std::uint32_t namespaces = 0;
  bool remove = false;
};
Result<Plan> compile_live_mounts(const config::Spec& spec, const HostFacts& facts, const LiveMountsRequest& request);

// One step in words: "mount tmpfs on /dev (nosuid, strictatime; mode=755, size=65536k)". Init's failures are told with it.
std::string describe(const View& view, const Step& step);
// The whole plan, numbered, a line a step; host part first. Ends with a newline.
std::string print_text(const Plan& plan);
std::string print_json(const Plan& plan);

}  // namespace plan
