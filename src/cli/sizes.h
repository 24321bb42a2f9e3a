// cli/sizes.h: numbers of `update` in Go's words, and amounts of memory as docker and runc take them: "50M", "1.5g", "4096".
#pragma once
#include <cstdint>
#include <string_view>

#include "support/result.h"

namespace cli {

// Bytes. Suffixes k m g t p, each 1024 times the one before, in either case, with "b" or "ib" behind if you like; "b" alone.
// Error::what: "invalid size: 'xx'", "invalid suffix: 'xx'".
Result<std::int64_t> parse_bytes(std::string_view word);

// strconv.ParseInt and ParseUint, decimal: `strconv.ParseInt: parsing "x": invalid syntax`.
Result<std::int64_t> parse_int(std::string_view word);
Result<std::uint64_t> parse_uint(std::string_view word);
// ParseInt with base 0, as Go's flag package reads an int: 0x10, 0o20, 020 and 0b10000 too.
Result<std::int64_t> parse_flag_int(std::string_view word);

}  // namespace cli
