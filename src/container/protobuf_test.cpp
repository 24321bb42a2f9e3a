#include "container/protobuf.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace container::protobuf;

TEST_CASE("protobuf: numbers, texts and messages within messages are written as the format has them") {
  using namespace std::literals;
  CHECK(Writer().number(1, 150).bytes() == "\x08\x96\x01"sv);
  CHECK(Writer().text(2, "testing").bytes() == "\x12\x07testing"sv);
  CHECK(Writer().message(3, Writer().number(1, 150)).bytes() == "\x1a\x03\x08\x96\x01"sv);
  CHECK(Writer().number(38, 0x40000000).bytes() == "\xb0\x02\x80\x80\x80\x80\x04"sv);
  CHECK(Writer().number(1, -1).bytes() == "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
  CHECK(Writer().flag(1, false).bytes().empty());
}

TEST_CASE("protobuf: what was written is read") {
  Writer writer;
  writer.number(1, 6).flag(2, true).message(5, Writer().text(1, "post-restore").number(2, 4711)).number(7, -5);
  std::vector<Field> fields;
  REQUIRE(read(writer.bytes(), [&](const Field& field) { fields.push_back(field); }));
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].number == 1);
  CHECK(fields[0].value == 6);
  CHECK(fields[1].value == 1);
  CHECK(static_cast<std::int32_t>(fields[3].value) == -5);
  std::string script;
  REQUIRE(read(fields[2].bytes, [&](const Field& field) {
    if (field.number == 1) script = field.bytes;
  }));
  CHECK(script == "post-restore");
}

TEST_CASE("protobuf: a message that is cut or damaged is none") {
  const std::string whole = Writer().number(1, 300).text(2, "abc").bytes();
  const auto ignore = [](const Field&) {};
  CHECK(read("", ignore));
  for (std::size_t size = 1; size < whole.size(); ++size)
    if (size != 3) CHECK_FALSE(read(std::string_view(whole).substr(0, size), ignore));  // 3: the end of the first field
  CHECK_FALSE(read("\x0b", ignore));                                                    // a group
  CHECK_FALSE(read("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", ignore));        // a number of more than 64 bits
  CHECK(
      read("\x09"
           "12345678"
           "\x15"
           "1234",
           ignore));
}
