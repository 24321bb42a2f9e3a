// config/names.h: the words of config.json that stand for numbers of the kernel or of libseccomp. Each table is sorted by name,
// exists once, and serves validation, plan/, `features`, the schema test, the man page and completion.
// The numbers are the kernel's ABI and the same on every architecture but where a header is named.
#pragma once
#include <sys/resource.h>  // RLIMIT_*: MIPS and SPARC count differently

#include <algorithm>
#include <array>
#include <cstdint>
#include <ranges>
#include <string_view>

namespace config {

struct Name {
  std::string_view name;
  std::uint32_t number = 0;
};

// The entry called `name` (case counts), or nullptr. The table must be sorted by name: see `sorted`.
template <class Table>
constexpr auto find(const Table& table, std::string_view name) -> decltype(&*table.begin()) {
  const auto entry = std::ranges::lower_bound(table, name, {}, [](const auto& each) { return each.name; });
  return entry != table.end() && entry->name == name ? &*entry : nullptr;
}
// The first entry with this number, or "": for printing.
template <class Table>
constexpr std::string_view name_of(const Table& table, std::uint32_t number) {
  for (const auto& entry : table)
    if (entry.number == number) return entry.name;
  return {};
}
// Strictly ascending: sorted and without a name that stands twice.
template <class Table>
consteval bool sorted(const Table& table) {
  return std::ranges::adjacent_find(table, [](const auto& one, const auto& next) { return !(one.name < next.name); }) ==
         table.end();
}

// linux.namespaces[].type → CLONE_NEW* (namespaces(7)) and the file below /proc/PID/ns.
struct NamespaceType {
  std::string_view name;
  std::uint32_t number = 0;
  std::string_view file;
};
inline constexpr std::array kNamespaceTypes{
    NamespaceType{"cgroup", 0x02000000, "cgroup"}, NamespaceType{"ipc", 0x08000000, "ipc"},
    NamespaceType{"mount", 0x00020000, "mnt"},     NamespaceType{"network", 0x40000000, "net"},
    NamespaceType{"pid", 0x20000000, "pid"},       NamespaceType{"time", 0x00000080, "time"},
    NamespaceType{"user", 0x10000000, "user"},     NamespaceType{"uts", 0x04000000, "uts"},
};
static_assert(sorted(kNamespaceTypes));

// linux.timeOffsets: the clocks that time_namespaces(7) can shift → clockid_t.
inline constexpr std::array kTimeClocks{Name{"boottime", 7}, Name{"monotonic", 1}};
static_assert(sorted(kTimeClocks));

// process.rlimits[].type → getrlimit(2)'s resource.
inline constexpr std::array kRlimits{
    Name{"RLIMIT_AS", RLIMIT_AS},
    Name{"RLIMIT_CORE", RLIMIT_CORE},
    Name{"RLIMIT_CPU", RLIMIT_CPU},
    Name{"RLIMIT_DATA", RLIMIT_DATA},
    Name{"RLIMIT_FSIZE", RLIMIT_FSIZE},
    Name{"RLIMIT_LOCKS", static_cast<std::uint32_t>(RLIMIT_LOCKS)},
    Name{"RLIMIT_MEMLOCK", static_cast<std::uint32_t>(RLIMIT_MEMLOCK)},
    Name{"RLIMIT_MSGQUEUE", static_cast<std::uint32_t>(RLIMIT_MSGQUEUE)},
    Name{"RLIMIT_NICE", static_cast<std::uint32_t>(RLIMIT_NICE)},
    Name{"RLIMIT_NOFILE", RLIMIT_NOFILE},
    Name{"RLIMIT_NPROC", static_cast<std::uint32_t>(RLIMIT_NPROC)},
    Name{"RLIMIT_RSS", static_cast<std::uint32_t>(RLIMIT_RSS)},
    Name{"RLIMIT_RTPRIO", static_cast<std::uint32_t>(RLIMIT_RTPRIO)},
    Name{"RLIMIT_RTTIME", static_cast<std::uint32_t>(RLIMIT_RTTIME)},
    Name{"RLIMIT_SIGPENDING", static_cast<std::uint32_t>(RLIMIT_SIGPENDING)},
    Name{"RLIMIT_STACK", RLIMIT_STACK},
};
static_assert(sorted(kRlimits));

// process.scheduler: sched_setattr(2).
inline constexpr std::array kSchedulerPolicies{
    Name{"SCHED_BATCH", 3}, Name{"SCHED_DEADLINE", 6}, Name{"SCHED_FIFO", 1},
    Name{"SCHED_IDLE", 5},  Name{"SCHED_ISO", 4},  // reserved and never implemented: the kernel refuses it
    Name{"SCHED_OTHER", 0}, Name{"SCHED_RR", 2},
};
static_assert(sorted(kSchedulerPolicies));
inline constexpr std::array kSchedulerFlags{
    Name{"SCHED_FLAG_DL_OVERRUN", 0x04},     Name{"SCHED_FLAG_KEEP_PARAMS", 0x10},   Name{"SCHED_FLAG_KEEP_POLICY", 0x08},
    Name{"SCHED_FLAG_RECLAIM", 0x02},        Name{"SCHED_FLAG_RESET_ON_FORK", 0x01}, Name{"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40},
    Name{"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
};
static_assert(sorted(kSchedulerFlags));

// process.ioPriority.class: ioprio_set(2) takes number << 13 | priority.
inline constexpr std::array kIoPriorityClasses{Name{"IOPRIO_CLASS_BE", 2}, Name{"IOPRIO_CLASS_IDLE", 3},
                                               Name{"IOPRIO_CLASS_RT", 1}};
static_assert(sorted(kIoPriorityClasses));

// linux.memoryPolicy: set_mempolicy(2) takes mode | flags.
struct MemoryPolicyMode {
  std::string_view name;
  std::uint32_t number = 0;
  enum class Nodes { none, optional, required } nodes = Nodes::required;
};
inline constexpr std::array kMemoryPolicyModes{
    MemoryPolicyMode{"MPOL_BIND", 2},
    MemoryPolicyMode{"MPOL_DEFAULT", 0, MemoryPolicyMode::Nodes::none},
    MemoryPolicyMode{"MPOL_INTERLEAVE", 3},
    MemoryPolicyMode{"MPOL_LOCAL", 4, MemoryPolicyMode::Nodes::none},
    MemoryPolicyMode{"MPOL_PREFERRED", 1, MemoryPolicyMode::Nodes::optional},
    MemoryPolicyMode{"MPOL_PREFERRED_MANY", 5},
    MemoryPolicyMode{"MPOL_WEIGHTED_INTERLEAVE", 6},
};
static_assert(sorted(kMemoryPolicyModes));
inline constexpr std::array kMemoryPolicyFlags{
    Name{"MPOL_F_NUMA_BALANCING", 1U << 13},
    Name{"MPOL_F_RELATIVE_NODES", 1U << 14},
    Name{"MPOL_F_STATIC_NODES", 1U << 15},
};
static_assert(sorted(kMemoryPolicyFlags));

// linux.personality.domain: personality(2).
inline constexpr std::array kPersonalityDomains{Name{"LINUX", 0}, Name{"LINUX32", 8}};
static_assert(sorted(kPersonalityDomains));

// linux.seccomp: libseccomp's numbers (its headers stay in plan/seccomp.cpp, which asserts that they agree).
inline constexpr std::uint32_t kActErrno = 0x00050000, kActTrace = 0x7ff00000, kActNotify = 0x7fc00000;
inline constexpr std::array kSeccompActions{
    Name{"SCMP_ACT_ALLOW", 0x7fff0000},        Name{"SCMP_ACT_ERRNO", kActErrno}, Name{"SCMP_ACT_KILL", 0},
    Name{"SCMP_ACT_KILL_PROCESS", 0x80000000}, Name{"SCMP_ACT_KILL_THREAD", 0},   Name{"SCMP_ACT_LOG", 0x7ffc0000},
    Name{"SCMP_ACT_NOTIFY", kActNotify},       Name{"SCMP_ACT_TRACE", kActTrace}, Name{"SCMP_ACT_TRAP", 0x00030000},
};
static_assert(sorted(kSeccompActions));
inline constexpr std::array kSeccompOperators{
    Name{"SCMP_CMP_EQ", 4}, Name{"SCMP_CMP_GE", 5},        Name{"SCMP_CMP_GT", 6}, Name{"SCMP_CMP_LE", 3},
    Name{"SCMP_CMP_LT", 2}, Name{"SCMP_CMP_MASKED_EQ", 7}, Name{"SCMP_CMP_NE", 1},
};
static_assert(sorted(kSeccompOperators));
// SECCOMP_FILTER_FLAG_* of seccomp(2).
inline constexpr std::array kSeccompFlags{
    Name{"SECCOMP_FILTER_FLAG_LOG", 0x02}, Name{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", 0x04}, Name{"SECCOMP_FILTER_FLAG_TSYNC", 0x01},
    Name{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0x20},  // Linux 5.19
};
static_assert(sorted(kSeccompFlags));
// AUDIT_ARCH_* tokens as libseccomp uses them; which of them the linked libseccomp knows is asked in plan/.
inline constexpr std::array kSeccompArchitectures{
    Name{"SCMP_ARCH_AARCH64", 0xc00000b7},     Name{"SCMP_ARCH_ARM", 0x40000028},    Name{"SCMP_ARCH_LOONGARCH64", 0xc0000102},
    Name{"SCMP_ARCH_M68K", 0x00000004},        Name{"SCMP_ARCH_MIPS", 0x00000008},   Name{"SCMP_ARCH_MIPS64", 0x80000008},
    Name{"SCMP_ARCH_MIPS64N32", 0xa0000008},   Name{"SCMP_ARCH_MIPSEL", 0x40000008}, Name{"SCMP_ARCH_MIPSEL64", 0xc0000008},
    Name{"SCMP_ARCH_MIPSEL64N32", 0xe0000008}, Name{"SCMP_ARCH_PARISC", 0x0000000f}, Name{"SCMP_ARCH_PARISC64", 0x8000000f},
    Name{"SCMP_ARCH_PPC", 0x00000014},         Name{"SCMP_ARCH_PPC64", 0x80000015},  Name{"SCMP_ARCH_PPC64LE", 0xc0000015},
    Name{"SCMP_ARCH_RISCV64", 0xc00000f3},     Name{"SCMP_ARCH_S390", 0x00000016},   Name{"SCMP_ARCH_S390X", 0x80000016},
    Name{"SCMP_ARCH_SH", 0x4000002a},          Name{"SCMP_ARCH_SHEB", 0x0000002a},   Name{"SCMP_ARCH_X32", 0x4000003e},
    Name{"SCMP_ARCH_X86", 0x40000003},         Name{"SCMP_ARCH_X86_64", 0xc000003e},
};
static_assert(sorted(kSeccompArchitectures));

// The kinds of hooks, in the order of the lifecycle (not sorted: this is the order that `features` prints).
inline constexpr std::array<std::string_view, 6> kHookNames{"prestart",       "createRuntime", "createContainer",
                                                            "startContainer", "poststart",     "poststop"};

}  // namespace config
