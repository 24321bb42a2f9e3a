// cli/features.h: the features document of the runtime specification (features.md, features-linux.md), out of the tables that
// the parser uses.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cli {

// Names of the seccomp(2) flags that the running kernel takes. Four system calls, no effect.
std::vector<std::string_view> supported_seccomp_flags();
std::string features_json(const std::vector<std::string_view>& seccomp_flags);

}  // namespace cli
