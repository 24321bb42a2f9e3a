#include "cli/sizes.h"

#include <catch2/catch.hpp>

using namespace cli;

TEST_CASE("sizes: bytes with a suffix") {
  CHECK(*parse_bytes("4096") == 4096);
  CHECK(*parse_bytes("50M") == 50LL << 20);
  CHECK(*parse_bytes("1.5g") == 3LL << 29);
  CHECK(*parse_bytes("2 KiB") == 2048);
  CHECK(*parse_bytes("3tb") == 3LL << 40);
  CHECK(*parse_bytes("7b") == 7);
  CHECK(*parse_bytes("9007199254740993") == 9007199254740993);  // no double holds it
  CHECK(parse_bytes("xx").error().what == "invalid size: 'xx'");
  CHECK(parse_bytes("").error().what == "invalid size: ''");
  CHECK(parse_bytes("-5").error().what == "invalid size: '-5'");
  CHECK(parse_bytes("5x").error().what == "invalid suffix: 'x'");
  CHECK(parse_bytes("5kbb").error().what == "invalid suffix: 'kbb'");
  CHECK(!parse_bytes("9999999p"));
  CHECK(!parse_bytes("1e5"));
}

TEST_CASE("sizes: integers of Go's flag package have a prefix for their base") {
  CHECK(*parse_flag_int("12") == 12);
  CHECK(*parse_flag_int("0") == 0);
  CHECK(*parse_flag_int("-0x10") == -16);
  CHECK(*parse_flag_int("0o17") == 15);
  CHECK(*parse_flag_int("017") == 15);
  CHECK(*parse_flag_int("+0b101") == 5);
  CHECK(*parse_flag_int("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  for (const char* word : {"", "-", "+", "0x", "08", "--1", "+-1", "1_0", "0x-1", " 1", "1 "})
    CHECK(parse_flag_int(word).error().what == "strconv.ParseInt: parsing \"" + std::string(word) + "\": invalid syntax");
  CHECK(parse_flag_int("9223372036854775808").error().what.ends_with("value out of range"));
}

TEST_CASE("sizes: numbers in Go's words") {
  CHECK(*parse_int("-1") == -1);
  CHECK(*parse_int("+7") == 7);
  CHECK(*parse_uint("18446744073709551615") == 18446744073709551615U);
  CHECK(parse_int("a").error().what == "strconv.ParseInt: parsing \"a\": invalid syntax");
  CHECK(parse_int("9223372036854775808").error().what == "strconv.ParseInt: parsing \"9223372036854775808\": value out of range");
  CHECK(parse_uint("-1").error().what == "strconv.ParseUint: parsing \"-1\": invalid syntax");
  CHECK(!parse_int("+-1"));
  CHECK(!parse_int(""));
  CHECK(!parse_int("1 "));
}
