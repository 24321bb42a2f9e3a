// From a JSON pointer to line and column. Runs on errors only, over text that the reader has accepted; other text does no harm.
#include <algorithm>
#include <charconv>

#include "config/read.h"
#include "support/text.h"

namespace config {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80)
    put(code);
  else if (code < 0x800)
    put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  else if (code < 0x10000)
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  else
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
}

// Walks over JSON text without recursion and without storing values.
class Scanner {
  std::string_view text_;
  std::size_t at_ = 0;

  char now() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::uint32_t four_hex_digits() {
    std::uint32_t code = 0;
    const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    at_ += digits.size();
    return code;
  }

  void append_escape(std::string& out) {
    const char letter = now();
    ++at_;
    constexpr std::string_view kShort = "bfnrt", kMeaning = "\b\f\n\r\t";
    if (letter != 'u') {
      const std::size_t known = kShort.find(letter);
      out.push_back(known == kShort.npos ? letter : kMeaning[known]);
      return;
    }
    std::uint32_t code = four_hex_digits();
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(std::min(at_, text_.size())).starts_with("\\u")) {
      at_ += 2;
      code = 0x10000 + ((code - 0xd800) << 10) + (four_hex_digits() - 0xdc00);
    }
    append_utf8(out, code);
  }

 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  void go_to(std::size_t at) { at_ = at; }
  bool at_end() const { return at_ >= text_.size(); }
  void skip_blank() {
    while (!at_end() && (now() == ' ' || now() == '\t' || now() == '\n' || now() == '\r')) ++at_;
  }
  bool take(char letter) {
    skip_blank();
    if (at_end() || now() != letter) return false;
    ++at_;
    return true;
  }
  void skip_string() {
    for (++at_; !at_end() && now() != '"'; ++at_)
      if (now() == '\\') ++at_;
    ++at_;
  }
  std::string string() {
    std::string out;
    for (++at_; !at_end() && now() != '"';) {
      if (now() != '\\')
        out.push_back(text_[at_++]);
      else
        ++at_, append_escape(out);
    }
    ++at_;
    return out;
  }
  bool is_string() const { return now() == '"'; }
  void skip_value() {
    skip_blank();
    std::size_t depth = 0;
    do {
      const char letter = now();
      if (letter == '"') {
        skip_string();
      } else if (letter == '{' || letter == '[') {
        ++depth, ++at_;
      } else if (letter == '}' || letter == ']') {
        if (depth == 0) return;
        --depth, ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {
        while (!at_end() && std::string_view(",]} \t\r\n").find(now()) == std::string_view::npos) ++at_;
      }
    } while (depth > 0 && !at_end());
  }
};

// Where the value of property `key` begins in the object that begins at `start`. Of two the last: it is the one too many.
std::size_t find_property(std::string_view text, std::size_t start, std::string_view key) {
  Scanner scanner(text);
  scanner.go_to(start);
  std::size_t found = kNowhere;
  if (!scanner.take('{')) return found;
  do {
    scanner.skip_blank();
    if (!scanner.is_string()) break;
    const bool wanted = scanner.string() == key;
    if (!scanner.take(':')) break;
    scanner.skip_blank();
    if (wanted && !scanner.at_end()) found = scanner.at();
    scanner.skip_value();
  } while (scanner.take(','));
  return found;
}

std::size_t find_element(std::string_view text, std::size_t start, std::string_view part) {
  Scanner scanner(text);
  scanner.go_to(start);
  const auto index = text::parse_unsigned(part, text.size());
  if (!index || !scanner.take('[')) return kNowhere;
  for (std::uint64_t each = 0;; ++each) {
    scanner.skip_blank();
    if (scanner.at_end()) return kNowhere;
    const std::size_t begin = scanner.at();
    scanner.skip_value();
    if (scanner.at() == begin) return kNowhere;
    if (each == *index) return begin;
    if (!scanner.take(',')) return kNowhere;
  }
}

std::string unescape(std::string_view part) {
  std::string plain;
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] != '~' || at + 1 == part.size())
      plain.push_back(part[at]);
    else
      plain.push_back(part[++at] == '1' ? '/' : '~');
  }
  return plain;
}

}  // namespace

Position locate(std::string_view text, std::string_view pointer) {
  Scanner scanner(text);
  scanner.skip_blank();
  if (scanner.at_end()) return {};
  std::size_t at = scanner.at();
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const std::string part = unescape(pointer.substr(0, end));
    const std::size_t below = text[at] == '[' ? find_element(text, at, part) : find_property(text, at, part);
    if (below == kNowhere) break;  // a missing property: its object
    at = below;
    pointer.remove_prefix(end);
  }
  const std::size_t line_start = text.substr(0, at).rfind('\n');
  const auto lines = static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n'));
  return {lines + 1, line_start == kNowhere ? at + 1 : at - line_start};
}

}  // namespace config
