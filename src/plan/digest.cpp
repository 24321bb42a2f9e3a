#include "plan/digest.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace plan {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::array<std::uint64_t, 8> kInitial{
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
constexpr unsigned char kOrder[10][16]{
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

using Words = std::array<std::uint64_t, 16>;

[[gnu::always_inline]] inline void mix(Words& v, int a, int b, int c, int d, std::uint64_t x, std::uint64_t y) {
  v[a] += v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], 32);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 24);
  v[a] += v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 63);
}

// Little-endian, whatever the machine.
std::uint64_t load_word(const unsigned char* bytes) {
  std::uint64_t word = 0;
  for (int index = 7; index >= 0; --index) word = word << 8 | bytes[index];
  return word;
}

}  // namespace

Digest::Digest() : state_(kInitial) { state_[0] ^= 0x01010000 ^ kDigestBytes; }

void Digest::compress(bool last) {
  Words message, v;
  for (std::size_t index = 0; index < 16; ++index) message[index] = load_word(block_.data() + 8 * index);
  for (std::size_t index = 0; index < 8; ++index) v[index] = state_[index], v[index + 8] = kInitial[index];
  v[12] ^= total_;
  if (last) v[14] = ~v[14];
  for (int round = 0; round < 12; ++round) {
    const unsigned char* order = kOrder[round % 10];
    for (int column = 0; column < 4; ++column)
      mix(v, column, column + 4, column + 8, column + 12, message[order[2 * column]], message[order[2 * column + 1]]);
    for (int column = 0; column < 4; ++column)
      mix(v, column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12, message[order[2 * column + 8]],
          message[order[2 * column + 9]]);
  }
  for (std::size_t index = 0; index < 8; ++index) state_[index] ^= v[index] ^ v[index + 8];
}

void Digest::add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (used_ == block_.size()) {  // only now: the last block is compressed in another way
      compress(false);
      used_ = 0;
    }
    const std::size_t part = std::min(bytes.size(), block_.size() - used_);
    std::memcpy(block_.data() + used_, bytes.data(), part);
    used_ += part;
    total_ += part;
    bytes.remove_prefix(part);
  }
}

void Digest::add_number(std::uint64_t number) {
  char bytes[8];
  for (int index = 0; index < 8; ++index) bytes[index] = static_cast<char>(number >> (8 * index));
  add({bytes, sizeof bytes});
}

std::string Digest::hex() {
  std::fill(block_.begin() + static_cast<std::ptrdiff_t>(used_), block_.end(), static_cast<unsigned char>(0));
  compress(true);
  std::string text;
  text.reserve(2 * kDigestBytes);
  for (std::size_t index = 0; index < kDigestBytes; ++index) {
    const unsigned byte = static_cast<unsigned>(state_[index / 8] >> (8 * (index % 8))) & 0xff;
    text.push_back("0123456789abcdef"[byte >> 4]);
    text.push_back("0123456789abcdef"[byte & 15]);
  }
  return text;
}

}  // namespace plan
