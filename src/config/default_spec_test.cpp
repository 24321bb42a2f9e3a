#include <catch2/catch.hpp>

#include "config/read.h"

using config::DefaultSpecOptions;

TEST_CASE("default spec: reads and is valid, with and without privileges, with and without a cgroup namespace") {
  for (const bool rootless : {false, true})
    for (const bool cgroup : {false, true}) {
      const auto spec = config::read_spec(config::default_spec({rootless, 1000, 1001, cgroup}));
      REQUIRE(spec);
      CHECK(config::validate(*spec));
      CHECK((spec->linux_.find_namespace("cgroup") != nullptr) == cgroup);
      CHECK((spec->linux_.find_namespace("user") != nullptr) == rootless);
      CHECK((spec->linux_.find_namespace("network") != nullptr) != rootless);
      CHECK(spec->linux_.resources.has_value() != rootless);
    }
}

TEST_CASE("default spec: the layout that scripts edit: tabs, one element a line, no final newline") {
  const std::string text = config::default_spec({});
  CHECK(text.starts_with(
      "{\n\t\"ociVersion\": \"1.3.0\",\n\t\"process\": {\n\t\t\"terminal\": true,\n\t\t\"user\": {\n\t\t\t\"uid\": 0,"));
  CHECK(text.find("\t\"hostname\": \"minc-oci\",\n") != std::string::npos);
  CHECK(text.find("\t\t{\n\t\t\t\"destination\": \"/proc\",\n\t\t\t\"type\": \"proc\",\n\t\t\t\"source\": \"proc\"\n\t\t},\n") !=
        std::string::npos);
  CHECK(text.find("\"ambient\"") == std::string::npos);
  CHECK(text.ends_with("\"/proc/sysrq-trigger\"\n\t\t]\n\t}\n}"));
  CHECK(text.find('@') == std::string::npos);
}

TEST_CASE("default spec: rootless maps the caller to root and keeps off what needs more ids") {
  const auto spec = config::read_spec(config::default_spec({true, 1000, 1001, false}));
  REQUIRE(spec);
  CHECK(spec->linux_.uid_mappings == std::vector<config::IdMapping>{{0, 1000, 1}});
  CHECK(spec->linux_.gid_mappings == std::vector<config::IdMapping>{{0, 1001, 1}});
  CHECK(spec->mounts[2].options == std::vector<std::string>{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"});
  CHECK(spec->mounts[5].source == "/sys");
  CHECK(spec->mounts[5].type == "none");
  CHECK(spec->linux_.namespaces.back().type == "user");
}
