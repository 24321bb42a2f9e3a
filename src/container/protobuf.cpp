// Pure: letters in, letters out.
#include "container/protobuf.h"

namespace container::protobuf {
namespace {

enum WireType : unsigned { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

bool take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) return false;
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool take_bytes(std::string_view& bytes, std::uint64_t size, std::string_view& taken) {
  if (size > bytes.size()) return false;
  taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

void Writer::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

Writer& Writer::number(unsigned field, std::int64_t value) {
  varint(std::uint64_t{field} << 3 | kVarint);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

Writer& Writer::text(unsigned field, std::string_view value) {
  varint(std::uint64_t{field} << 3 | kLength);
  varint(value.size());
  bytes_ += value;
  return *this;
}

bool read(std::string_view bytes, const std::function<void(const Field&)>& each) {
  while (!bytes.empty()) {
    std::uint64_t key = 0, size = 0;
    if (!take_varint(bytes, key)) return false;
    Field field{static_cast<unsigned>(key >> 3)};
    switch (key & 7) {
      case kVarint:
        if (!take_varint(bytes, field.value)) return false;
        break;
      case kLength:
        if (!take_varint(bytes, size) || !take_bytes(bytes, size, field.bytes)) return false;
        break;
      case kFixed64:
      case kFixed32:  // none of CRIU's, but a newer one may have some: passed over
        if (!take_bytes(bytes, (key & 7) == kFixed64 ? 8 : 4, field.bytes)) return false;
        break;
      default:
        return false;
    }
    each(field);
  }
  return true;
}

}  // namespace container::protobuf
