#include "config/id_list.h"

#include <algorithm>

#include "support/text.h"

namespace config {
namespace {

std::string_view trim(std::string_view item) {
  const std::size_t first = item.find_first_not_of(" \t");
  if (first == item.npos) return {};
  return item.substr(first, item.find_last_not_of(" \t") + 1 - first);
}

std::optional<IdRange> parse_item(std::string_view item, std::uint32_t max) {
  const std::size_t dash = item.find('-');
  const auto first = text::parse_unsigned(trim(item.substr(0, dash)), max);
  const auto last = dash == item.npos ? first : text::parse_unsigned(trim(item.substr(dash + 1)), max);
  if (!first || !last || *first > *last) return std::nullopt;
  return IdRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)};
}

}  // namespace

std::optional<std::vector<IdRange>> parse_id_list(std::string_view list, std::uint32_t max) {
  std::vector<IdRange> ranges;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view item = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (item.empty()) continue;
    const auto range = parse_item(item, max);
    if (!range) return std::nullopt;
    ranges.push_back(*range);
  }
  if (ranges.empty()) return std::nullopt;
  return ranges;
}

}  // namespace config
