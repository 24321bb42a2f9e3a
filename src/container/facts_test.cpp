#include "container/facts.h"

#include <catch2/catch.hpp>

TEST_CASE("facts: Linux before 5.14 is refused") {
  plan::HostFacts facts;
  CHECK(container::read_release("6.12.3-amd64", facts));
  CHECK(facts.kernel_major == 6);
  CHECK(facts.kernel_minor == 12);
  CHECK(container::read_release("5.14.0-rc1", facts));
  const auto old = container::read_release("5.13.19", facts);
  REQUIRE_FALSE(old);
  CHECK(old.error().what == "Linux 5.13.19 is too old");
  CHECK_FALSE(container::read_release("4.18.0-553.el8", facts));
}
