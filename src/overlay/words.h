// overlay/words.h: the two small notations inside an annotation's text: a list of strings and a size. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overlay {

// A JSON array of strings and nothing else; escapes as in RFC 8259. Nothing for any other text, for a NUL in a string and for more
// than 1000 of them.
std::optional<std::vector<std::string>> read_string_list(std::string_view text);

// "512m": decimal digits and at most one letter k, m, g or t (either case), powers of 1024. Nothing for what is none or over 2^63.
std::optional<std::uint64_t> read_size(std::string_view text);

}  // namespace overlay
