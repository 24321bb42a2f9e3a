#include "container/intel_rdt.h"

#include <catch2/catch.hpp>

namespace {

// The line that `file` does not say, "" = it says all.
std::string unlike(std::string_view file, const std::vector<std::string>& lines, std::uint64_t step = 10) {
  std::vector<plan::RdtPlan::Schema> schemata;
  for (const std::string& line : lines) schemata.push_back({line, ""});
  const auto* schema = container::unlike_rdt(file, schemata, step);
  return schema == nullptr ? "" : schema->line;
}

constexpr char kFile[] = "    MB:0=100;1=30\n    L3:0=000ff;1=fffff\nL2:0=f\n";

}  // namespace

TEST_CASE("intel rdt: schemata are compared by meaning") {
  CHECK(unlike(kFile, {}) == "");
  CHECK(unlike(kFile, {"L3:0=ff;1=fffff", "MB:0=100;1=30"}) == "");
  CHECK(unlike(kFile, {"L3:1=fffff;0=0ff"}) == "");
  CHECK(unlike(kFile, {"L3: 0 = FF "}) == "");
  CHECK(unlike(kFile, {"MB:1=25"}) == "");  // rounded up by the kernel
  CHECK(unlike(kFile, {"MB:1=25"}, 0) == "MB:1=25");
  CHECK(unlike(kFile, {"MB:1=20"}) == "MB:1=20");
}

TEST_CASE("intel rdt: schemata that differ, or that the group does not have") {
  CHECK(unlike(kFile, {"MB:0=100", "L3:0=f"}) == "L3:0=f");
  CHECK(unlike(kFile, {"L3:2=ff"}) == "L3:2=ff");
  CHECK(unlike(kFile, {"L3CODE:0=ff"}) == "L3CODE:0=ff");
  CHECK(unlike(kFile, {"L3"}) == "L3");
  CHECK(unlike("", {"L3:0=ff"}) == "L3:0=ff");
}

TEST_CASE("intel rdt: of two lines about one cache the later is compared") {
  CHECK(unlike(kFile, {"L3:0=1", "L3:0=ff"}) == "");
  CHECK(unlike(kFile, {"L3:0=ff", "L3:0=1"}) == "L3:0=1");
}
