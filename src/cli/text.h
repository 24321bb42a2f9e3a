// cli/text.h: words between quotes, for messages and for JSON; bytes to standard output.
#pragma once
#include <string>
#include <string_view>

#include "support/result.h"

namespace cli {

// Bytes of the UTF-8 character that `text` begins with, 0 when it begins with none.
std::size_t character_length(std::string_view text);

// As Go's %q: in double quotes; control characters, quotes and bytes that are no UTF-8 escaped.
std::string quoted(std::string_view text);
// For a terminal: newlines and tabs stay, other control characters and bytes that are no UTF-8 are escaped.
std::string printable(std::string_view text);
// As Go's encoding/json: a JSON string that is safe inside HTML too; bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

// The part after the last slash.
std::string_view base_name(std::string_view path);

// All of `text` to standard output, or why not.
Result<> print(std::string_view text);

}  // namespace cli
