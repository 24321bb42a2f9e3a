// plan/capabilities.cpp: the names of capabilities(7) as bits. Our own table and not libcap's: that library asks the kernel a
// dozen questions before main, in every command, needed or not. The unit test compares the two.
#include "plan/capabilities.h"

#include <array>
#include <string_view>

namespace plan {
namespace {

// The index is the capability's number; Linux 5.9 added the last one.
constexpr std::array<std::string_view, 41> kNames{
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

constexpr std::uint64_t bit(std::size_t number) { return std::uint64_t{1} << number; }

// 0 for a name that we do not know.
std::uint64_t mask_of(std::string_view name) {
  for (std::size_t number = 0; number < kNames.size(); ++number)
    if (kNames[number] == name) return bit(number);
  return 0;
}

// What init can have at most, and the names that it cannot, each once and in the order of their first appearance.
struct Granter {
  std::uint64_t available = 0;
  std::vector<std::string> refused;

  std::uint64_t grant(const std::vector<std::string>& names) {
    std::uint64_t granted = 0;
    for (const std::string& name : names) {
      const std::uint64_t wanted = mask_of(name) & available;
      granted |= wanted;
      if (wanted == 0) refuse(name);
    }
    return granted;
  }
  void refuse(const std::string& name) {
    for (const std::string& known : refused)
      if (known == name) return;
    refused.push_back(name);
  }
};

void warn_each(std::uint64_t mask, std::string_view before, std::string_view after, std::vector<std::string>& warnings) {
  for (std::size_t number = 0; number < kNames.size(); ++number)
    if ((mask & bit(number)) != 0) warnings.push_back(std::string(before).append(kNames[number]).append(after));
}

}  // namespace

CapabilityMasks compile_capabilities(const config::Capabilities* capabilities, const HostFacts& facts,
                                     std::vector<std::string>& warnings, bool user_namespace) {
  CapabilityMasks masks;
  if (capabilities == nullptr) return masks;

  const std::uint64_t of_kernel = facts.last_capability >= 63 ? ~std::uint64_t{0} : bit(facts.last_capability + 1) - 1;
  // Another user than root cannot start a container without a user namespace of its own.
  const bool all = user_namespace || facts.euid != 0;
  Granter permitted{all ? of_kernel : of_kernel & facts.permitted_capabilities, {}};
  Granter bounding{all ? of_kernel : of_kernel & facts.bounding_capabilities, {}};
  masks.bounding = bounding.grant(capabilities->bounding);
  permitted.refused = std::move(bounding.refused);
  masks.effective = permitted.grant(capabilities->effective);
  masks.permitted = permitted.grant(capabilities->permitted);
  masks.inheritable = permitted.grant(capabilities->inheritable);
  masks.ambient = permitted.grant(capabilities->ambient);
  if (!permitted.refused.empty()) {
    std::string list;
    for (const std::string& name : permitted.refused) list.append(list.empty() ? "" : " ").append(name);
    warnings.push_back("ignoring unknown or unavailable capabilities: [" + list + "]");
  }

  // capset(2) refuses an effective capability that is not permitted, and an inheritable one that left the bounding set before.
  warn_each(masks.effective & ~masks.permitted, "ignoring effective capability ", ": it is not permitted", warnings);
  masks.effective &= masks.permitted;
  warn_each(masks.inheritable & ~masks.bounding, "ignoring inheritable capability ", ": it is not in the bounding set", warnings);
  masks.inheritable &= masks.bounding;
  // Debian 12's buildah sends ambient sets with no inheritable set at all: a build would say this for each of 14 names in every
  // RUN.
  if (!capabilities->inheritable.empty())
    warn_each(masks.ambient & ~(masks.permitted & masks.inheritable), "can't raise ambient capability ",
              ": operation not permitted", warnings);
  masks.ambient &= masks.permitted & masks.inheritable;
  return masks;
}

std::vector<std::string> known_capabilities() { return {kNames.begin(), kNames.end()}; }

}  // namespace plan
