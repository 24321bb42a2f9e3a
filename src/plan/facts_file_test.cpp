#include <catch2/catch.hpp>

#include "plan/facts_file.h"

TEST_CASE("facts: a file with everything") {
  const auto facts = plan::read_facts(R"({"kernel": "6.1", "euid": 5, "rootless": true, "permittedCapabilities": "1ff",
    "cgroup": {"mode": "v2", "hierarchies": [{"controllers": "", "mountPoint": "/sys/fs/cgroup", "ownPath": "/a"}], "v2Controllers": ["cpu"]},
    "selinux": true, "hasKcore": false, "hugepageSizes": [2097152],
    "resctrl": {"mountPoint": "/r", "l3": true, "mb": false}})");
  REQUIRE(facts);
  CHECK(facts->kernel_major == 6);
  CHECK(facts->kernel_minor == 1);
  CHECK(facts->euid == 5);
  CHECK(facts->rootless);
  CHECK(facts->permitted_capabilities == 0x1ff);
  CHECK(facts->cgroup.mode == plan::CgroupLayout::Mode::v2);
  CHECK(facts->cgroup.hierarchies.at(0).own_path == "/a");
  CHECK_FALSE(facts->has_kcore);
  CHECK(facts->resctrl.mount_point == "/r");
  CHECK(facts->resctrl.l3);
  CHECK_FALSE(facts->resctrl.mb);
  CHECK(facts->last_capability == 40);  // missing: HostFacts' own value
}

TEST_CASE("facts: what is wrong is told with its place") {
  const auto pointer = [](std::string_view text) {
    const auto facts = plan::read_facts(text);
    return facts ? "accepted" : facts.error().pointer;
  };
  CHECK(pointer(R"({"kernel": "six"})") == "/kernel");
  CHECK(pointer(R"({"euid": -1})") == "/euid");
  CHECK(pointer(R"({"euid": 4294967296})") == "/euid");
  CHECK(pointer(R"({"rootless": 1})") == "/rootless");
  CHECK(pointer(R"({"cgroup": {"mode": "v3"}})") == "/cgroup/mode");
  CHECK(pointer(R"({"unknown": 1})") == "/unknown");
  CHECK(pointer(R"({"resctrl": {"l4": true}})") == "/resctrl/l4");
  CHECK(pointer(R"({"permittedCapabilities": "xyz"})") == "/permittedCapabilities");
  CHECK(pointer("[]").empty());
  CHECK(pointer("{").empty());
}
