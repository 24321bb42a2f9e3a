#include "cli/host_seccomp.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "cli/json_writer.h"

namespace cli {
namespace {

using Name = std::string_view;
constexpr int kEperm = 1, kEnosys = 38;

// A list of what is denied, not of what is allowed: the programs of a whole host run here, written for a kernel that this program
// may not know yet. What bounds a call that is missing below is the capability set, which an allow list would rest on as well.
constexpr std::array<Name, 13> kMount{"fsconfig",      "fsmount",    "fsopen",    "fspick",         "mount",
                                      "mount_setattr", "move_mount", "open_tree", "open_tree_attr", "pivot_root",
                                      "statmount",     "umount",     "umount2"};
constexpr std::array<Name, 8> kAdmin{"lookup_dcookie", "nfsservctl", "quotactl", "quotactl_fd",
                                     "setns",          "swapoff",    "swapon",   "unshare"};
constexpr std::array<Name, 1> kClone3{"clone3"};
constexpr std::array<Name, 2> kHandles{"name_to_handle_at", "open_by_handle_at"};
constexpr std::array<Name, 6> kModules{"create_module",   "delete_module", "finit_module",
                                       "get_kernel_syms", "init_module",   "query_module"};
constexpr std::array<Name, 3> kBoot{"kexec_file_load", "kexec_load", "reboot"};
constexpr std::array<Name, 1> kAccounting{"acct"};
constexpr std::array<Name, 6> kTime{"adjtimex",      "clock_adjtime",   "clock_adjtime64",
                                    "clock_settime", "clock_settime64", "settimeofday"};
constexpr std::array<Name, 1> kStime{"stime"};
constexpr std::array<Name, 2> kPorts{"ioperm", "iopl"};
constexpr std::array<Name, 1> kLog{"syslog"};
constexpr std::array<Name, 1> kHangup{"vhangup"};
constexpr std::array<Name, 2> kTracing{"bpf", "perf_event_open"};
constexpr std::array<Name, 3> kForeign{"kcmp", "process_vm_readv", "process_vm_writev"};
constexpr std::array<Name, 3> kKeys{"add_key", "keyctl", "request_key"};
constexpr std::array<Name, 4> kAttack{"io_uring_enter", "io_uring_register", "io_uring_setup", "userfaultfd"};
constexpr std::array<Name, 7> kDead{"_sysctl", "afs_syscall", "bdflush", "sysfs", "uselib", "ustat", "vserver"};
constexpr std::array<Name, 4> kNuma{"mbind", "migrate_pages", "move_pages", "set_mempolicy"};

constexpr std::array kDenied{
    Denied{"CAP_SYS_ADMIN", kEperm, kMount, "the view of the files is the runtime's matter"},
    Denied{"CAP_SYS_ADMIN", kEperm, kAdmin,
           "a new user namespace would give every capability back over code that is seldom tested without"},
    Denied{"CAP_SYS_ADMIN", kEnosys, kClone3, "its flags lie in memory where no filter can see them; C libraries then use clone"},
    Denied{"CAP_DAC_READ_SEARCH", kEperm, kHandles, "handles lead around the root directory"},
    Denied{"CAP_SYS_MODULE", kEperm, kModules, "code for the kernel"},
    Denied{"CAP_SYS_BOOT", kEperm, kBoot, "the machine's end"},
    Denied{"CAP_SYS_PACCT", kEperm, kAccounting, "writes files of the host"},
    Denied{"CAP_SYS_TIME", kEperm, kTime, "the clock is one for all"},
    Denied{"CAP_SYS_TIME", kEperm, kStime, "the clock is one for all"},
    Denied{"CAP_SYS_RAWIO", kEperm, kPorts, "the hardware"},
    Denied{"CAP_SYSLOG", kEperm, kLog, "the kernel's log tells addresses"},
    Denied{"CAP_SYS_TTY_CONFIG", kEperm, kHangup, "the caller's terminal"},
    Denied{"CAP_BPF", kEperm, kTracing, "sees all that the kernel does"},
    Denied{"CAP_SYS_PTRACE", kEperm, kForeign, "the memory of others"},
    Denied{"", kEperm, kKeys, "keyrings know no namespaces"},
    Denied{"", kEperm, kAttack, "a wide way into the kernel that ordinary programs do without"},
    Denied{"", kEnosys, kDead, "nobody has called these for years"},
    Denied{"CAP_SYS_NICE", kEperm, kNuma, "memory placement is the host's matter"},
};

// clone(2) with CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID or NEWNET: a filter asks for one bit at a time.
// CLONE_NEWTIME is no flag of clone, only of the calls denied above.
constexpr std::array<std::uint64_t, 7> kNewNamespaces{0x00020000, 0x02000000, 0x04000000, 0x08000000,
                                                      0x10000000, 0x20000000, 0x40000000};
constexpr std::uint64_t kUnixSockets = 1;                                // AF_UNIX
constexpr std::array<std::uint64_t, 2> kKernelSockets{38, 40};           // AF_ALG, AF_VSOCK: code in the kernel; the hypervisor
constexpr std::array<std::uint64_t, 2> kTerminalTricks{0x5412, 0x541c};  // TIOCSTI, TIOCLINUX: typing into the caller's terminal

bool has(std::span<const Name> capabilities, Name wanted) { return std::ranges::find(capabilities, wanted) != capabilities.end(); }

void write_action(JsonWriter& json, int error) { json.key("action").value("SCMP_ACT_ERRNO").key("errnoRet").value(error); }

struct Condition {
  unsigned index;
  std::uint64_t value, value_two;
  std::string_view op;
};
void write_conditional(JsonWriter& json, Name call, const Condition& when) {
  json.begin_object().key("names").begin_array().value(call).end_array();
  write_action(json, kEperm);
  json.key("args").begin_array().begin_object();
  json.key("index").value(when.index).key("value").value(when.value).key("valueTwo").value(when.value_two).key("op").value(when.op);
  json.end_object().end_array().end_object();
}

void write_architectures(JsonWriter& json) {
  json.key("architectures").begin_array();
#if defined(__x86_64__)
  json.value("SCMP_ARCH_X86_64").value("SCMP_ARCH_X86").value("SCMP_ARCH_X32");
#else
  json.value("SCMP_ARCH_AARCH64").value("SCMP_ARCH_ARM");
#endif
  json.end_array();
}

}  // namespace

std::span<const Denied> denied_calls() { return kDenied; }

void write_seccomp(JsonWriter& json, std::span<const std::string_view> capabilities, bool strict) {
  json.begin_object().key("defaultAction").value("SCMP_ACT_ALLOW");
  write_architectures(json);
  json.key("syscalls").begin_array();
  for (const Denied& denied : kDenied) {
    if (!denied.lifted_by.empty() && has(capabilities, denied.lifted_by)) continue;
    json.begin_object().key("names").strings(denied.calls);
    write_action(json, denied.error);
    json.end_object();
  }
  if (!has(capabilities, "CAP_SYS_ADMIN"))
    for (const std::uint64_t flag : kNewNamespaces) write_conditional(json, "clone", {0, flag, flag, "SCMP_CMP_MASKED_EQ"});
  for (const std::uint64_t request : kTerminalTricks)
    write_conditional(json, "ioctl", {1, 0xffffffff, request, "SCMP_CMP_MASKED_EQ"});
  if (strict)
    write_conditional(json, "socket", {0, kUnixSockets, 0, "SCMP_CMP_NE"});
  else
    for (const std::uint64_t family : kKernelSockets) write_conditional(json, "socket", {0, family, 0, "SCMP_CMP_EQ"});
  json.end_array().end_object();
}

}  // namespace cli
