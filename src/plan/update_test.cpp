#include "plan/update.h"

#include <catch2/catch.hpp>

#include "config/read.h"

namespace {

config::Resources limits(std::string_view json) { return *config::read_resources(json); }
// "kept | changed", as JSON.
std::string updated(std::string_view old, std::string_view asked) {
  const plan::Update update = plan::update_resources(limits(old), limits(asked));
  return config::write_resources(update.kept) + " | " + config::write_resources(update.changed);
}

// Every property.
const std::string kAll =
    R"({"memory":{"limit":1,"reservation":2,"swap":-1,"kernel":4,"kernelTCP":5,"swappiness":6,"disableOOMKiller":false,"useHierarchy":true,"checkBeforeUpdate":true},)"
    R"("cpu":{"shares":1,"quota":-2,"burst":3,"period":4,"realtimeRuntime":5,"realtimePeriod":6,"cpus":"0-1","mems":"0","idle":1},"pids":{"limit":-1},)"
    R"("blockIO":{"weight":10,"leafWeight":11,"weightDevice":[{"major":8,"minor":0,"weight":12}],)"
    R"("throttleReadBpsDevice":[{"major":8,"minor":1,"rate":1}],"throttleWriteBpsDevice":[{"major":8,"minor":2,"rate":2}],)"
    R"("throttleReadIOPSDevice":[{"major":8,"minor":3,"rate":3}],"throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":18446744073709551615}]},)"
    R"("hugepageLimits":[{"pageSize":"2MB","limit":7}],"network":{"classID":8,"priorities":[{"name":"a\"b","priority":9}]},)"
    R"("rdma":{"mlx":{"hcaHandles":1,"hcaObjects":2}},"unified":{"io.max":"a\nb"}})";

}  // namespace

TEST_CASE("update: what is not asked for stays, and is not written") {
  CHECK(updated(R"({"memory":{"limit":5},"pids":{"limit":7}})", R"({"pids":{"limit":0}})") ==
        R"({"memory":{"limit":5},"pids":{"limit":0}} | {"pids":{"limit":0}})");
  CHECK(updated(R"({"cpu":{"shares":5,"cpus":"0","burst":3,"idle":1}})", R"({"cpu":{"shares":0,"cpus":"","mems":"1"}})") ==
        R"({"cpu":{"shares":5,"burst":3,"cpus":"0","mems":"1","idle":1}} | {"cpu":{"shares":0,"cpus":"","mems":"1"}})");
  CHECK(updated(R"({"pids":{"limit":7}})", "{}") == R"({"pids":{"limit":7}} | {})");
}

TEST_CASE("update: memory and memory+swap go together") {
  CHECK(updated(R"({"memory":{"limit":5,"swap":9}})", R"({"memory":{"limit":6}})") ==
        R"({"memory":{"limit":6,"swap":9}} | {"memory":{"limit":6,"swap":9}})");
  CHECK(updated(R"({"memory":{"limit":5,"swap":9}})", R"({"memory":{"swap":-1}})") ==
        R"({"memory":{"limit":5,"swap":-1}} | {"memory":{"limit":5,"swap":-1}})");
  CHECK(updated(R"({"memory":{"limit":5,"swap":9}})", R"({"memory":{"limit":-1}})") ==
        R"({"memory":{"limit":-1}} | {"memory":{"limit":-1}})");
  CHECK(updated(R"({"memory":{"limit":5,"swap":9}})", R"({"memory":{"limit":-1,"swap":10}})") ==
        R"({"memory":{"limit":-1,"swap":10}} | {"memory":{"limit":-1,"swap":10}})");
  CHECK(updated(R"({"memory":{"limit":5,"swap":9}})", R"({"memory":{"limit":0,"swap":0,"reservation":2}})") ==
        R"({"memory":{"limit":5,"reservation":2,"swap":9}} | {"memory":{"limit":0,"reservation":2,"swap":0}})");
}

TEST_CASE("update: the check before an update is for this one only") {
  CHECK(updated("{}", R"({"memory":{"limit":5,"checkBeforeUpdate":true}})") ==
        R"({"memory":{"limit":5}} | {"memory":{"limit":5,"checkBeforeUpdate":true}})");
}

