#include <catch2/catch.hpp>

#include "config/samples.h"

using namespace config;

namespace {

std::string limits(const std::string& properties) { return samples::verdict_linux("\"resources\":{" + properties + "}"); }

}  // namespace

TEST_CASE("resources: swap counts memory and swap together") {
  CHECK(limits(R"("memory":{"limit":100,"swap":100})") == "");
  CHECK(limits(R"("memory":{"limit":100,"swap":-1})") == "");
  CHECK(limits(R"("memory":{"limit":100,"swap":0})") == "");
  CHECK(limits(R"("memory":{"limit":-1,"swap":5})") == "");
  CHECK(limits(R"("memory":{"limit":100,"swap":99})") ==
        "/linux/resources/memory/swap: memory+swap limit should be >= memory limit");
  CHECK(limits(R"("memory":{"swappiness":100})") == "");
  CHECK(limits(R"("memory":{"swappiness":18446744073709551615})") == "");  // -1: not set
  CHECK(limits(R"("memory":{"swappiness":101})") == "/linux/resources/memory/swappiness: expected integer 0..100, found 101");
}

TEST_CASE("resources: burst is at most a quota that is one, idle is a switch") {
  CHECK(limits(R"("cpu":{"quota":100,"burst":100})") == "");
  CHECK(limits(R"("cpu":{"quota":-1,"burst":100})") == "");
  CHECK(limits(R"("cpu":{"burst":100})") == "");
  CHECK(limits(R"("cpu":{"quota":100,"burst":101})") == "/linux/resources/cpu/burst: cpu burst 101 is above the quota 100");
  CHECK(limits(R"("cpu":{"idle":1})") == "");
  CHECK(limits(R"("cpu":{"idle":2})") == "/linux/resources/cpu/idle: expected integer 0..1, found 2");
}

TEST_CASE("resources: weights are 10 to 1000, 0 is unset") {
  CHECK(limits(R"("blockIO":{"weight":0,"leafWeight":1000})") == "");
  CHECK(limits(R"("blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":9}]})") ==
        "/linux/resources/blockIO/weightDevice/0/weight: expected weight 10..1000, found 9");
  CHECK(limits(R"("blockIO":{"leafWeight":9})") == "/linux/resources/blockIO/leafWeight: expected weight 10..1000, found 9");
  CHECK(limits(R"("blockIO":{"weight":9})") == "/linux/resources/blockIO/weight: expected weight 10..1000, found 9");
  CHECK(limits(R"("blockIO":{"weightDevice":[{"major":8,"minor":0}]})") ==
        "/linux/resources/blockIO/weightDevice/0: weight device has neither weight nor leafWeight");
  CHECK(limits(R"("blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":1001}]})") ==
        "/linux/resources/blockIO/weightDevice/0/leafWeight: expected weight 10..1000, found 1001");
}

TEST_CASE("resources: a huge page size is the middle of a control file's name") {
  for (const char* good : {"2MB", "1GB", "64KB"})
    CHECK(limits("\"hugepageLimits\":[{\"pageSize\":\"" + std::string(good) + "\",\"limit\":1}]") == "");
  CHECK(limits(R"("hugepageLimits":[{"pagesize":"2MB","limit":1}])") == "");
  CHECK(limits(R"("hugepageLimits":[{"pageSize":"2MB","pagesize":"1GB","limit":1}])") ==
        "/linux/resources/hugepageLimits/0/pagesize: duplicate property \"pagesize\"");
  CHECK(limits(R"("hugepageLimits":[{"limit":1}])")
            .starts_with("/linux/resources/hugepageLimits/0/pageSize: invalid huge page size"));
  for (const char* bad : {"", "B", "MB", "2mb", "2M", "02MB", "2 MB", "-2MB", "2TB", "../2MB"})
    CHECK(limits("\"hugepageLimits\":[{\"pageSize\":\"" + std::string(bad) + "\",\"limit\":1}]")
              .starts_with("/linux/resources/hugepageLimits/0/pageSize: "));
}

TEST_CASE("resources: an rdma device is given at least one limit") {
  CHECK(limits(R"("rdma":{"mlx5_1":{"hcaHandles":3}})") == "");
  CHECK(limits(R"("rdma":{"mlx5_1":{}})") == "/linux/resources/rdma/mlx5_1: rdma device has neither hcaHandles nor hcaObjects");
}

TEST_CASE("resources: unified names are files of a controller") {
  CHECK(limits(R"("unified":{"memory.high":"1","cgroup.max.depth":"2"})") == "");
  CHECK(limits(R"("unified":{"a/memory.high":"1"})") ==
        "/linux/resources/unified/a~1memory.high: unified resource \"a/memory.high\" must be a file name (no slashes)");
  for (const char* bad : {"memory", ".high", "memory.", ""})
    CHECK(limits("\"unified\":{\"" + std::string(bad) + "\":\"1\"}").ends_with("must be in the form CONTROLLER.PARAMETER"));
}

TEST_CASE("resources: update's file has its own pointers") {
  const auto resources = read_resources(R"({"cpu":{"idle":2}})");
  REQUIRE(resources);
  CHECK(samples::in_words(validate_resources(*resources, "").error()) == "/cpu/idle: expected integer 0..1, found 2");
}
