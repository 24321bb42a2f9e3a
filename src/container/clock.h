// container/clock.h: the time as RFC 3339 has it. clock_gettime(2).
#pragma once
#include <cstdint>
#include <string>

namespace container {

// Now in UTC, nanoseconds with trailing zeros trimmed: "2026-11-24T00:19:23.522426583Z". By calendar arithmetic: gmtime_r(3) reads
// the time zone's file.
std::string now_rfc3339();
std::string rfc3339(std::int64_t seconds, std::int64_t nanoseconds);

}  // namespace container
