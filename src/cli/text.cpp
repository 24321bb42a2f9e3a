#include "cli/text.h"

#include "sys/file.h"

namespace cli {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void append_hex(std::string& out, std::string_view prefix, unsigned value, int digits) {
  out.append(prefix);
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out.push_back(kHex[value >> shift & 15U]);
}

unsigned byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

// U+0080 to U+009F: terminals take them for control sequences.
bool is_c1_control(std::string_view character) {
  return character.size() == 2 && byte_at(character, 0) == 0xC2 && byte_at(character, 1) < 0xA0;
}

char short_escape(char c) {
  switch (c) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\v':
      return 'v';
    case '"':
      return '"';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

// Control characters, and bytes that are no UTF-8, in words.
void append_printable(std::string& out, std::string_view character, bool valid) {
  const unsigned first = byte_at(character, 0);
  if (!valid || first < 0x20 || first == 0x7F)
    append_hex(out, "\\x", first, 2);
  else if (is_c1_control(character))
    append_hex(out, "\\u", byte_at(character, 1), 4);
  else
    out.append(character);
}

// `act(character, valid)`: one UTF-8 character, or one byte that begins none.
template <class Act>
void for_each_character(std::string_view text, Act act) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    act(character, length > 0);
    text.remove_prefix(character.size());
  }
}

}  // namespace

std::size_t character_length(std::string_view text) {
  if (text.empty()) return 0;
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xC0U) != 0x80) return 0;
  const unsigned second = byte_at(text, 1);
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) || (first == 0xF0 && second < 0x90) ||
      (first == 0xF4 && second >= 0x90))
    return 0;
  return length;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for_each_character(text, [&out](std::string_view character, bool valid) {
    if (const char escape = short_escape(character[0]); escape != 0)
      out.append({'\\', escape});
    else
      append_printable(out, character, valid);
  });
  return out += '"';
}

std::string printable(std::string_view text) {
  std::string out;
  for_each_character(text, [&out](std::string_view character, bool valid) {
    if (character == "\n" || character == "\t")
      out.append(character);
    else
      append_printable(out, character, valid);
  });
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for_each_character(text, [&out](std::string_view character, bool valid) {
    const unsigned first = byte_at(character, 0);
    if (!valid)
      out.append("\\ufffd");
    else if (first == '"' || first == '\\')
      out.append({'\\', character[0]});
    else if (first == '\n' || first == '\r' || first == '\t')
      out.append({'\\', short_escape(character[0])});
    else if (first < 0x20 || first == '<' || first == '>' || first == '&')
      append_hex(out, "\\u", first, 4);
    else if (character == "\u2028" || character == "\u2029")
      append_hex(out, "\\u", 0x2000 | (byte_at(character, 2) & 0x3FU), 4);
    else
      out.append(character);
  });
  return out += '"';
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Result<> print(std::string_view text) {
  while (!text.empty()) text.remove_prefix(TRY_DOING("write /dev/stdout", sys::write(1, text)));
  return {};
}

}  // namespace cli
