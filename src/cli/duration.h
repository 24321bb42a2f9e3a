// cli/duration.h: lengths of time as Go writes them: "5s", "100ms", "1h2m3.5s".
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace cli {

// Nanoseconds; nothing for a word that is no duration or beyond 64 bits. A unit is needed, except with "0".
std::optional<std::int64_t> parse_duration(std::string_view word);

}  // namespace cli
