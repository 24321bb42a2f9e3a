#include "cli/table.h"

#include <algorithm>

namespace cli {
namespace {

constexpr std::size_t kLeastWidth = 12, kPadding = 3;

// In characters: bytes that do not continue one.
std::size_t width(const std::string& cell) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cell, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

}  // namespace

std::string lay_out(const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  const std::size_t columns = rows[0].size();
  std::vector<std::size_t> widths(columns, kLeastWidth);
  for (const Row& row : rows)
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], width(row[i]) + kPadding);
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) {
      text.append(row[i]);
      if (i + 1 < columns) text.append(widths[i] - width(row[i]), ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace cli
