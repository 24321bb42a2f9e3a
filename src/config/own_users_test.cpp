#include "config/own_users.h"

#include <catch2/catch.hpp>

namespace {
std::string lines(const std::vector<config::IdMapping>& maps) {
  std::string text;
  for (const config::IdMapping& map : maps)
    text += std::to_string(map.container_id) + ' ' + std::to_string(map.host_id) + ' ' + std::to_string(map.size) + ';';
  return text;
}
config::Spec of_user(std::uint32_t uid, std::uint32_t gid) {
  config::Spec spec;
  spec.process.emplace().user = {};
  spec.process->user.uid = uid;
  spec.process->user.gid = gid;
  return spec;
}
}  // namespace

TEST_CASE("own users: subordinate ids by name or number, the first line that makes sense") {
  const std::string_view table = "other:1:5\nann:x:1\nann:200000:0\nann:200000:65536\n1000:300000:10\nann:1:1\n";
  const auto by_name = config::find_subordinate(table, "ann", 7), by_number = config::find_subordinate(table, "", 1000);
  REQUIRE(by_name);
  CHECK((by_name->first == 200000 && by_name->count == 65536));
  REQUIRE(by_number);
  CHECK((by_number->first == 300000 && by_number->count == 10));
  CHECK_FALSE(config::find_subordinate(table, "nobody", 9));
  CHECK_FALSE(config::find_subordinate("ann:4294967290:100\n", "ann", 7));
  CHECK_FALSE(config::find_subordinate("", "ann", 7));
  CHECK_FALSE(config::find_subordinate(":1:2\n", "", 7));
}

TEST_CASE("own users: a name for a number") {
  CHECK(config::find_user_name("root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:\n", 1000) == "ann");
  CHECK(config::find_user_name("root:x:0:0", 1000).empty());
  CHECK(config::find_user_name("root:x", 0).empty());
}

TEST_CASE("own users: the process's user is the caller, all others are subordinate; without these there is root alone") {
  config::Spec spec = of_user(0, 0);
  add_user_namespace(spec, {1000, 100, config::SubordinateIds{200000, 65536}, config::SubordinateIds{300000, 10}});
  REQUIRE(spec.linux_.find_namespace("user") != nullptr);
  CHECK(lines(spec.linux_.uid_mappings) == "0 1000 1;1 200000 65536;");
  CHECK(lines(spec.linux_.gid_mappings) == "0 100 1;1 300000 10;");

  spec = of_user(1000, 20);
  add_user_namespace(spec, {1000, 100, config::SubordinateIds{200000, 65536}, config::SubordinateIds{300000, 10}});
  CHECK(lines(spec.linux_.uid_mappings) == "0 200000 1000;1000 1000 1;1001 201000 64536;");
  CHECK(lines(spec.linux_.gid_mappings) == "0 300000 10;20 100 1;");

  spec = of_user(7, 7);
  add_user_namespace(spec, {1000, 100, {}, {}});
  CHECK(lines(spec.linux_.uid_mappings) == "0 1000 1;");
  CHECK(lines(spec.linux_.gid_mappings) == "0 100 1;");
}

TEST_CASE("own users: what the config says stays") {
  config::Spec spec = of_user(0, 0);
  spec.linux_.uid_mappings = {{0, 5, 1}};
  add_user_namespace(spec, {1000, 100, {}, {}});
  CHECK(lines(spec.linux_.uid_mappings) == "0 5 1;");
  CHECK(lines(spec.linux_.gid_mappings) == "0 100 1;");
  spec = of_user(0, 0);
  spec.linux_.namespaces = {{"user", "/proc/1/ns/user"}};
  add_user_namespace(spec, {1000, 100, {}, {}});
  CHECK(spec.linux_.namespaces.size() == 1);
  CHECK(spec.linux_.uid_mappings.empty());
}
