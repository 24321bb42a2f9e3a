// cli/version.h: who we are.
#pragma once
#include <string>
#include <string_view>

namespace cli {

inline constexpr std::string_view kVersion = MINC_VERSION;

// `git describe` of the source tree when it was configured, or "".
std::string_view commit();
std::string libseccomp_version();
// What --version prints: engines look for the first three lines.
std::string version_text(std::string_view name);

}  // namespace cli