TEST_CASE("update: one of quota and period takes the other along") {
  CHECK(updated(R"({"cpu":{"quota":5,"period":10}})", R"({"cpu":{"period":20}})") ==
        R"({"cpu":{"quota":5,"period":20}} | {"cpu":{"quota":5,"period":20}})");
  CHECK(updated(R"({"cpu":{"quota":5,"period":10}})", R"({"cpu":{"quota":7}})") ==
        R"({"cpu":{"quota":7,"period":10}} | {"cpu":{"quota":7,"period":10}})");
  CHECK(updated("{}", R"({"cpu":{"quota":-1}})") == R"({"cpu":{"quota":-1}} | {"cpu":{"quota":-1}})");
  CHECK(updated(R"({"cpu":{"quota":5,"period":10}})", R"({"cpu":{"burst":2}})") ==
        R"({"cpu":{"quota":5,"burst":2,"period":10}} | {"cpu":{"burst":2}})");
}

TEST_CASE("update: devices, page sizes, interfaces and files are replaced one by one") {
  CHECK(
      updated(
          R"({"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1},{"major":8,"minor":0,"rate":2}]}})",
          R"({"blockIO":{"weight":0,"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":3},{"major":8,"minor":1,"rate":4}]}})") ==
      R"({"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1},{"major":8,"minor":0,"rate":3},{"major":8,"minor":1,"rate":4}]}} | )"
      R"({"blockIO":{"weight":0,"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":3},{"major":8,"minor":1,"rate":4}]}})");
  CHECK(updated(R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":10,"leafWeight":20}]}})",
                R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":30}]}})") ==
        R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":30,"leafWeight":20}]}} | )"
        R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":30}]}})");
  CHECK(updated(R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":10,"leafWeight":20}]}})",
                R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":30}]}})")
            .starts_with(R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":10,"leafWeight":30}]}} | )"));
  CHECK(updated(R"({"hugepageLimits":[{"pageSize":"2MB","limit":1}],"unified":{"a.b":"1","a.c":"2"}})",
                R"({"hugepageLimits":[{"pageSize":"2MB","limit":2}],"unified":{"a.c":"3","a.d":"4"}})") ==
        R"({"hugepageLimits":[{"pageSize":"2MB","limit":2}],"unified":{"a.b":"1","a.c":"3","a.d":"4"}} | )"
        R"({"hugepageLimits":[{"pageSize":"2MB","limit":2}],"unified":{"a.c":"3","a.d":"4"}})");
  CHECK(updated(R"({"network":{"classID":1,"priorities":[{"name":"lo","priority":1}]},"rdma":{"x":{"hcaHandles":1}}})",
                R"({"network":{"priorities":[{"name":"lo","priority":2}]},"rdma":{"x":{"hcaObjects":3}}})") ==
        R"({"network":{"classID":1,"priorities":[{"name":"lo","priority":2}]},"rdma":{"x":{"hcaObjects":3}}} | )"
        R"({"network":{"priorities":[{"name":"lo","priority":2}]},"rdma":{"x":{"hcaObjects":3}}})");
}

TEST_CASE("update: device rules are neither changed nor forgotten") {
  config::Resources old, asked;
  old.devices.resize(2);
  asked.devices.resize(1);
  const plan::Update update = plan::update_resources(old, asked);
  CHECK(update.kept.devices.size() == 2);
  CHECK(update.changed.devices.empty());
}

TEST_CASE("update: resources are written as they are read") {
  CHECK(config::write_resources(limits(kAll)) == kAll);
  CHECK(config::write_resources({}) == "{}");
}

TEST_CASE("update: every property that is asked for is written and remembered") {
  const std::string_view once = R"(,"checkBeforeUpdate":true)";
  std::string kept = kAll;
  kept.erase(kept.find(once), once.size());
  CHECK(updated("{}", kAll) == kept + " | " + kAll);
  const std::string old =
      R"({"memory":{"limit":5,"swappiness":7},"cpu":{"shares":9},"blockIO":{"leafWeight":12,"weight":13},"network":{"classID":3}})";
  CHECK(updated(old, kAll) == kept + " | " + kAll);
}
