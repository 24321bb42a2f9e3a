#include <catch2/catch.hpp>

#include "config/read.h"

using config::locate;

namespace config {
static bool operator==(const Position& one, const Position& other) { return one.line == other.line && one.column == other.column; }
static std::ostream& operator<<(std::ostream& out, const Position& at) { return out << at.line << ":" << at.column; }
}  // namespace config

namespace {

constexpr std::string_view kText =
    "{\n"
    "  \"a/b\": {\"~\": 1, \"k\\u00e9y\": [true, \"x,]}\", {\"deep\": null}]},\n"
    "\t\"empty\": {},  \"\": 5,\n"
    "  \"twice\": 1, \"twice\": 2\n"
    "}";

}  // namespace

TEST_CASE("locate: the empty pointer is the document's value") {
  CHECK(locate("  \n {}", "") == config::Position{2, 2});
  CHECK(locate(kText, "") == config::Position{1, 1});
}

TEST_CASE("locate: names, escapes and indices lead to the value's first byte") {
  CHECK(locate(kText, "/a~1b") == config::Position{2, 10});
  CHECK(locate(kText, "/a~1b/~0") == config::Position{2, 16});
  CHECK(locate(kText, "/a~1b/k\xc3\xa9y/0") == config::Position{2, 32});
  CHECK(locate(kText, "/a~1b/k\xc3\xa9y/1") == config::Position{2, 38});
  CHECK(locate(kText, "/a~1b/k\xc3\xa9y/2/deep") == config::Position{2, 55});
  CHECK(locate(kText, "/") == config::Position{3, 20});
}

TEST_CASE("locate: escapes of every length are the letters that they stand for") {
  constexpr std::string_view text = R"({"\u0041\n":1,"\u00e9":2,"\u20ac":3,"\ud83d\ude00":4})";
  CHECK(locate(text, "/A\n") == config::Position{1, 13});
  CHECK(locate(text, "/\xc3\xa9") == config::Position{1, 24});
  CHECK(locate(text, "/\xe2\x82\xac") == config::Position{1, 35});
  CHECK(locate(text, "/\xf0\x9f\x98\x80") == config::Position{1, 52});
}

TEST_CASE("locate: of a duplicate property the last is meant") { CHECK(locate(kText, "/twice") == config::Position{4, 24}); }

TEST_CASE("locate: a place that is missing is shown as its parent") {
  CHECK(locate(kText, "/empty/cwd") == config::Position{3, 11});
  CHECK(locate(kText, "/a~1b/k\xc3\xa9y/7/x") == config::Position{2, 31});
  CHECK(locate(kText, "/nothing/at/all") == config::Position{1, 1});
  CHECK(locate(kText, "/a~1b/~0/x") == config::Position{2, 16});
  CHECK(locate(kText, "/a~1b/k\xc3\xa9y/-1") == config::Position{2, 31});
}

TEST_CASE("locate: a text without any value has no place") {
  CHECK(locate("", "/a") == config::Position{0, 0});
  CHECK(locate(" \n", "") == config::Position{0, 0});
}

TEST_CASE("locate: damaged text does no harm") {
  for (std::size_t length = 0; length <= kText.size(); ++length)
    for (const char* pointer : {"/a~1b/k\xc3\xa9y/2/deep", "/twice", "/empty/x", ""}) locate(kText.substr(0, length), pointer);
  for (const char* text : {"]", "}", "{\"a\"", "{\"a\":", "{\"a\":\"\\", "{\"\\u", "{\"\\ud800\\u\":1}", "[", "[,", "[[[[", "{,}",
                           "\"", ":", "{\"a\":}"})
    for (const char* pointer : {"/a", "/0", "/a/b", "/0/0/0"}) locate(text, pointer);
  SUCCEED();
}

TEST_CASE("locate: two million brackets are walked, not climbed") {
  const std::string text = "{\"x\":" + std::string(2000000, '[') + "}";
  CHECK(locate(text, "/x") == config::Position{1, 6});
  CHECK(locate(text, "/y") == config::Position{1, 1});
}
