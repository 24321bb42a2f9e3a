// plan/seccomp.h: linux.seccomp → a classic BPF program. seccomp(2), seccomp_export_bpf_mem/seccomp_export_bpf(3).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/spec.h"
#include "plan/facts.h"
#include "plan/image.h"
#include "support/result.h"

namespace plan {

struct Filter {
  std::vector<Instruction> instructions;
  std::uint32_t flags = 0;  // SECCOMP_FILTER_FLAG_* for seccomp(2)
  bool notify = false;      // SCMP_ACT_NOTIFY is used: the listener goes to listenerPath
};

// Where compiled filters are kept between calls; the container room gives one that writes below the state root. A key covers the
// whole profile, libseccomp's version, the kernel's release and the options.
class FilterCache {
 public:
  virtual ~FilterCache() = default;
  virtual std::optional<std::vector<Instruction>> find(const std::string& key) = 0;
  virtual void keep(const std::string& key, const std::vector<Instruction>& instructions) = 0;  // best effort
};

// Nothing (no filter at all) when the profile has neither a default action nor rules. `warn` gets what was passed over.
Result<std::optional<Filter>> compile_seccomp(const config::Seccomp& profile, const HostFacts& facts, FilterCache* cache,
                                              std::vector<std::string>& warnings);
// The words of config::kSeccompArchitectures that a filter on this machine can have: those that the linked libseccomp knows, in
// the machine's byte order.
std::vector<std::string_view> filter_architectures();
// The rules in words, a line each, for golden files: they must not depend on libseccomp's version.
std::vector<std::string> describe_seccomp(const config::Seccomp& profile);

}  // namespace plan
