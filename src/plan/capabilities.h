// plan/capabilities.h: names of capabilities → masks, a bit a capability. capabilities(7).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/spec.h"
#include "plan/facts.h"

namespace plan {

struct CapabilityMasks {
  std::uint64_t bounding = 0, effective = 0, permitted = 0, inheritable = 0, ambient = 0;
};
// Absent = all five empty. Unknown names and those that the caller itself lacks are dropped with one warning; effective is clipped
// to permitted, ambient to permitted and inheritable.
// `user_namespace`: init gets or joins another user namespace than the caller's and has every capability there, so what the
// caller lacks does not count.
CapabilityMasks compile_capabilities(const config::Capabilities* capabilities, const HostFacts& facts,
                                     std::vector<std::string>& warnings, bool user_namespace = false);
std::vector<std::string> known_capabilities();  // "CAP_CHOWN" ..., for `features`

}  // namespace plan
