// plan/facts.h: what a plan depends on beside config.json, as plain data: read once by the container room, or from a file
// (`minc-oci plan --facts FILE`) so that golden files are the same on every machine.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace plan {

struct CgroupHierarchy {
  std::string controllers;  // v1: as /proc/self/cgroup has it ("cpu,cpuacct", "name=systemd"); v2: ""
  std::string mount_point;  // /sys/fs/cgroup/cpu,cpuacct
  std::string own_path;     // the runtime's own cgroup in it, "/" or "/a/b"
};

struct CgroupLayout {
  enum class Mode { none, v1, hybrid, v2 } mode = Mode::none;  // hybrid: v1 controllers and a cgroup2 beside them
  std::vector<CgroupHierarchy> hierarchies;                    // in the order in which /proc/self/cgroup lists them
  std::vector<std::string> v2_controllers;                     // cgroup.controllers of the v2 root
};

// A mounted resctrl: the kernel's Documentation/filesystems/resctrl.rst.
struct Resctrl {
  std::string mount_point;      // "" = none is mounted
  bool l3 = false, mb = false;  // what it can share out: cache, memory bandwidth
};

struct HostFacts {
  std::uint32_t kernel_major = 0, kernel_minor = 0;
  std::uint32_t euid = 0, egid = 0;
  bool initial_user_namespace = true;
  bool rootless = false;          // no privilege over the host: euid != 0, or root of a foreign user namespace
  bool setgroups_denied = false;  // /proc/self/setgroups says "deny": supplementary groups stay as they are
  std::uint64_t permitted_capabilities = 0, bounding_capabilities = 0;
  std::uint32_t last_capability = 40;  // /proc/sys/kernel/cap_last_cap
  CgroupLayout cgroup;
  bool systemd = false;             // /run/systemd/system is a directory
  std::string systemd_group = "/";  // where the systemd that is asked has its units: the user's below its own group
  bool apparmor = false, selinux = false;
  bool has_kcore = true;  // /proc/kcore exists: /dev/core is linked
  std::vector<std::uint64_t> hugepage_sizes;
  Resctrl resctrl;  // looked for when the config has linux.intelRdt
};

}  // namespace plan
