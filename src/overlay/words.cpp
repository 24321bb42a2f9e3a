#include "overlay/words.h"

#include <cstddef>
#include <limits>

#include "support/text.h"

namespace overlay {
namespace {

constexpr std::size_t kMostStrings = 1000;

class Reader {
  std::string_view rest_;

  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n' || rest_[0] == '\r')) rest_.remove_prefix(1);
  }

  std::optional<unsigned> hexadecimal() {  // four digits
    if (rest_.size() < 4) return {};
    unsigned value = 0;
    for (const char digit : rest_.substr(0, 4)) {
      const char low = static_cast<char>(digit | 0x20);
      if (digit >= '0' && digit <= '9')
        value = value * 16 + static_cast<unsigned>(digit - '0');
      else if (low >= 'a' && low <= 'f')
        value = value * 16 + static_cast<unsigned>(low - 'a' + 10);
      else
        return {};
    }
    rest_.remove_prefix(4);
    return value;
  }

  // \uXXXX with its second half where it is a surrogate; as UTF-8.
  bool code_point(std::string& out) {
    const auto first = hexadecimal();
    if (!first || *first == 0 || (*first >= 0xdc00 && *first < 0xe000)) return false;
    unsigned point = *first;
    if (point >= 0xd800 && point < 0xdc00) {
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      const auto second = hexadecimal();
      if (!second || *second < 0xdc00 || *second >= 0xe000) return false;
      point = 0x10000 + ((point - 0xd800) << 10) + (*second - 0xdc00);
    }
    const auto tail = [&out, point](unsigned shift) { out.push_back(static_cast<char>(0x80 | (point >> shift & 0x3f))); };
    if (point < 0x80) return out.push_back(static_cast<char>(point)), true;
    if (point < 0x800) return out.push_back(static_cast<char>(0xc0 | point >> 6)), tail(0), true;
    if (point < 0x10000) return out.push_back(static_cast<char>(0xe0 | point >> 12)), tail(6), tail(0), true;
    return out.push_back(static_cast<char>(0xf0 | point >> 18)), tail(12), tail(6), tail(0), true;
  }

  bool escape(std::string& out) {
    if (rest_.empty()) return false;
    constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    const char letter = rest_[0];
    rest_.remove_prefix(1);
    if (letter == 'u') return code_point(out);
    const std::size_t index = from.find(letter);
    if (index == std::string_view::npos) return false;
    out.push_back(to[index]);
    return true;
  }

 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(char letter) {
    skip_blanks();
    if (!rest_.starts_with(letter)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  bool string(std::string& out) {
    if (!take('"')) return false;
    while (!rest_.empty()) {
      const char letter = rest_[0];
      rest_.remove_prefix(1);
      if (letter == '"') return true;
      if (static_cast<unsigned char>(letter) < 0x20) return false;
      if (letter != '\\')
        out.push_back(letter);
      else if (!escape(out))
        return false;
    }
    return false;
  }
};

}  // namespace

std::optional<std::vector<std::string>> read_string_list(std::string_view text) {
  Reader reader(text);
  std::vector<std::string> list;
  if (!reader.take('[')) return {};
  if (reader.take(']')) return reader.at_end() ? std::optional(list) : std::nullopt;
  do {
    if (list.size() == kMostStrings || !reader.string(list.emplace_back())) return {};
  } while (reader.take(','));
  if (!reader.take(']') || !reader.at_end()) return {};
  return list;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  constexpr std::string_view units = "kmgt";
  constexpr std::uint64_t most = std::uint64_t{1} << 63;
  unsigned shift = 0;
  if (!text.empty()) {
    const std::size_t unit = units.find(static_cast<char>(text.back() | 0x20));
    if (unit != std::string_view::npos) shift = 10 * (static_cast<unsigned>(unit) + 1), text.remove_suffix(1);
  }
  const auto number = text::parse_unsigned(text, most >> shift);
  if (!number) return {};
  return *number << shift;
}

}  // namespace overlay
