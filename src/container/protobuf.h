// container/protobuf.h: as much of Protocol Buffers' wire format as CRIU's few messages need: numbers, texts, messages within
// messages. https://protobuf.dev/programming-guides/encoding
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace container::protobuf {

// A message that is being written; fields in any order, repeated ones by writing them again.
class Writer {
  std::string bytes_;
  void varint(std::uint64_t value);

 public:
  // int32, uint32, bool and enumerations. A negative int32 is written with its sign extended, as the format wants it.
  Writer& number(unsigned field, std::int64_t value);
  Writer& flag(unsigned field, bool value) { return value ? number(field, 1) : *this; }  // absent is false
  Writer& text(unsigned field, std::string_view value);
  Writer& message(unsigned field, const Writer& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }
};

// One field of a message that is being read.
struct Field {
  unsigned number = 0;
  std::uint64_t value = 0;      // of a number
  std::string_view bytes = {};  // of a text or a message: a part of what is read
};
// Calls `each` for every field in order. False: `bytes` is no message.
bool read(std::string_view bytes, const std::function<void(const Field&)>& each);

}  // namespace container::protobuf
