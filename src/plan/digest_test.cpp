#include "plan/digest.h"

#include <catch2/catch.hpp>

namespace {

std::string digest(std::string_view bytes) {
  plan::Digest sum;
  sum.add(bytes);
  return sum.hex();
}

}  // namespace

TEST_CASE("digest: agrees with other implementations of BLAKE2b-256") {
  CHECK(digest("") == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  CHECK(digest("abc") == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  CHECK(digest(std::string(128, 'x')) == "164ffb7089bae6f5a62fb0795e751dc9e88eac92e1a5b2fafe93a25abf2d9c3b");
  CHECK(digest(std::string(1000, 'y')) == "31068c31698fb659449d56bfca789cfa63529ac640b514dee3bac0b8a3da9248");
}

TEST_CASE("digest: pieces make the same digest as the whole, texts keep their borders") {
  plan::Digest pieces;
  for (int index = 0; index < 1000; ++index) pieces.add("y");
  CHECK(pieces.hex() == digest(std::string(1000, 'y')));
  plan::Digest one, other;
  one.add_text("ab"), one.add_text("c");
  other.add_text("a"), other.add_text("bc");
  CHECK(one.hex() != other.hex());
}
