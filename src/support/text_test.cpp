#include "support/text.h"

#include <catch2/catch.hpp>

TEST_CASE("text: a quoted name cannot move the reader's cursor") {
  CHECK(text::quote("a b") == "\"a b\"");
  CHECK(text::quote("a\x1b[2J\n\"") == "\"a\\u001b[2J\\n\\\"\"");
}

TEST_CASE("text: a long name is cut between two characters") {
  const std::string name = std::string(199, 'x') + "\xc3\xa4" + std::string(50, 'y');
  CHECK(text::quote(name) == "\"" + std::string(199, 'x') + "...\"");
}

TEST_CASE("text: a JSON pointer escapes the two letters that mean something in it") {
  CHECK(text::pointer("/linux/sysctl", "net/ipv4~x") == "/linux/sysctl/net~1ipv4~0x");
  CHECK(text::pointer("/mounts", 3, "options", 0U) == "/mounts/3/options/0");
  CHECK(text::pointer("") == "");
}

TEST_CASE("text: numbers are digits, all of them, and nothing else") {
  CHECK(text::parse_unsigned("0", 10) == 0);
  CHECK(text::parse_unsigned("18446744073709551615", ~std::uint64_t{0}) == ~std::uint64_t{0});
  CHECK_FALSE(text::parse_unsigned("18446744073709551616", ~std::uint64_t{0}));
  CHECK(text::parse_unsigned("4294967294", 4294967294) == 4294967294);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "4294967295"})
    CHECK_FALSE(text::parse_unsigned(bad, 4294967294));
  CHECK(text::parse_unsigned("3", 3) == 3);
  CHECK_FALSE(text::parse_unsigned("4", 3));
}

TEST_CASE("text: a path is cleaned by letters and never leaves the root") {
  CHECK(text::clean_path("/proc/../sys//fs/./cgroup/") == "/sys/fs/cgroup");
  CHECK(text::clean_path("../../etc") == "/etc");
  CHECK(text::clean_path("") == "/");
  for (const char* below : {"a", "a/b.c", "...", "a/..b"}) CHECK(text::leads_below(below));
  for (const char* not_below : {"", "/a", "a/", "a//b", "..", "a/../b", "./a"}) CHECK_FALSE(text::leads_below(not_below));
  CHECK(text::clean_path("/..") == "/");
}

TEST_CASE("text: JSON is spread over lines, strings are left alone") {
  CHECK(text::indent_json(R"({"a":[1,"b,:{"],"c":{},"d":[]})", "\t") ==
        "{\n\t\"a\": [\n\t\t1,\n\t\t\"b,:{\"\n\t],\n\t\"c\": {},\n\t\"d\": []\n}");
}

TEST_CASE("text: a JSON string escapes what JSON wants escaped") {
  CHECK(text::json_string("a\"\\\x01\t/") == R"("a\"\\\u0001\t/")");
}
