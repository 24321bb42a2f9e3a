// config/version.h: versions of the runtime specification. spec.md "Specification version", semver.org.
#pragma once
#include <optional>
#include <string_view>

namespace config {

inline constexpr std::string_view kSpecVersion = "1.3.0";  // that we implement

// Parts of the text. They are numbers without leading zeros, of any size.
struct Version {
  std::string_view major, minor;
};
// Semantic Versioning 2.0: MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD].
std::optional<Version> parse_version(std::string_view version);

// Of the same major version, a later minor one.
bool is_later_minor(const Version& version, const Version& than);

}  // namespace config
