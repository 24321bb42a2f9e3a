// support/text.h: small helpers for words: quoting for people, JSON pointers (RFC 6901), strict numbers, lexical paths,
// indentation.
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace text {

// "x" for a message: in double quotes, control characters escaped (a name must not move the reader's cursor), cut after 200 bytes.
std::string quote(std::string_view text);
// A JSON string literal of valid UTF-8 `text`, quotes included. As Go's encoder without HTML escaping writes it.
std::string json_string(std::string_view text);

// Appends "/part" with '~' and '/' escaped.
void append_pointer(std::string& pointer, std::string_view part);
inline void append_pointer(std::string& pointer, std::integral auto index) { pointer.append("/").append(std::to_string(index)); }
// pointer("/mounts", 3, "options", 0) = "/mounts/3/options/0". `base` is a pointer already.
template <class... Parts>
std::string pointer(std::string_view base, const Parts&... parts) {
  std::string whole(base);
  (append_pointer(whole, parts), ...);
  return whole;
}

// The one parser for numbers: decimal digits only, the whole string, no sign, no blank, at most `max`.
std::optional<std::uint64_t> parse_unsigned(std::string_view digits, std::uint64_t max);

// An absolute path in its shortest spelling, by letters only: relative ones count from "/", ".." stops at "/", no final slash.
std::string clean_path(std::string_view path);
// Names between slashes and nothing else: neither absolute nor empty, no ".", no ".." and no two slashes.
bool leads_below(std::string_view path);

// Compact JSON, which must be well-formed, spread over lines as Go's json.MarshalIndent does; no final newline.
std::string indent_json(std::string_view compact, std::string_view indent);

}  // namespace text
