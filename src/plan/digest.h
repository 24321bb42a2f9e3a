// plan/digest.h: BLAKE2b (RFC 7693), unkeyed, 32 bytes out. A cached filter is used for the profile whose digest names it, so two
// profiles must never share one: a checksum would let the writer of a lax profile prepare the filter of a strict one.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace plan {

class Digest {
 public:
  Digest();
  void add(std::string_view bytes);
  // With its length before it: ("ab", "c") and ("a", "bc") differ.
  void add_text(std::string_view text) {
    add_number(text.size());
    add(text);
  }
  void add_number(std::uint64_t number);
  std::string hex();  // 64 digits; ends the digest

 private:
  void compress(bool last);

  std::array<std::uint64_t, 8> state_{};
  std::array<unsigned char, 128> block_{};
  std::size_t used_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace plan
