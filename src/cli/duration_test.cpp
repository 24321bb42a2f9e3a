#include "cli/duration.h"

#include <catch2/catch.hpp>

using cli::parse_duration;

TEST_CASE("duration: numbers with units, added up") {
  CHECK(parse_duration("5s") == 5'000'000'000);
  CHECK(parse_duration("100ms") == 100'000'000);
  CHECK(parse_duration("1h2m3.5s") == 3723'500'000'000);
  CHECK(parse_duration("1.5us") == 1500);
  CHECK(parse_duration(".5s") == 500'000'000);
  CHECK(parse_duration("2µs3ns") == 2003);
  CHECK(parse_duration("-1m") == -60'000'000'000);
  CHECK(parse_duration("0") == 0);
  CHECK(parse_duration("0.1234567890123s") == 123'456'789);
}

TEST_CASE("duration: no unit, no number, too much") {
  for (const char* bad : {"", "5", "s", "-", "5 s", "5x", "1s2", ".s", "1.2.3s", "999999999999999999999s", "3000000h"}) {
    INFO(bad);
    CHECK(!parse_duration(bad));
  }
}
