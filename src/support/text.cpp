#include "support/text.h"

#include <algorithm>
#include <vector>

namespace text {
namespace {

constexpr std::size_t kLongestQuote = 200;
constexpr char kHex[] = "0123456789abcdef";

void append_unicode_escape(std::string& out, unsigned char byte) {
  out.append("\\u00");
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

void append_escaped(std::string& out, char letter) {
  switch (letter) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(letter);
  if (byte < 0x20 || byte == 0x7f)
    append_unicode_escape(out, byte);
  else
    out.push_back(letter);
}

bool continues_a_character(char letter) { return (static_cast<unsigned char>(letter) & 0xc0) == 0x80; }

}  // namespace

std::string quote(std::string_view text) {
  std::size_t shown = text.size();
  if (shown > kLongestQuote)
    for (shown = kLongestQuote; shown > 0 && continues_a_character(text[shown]);) --shown;
  std::string out = "\"";
  for (const char letter : text.substr(0, shown)) append_escaped(out, letter);
  if (shown < text.size()) out.append("...");
  out.push_back('"');
  return out;
}

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out.push_back('"');
  for (const char letter : text) append_escaped(out, letter);
  out.push_back('"');
  return out;
}

void append_pointer(std::string& pointer, std::string_view part) {
  pointer.push_back('/');
  for (const char letter : part) {
    if (letter == '~')
      pointer.append("~0");
    else if (letter == '/')
      pointer.append("~1");
    else
      pointer.push_back(letter);
  }
}

std::optional<std::uint64_t> parse_unsigned(std::string_view digits, std::uint64_t max) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char letter : digits) {
    if (letter < '0' || letter > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(letter - '0');
    if (digit > max || value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::string clean_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string clean;
  for (const std::string_view part : parts) clean.append("/").append(part);
  return clean.empty() ? "/" : clean;
}

bool leads_below(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

std::string indent_json(std::string_view compact, std::string_view indent) {
  std::string out;
  out.reserve(compact.size() * 2);
  std::size_t depth = 0;
  const auto new_line = [&] {
    out.push_back('\n');
    for (std::size_t level = 0; level < depth; ++level) out.append(indent);
  };
  bool in_string = false;
  for (std::size_t at = 0; at < compact.size(); ++at) {
    const char letter = compact[at];
    if (in_string) {
      out.push_back(letter);
      if (letter == '\\' && at + 1 < compact.size())
        out.push_back(compact[++at]);
      else if (letter == '"')
        in_string = false;
      continue;
    }
    switch (letter) {
      case '"':
        in_string = true, out.push_back(letter);
        break;
      case '{':
      case '[':
        out.push_back(letter);
        if (at + 1 < compact.size() && (compact[at + 1] == '}' || compact[at + 1] == ']'))
          out.push_back(compact[++at]);
        else
          ++depth, new_line();
        break;
      case '}':
      case ']':
        --depth, new_line(), out.push_back(letter);
        break;
      case ',':
        out.push_back(letter), new_line();
        break;
      case ':':
        out.append(": ");
        break;
      case ' ':
      case '\t':
      case '\n':
        break;
      default:
        out.push_back(letter);
        break;
    }
  }
  return out;
}

}  // namespace text
