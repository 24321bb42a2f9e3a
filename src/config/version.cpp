#include "config/version.h"

#include <algorithm>

namespace config {
namespace {

bool is_identifiers(std::string_view dotted, bool numbers_have_no_leading_zero) {
  while (true) {
    const std::size_t end = std::min(dotted.find('.'), dotted.size());
    const std::string_view part = dotted.substr(0, end);
    const auto is_letter = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    if (part.empty() || !std::ranges::all_of(part, is_letter)) return false;
    const bool number = std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    if (numbers_have_no_leading_zero && number && part.size() > 1 && part[0] == '0') return false;
    if (end == dotted.size()) return true;
    dotted.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<Version> parse_version(std::string_view version) {
  if (const std::size_t plus = version.find('+'); plus != version.npos) {
    if (!is_identifiers(version.substr(plus + 1), false)) return std::nullopt;
    version = version.substr(0, plus);
  }
  if (const std::size_t dash = version.find('-'); dash != version.npos) {
    if (!is_identifiers(version.substr(dash + 1), true)) return std::nullopt;
    version = version.substr(0, dash);
  }
  const bool numbers = version.find_first_not_of("0123456789.") == version.npos;
  if (!numbers || std::ranges::count(version, '.') != 2 || !is_identifiers(version, true)) return std::nullopt;
  const std::size_t first = version.find('.'), second = version.find('.', first + 1);
  return Version{version.substr(0, first), version.substr(first + 1, second - first - 1)};
}

bool is_later_minor(const Version& version, const Version& than) {
  if (version.minor.size() != than.minor.size()) return version.minor.size() > than.minor.size();
  return version.minor > than.minor;
}

}  // namespace config
