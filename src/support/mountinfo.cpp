#include "support/mountinfo.h"

#include <charconv>

namespace mountinfo {
namespace {

std::string_view take(std::string_view& text, char end) {
  const std::string_view word = text.substr(0, text.find(end));
  text.remove_prefix(word.size() == text.size() ? word.size() : word.size() + 1);
  return word;
}

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::optional<Line> next(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  std::string_view rest = take(text, '\n');
  Line line;
  line.id = number(take(rest, ' '));
  line.parent = number(take(rest, ' '));
  take(rest, ' ');
  line.root = take(rest, ' ');
  line.point = take(rest, ' ');
  line.options = take(rest, ' ');
  while (!rest.empty() && take(rest, ' ') != "-") continue;
  line.type = take(rest, ' ');
  take(rest, ' ');
  line.super = rest;
  return line;
}

std::string unescape(std::string_view field) {
  std::string plain;
  for (std::size_t i = 0; i < field.size(); ++i) {
    unsigned code = 0;
    const bool escaped =
        field[i] == '\\' && i + 3 < field.size() && std::from_chars(&field[i + 1], &field[i + 4], code, 8).ptr == &field[i + 4];
    plain += escaped ? static_cast<char>(code) : field[i];
    if (escaped) i += 3;
  }
  return plain;
}

}  // namespace mountinfo
