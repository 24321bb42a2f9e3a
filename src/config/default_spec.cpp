// What `minc-oci spec` writes. Its content is what scripts edit with jq and sed, so it stays as runc's: same order, same layout.
#include <string>

#include "config/read.h"
#include "support/text.h"

namespace config {
namespace {

constexpr char kProcess[] = R"({
  "ociVersion": "1.3.0",
  "process": {
    "terminal": true,
    "user": {"uid": 0, "gid": 0},
    "args": ["sh"],
    "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
    "cwd": "/",
    "capabilities": {
      "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
      "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
      "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    },
    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
    "noNewPrivileges": true
  },
  "root": {"path": "rootfs", "readonly": true},
  "hostname": "minc-oci",)";

constexpr char kMounts[] = R"(
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"@GID_5@]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
    {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
    @SYS@,
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}
  ],)";
constexpr char kSys[] =
    R"({"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]})";
// A user namespace without a network namespace of its own may not mount sysfs: the host's is bound.
constexpr char kRootlessSys[] =
    R"({"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]})";

constexpr char kResources[] = R"("resources": {"devices": [{"allow": false, "access": "rwm"}]})";
constexpr char kMappings[] = R"("uidMappings": [{"containerID": 0, "hostID": @UID@, "size": 1}],
    "gidMappings": [{"containerID": 0, "hostID": @GID@, "size": 1}])";

constexpr char kNamespaces[] = R"({"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"})";
constexpr char kRootlessNamespaces[] = R"({"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"})";

constexpr char kLinux[] = R"(
  "linux": {
    @HEAD@,
    "namespaces": [@NAMESPACES@],
    "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
    "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
  }
})";

void fill(std::string& text, std::string_view slot, std::string_view with) { text.replace(text.find(slot), slot.size(), with); }

std::string mounts(bool rootless) {
  std::string text = kMounts;
  fill(text, "@GID_5@", rootless ? "" : R"(, "gid=5")");  // group 5 has no mapping there
  fill(text, "@SYS@", rootless ? kRootlessSys : kSys);
  return text;
}

std::string linux_section(const DefaultSpecOptions& options) {
  std::string head = options.rootless ? kMappings : kResources;
  if (options.rootless) {
    fill(head, "@UID@", std::to_string(options.euid));
    fill(head, "@GID@", std::to_string(options.egid));
  }
  std::string namespaces = options.rootless ? kRootlessNamespaces : kNamespaces;
  if (options.cgroup_namespace) namespaces.append(R"(, {"type": "cgroup"})");
  if (options.rootless) namespaces.append(R"(, {"type": "user"})");
  std::string text = kLinux;
  fill(text, "@HEAD@", head);
  fill(text, "@NAMESPACES@", namespaces);
  return text;
}

}  // namespace

std::string default_spec(const DefaultSpecOptions& options) {
  return text::indent_json(kProcess + mounts(options.rootless) + linux_section(options), "\t");
}

}  // namespace config
