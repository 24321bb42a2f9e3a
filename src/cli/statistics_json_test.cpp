#include "cli/statistics_json.h"

#include <catch2/catch.hpp>

namespace {

std::string json_of(const cgroup::Statistics& statistics) {
  cli::JsonWriter json(0);
  cli::write_statistics(json, statistics);
  return json.take();
}

}  // namespace

TEST_CASE("statistics: what runc leaves out when it is zero, and what not") {
  CHECK(json_of({}) ==
        R"({"cpu":{},"cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,)"
        R"("memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0},"memory":{},"pids":{},)"
        R"("blkio":{},"hugetlb":{},"intel_rdt":{},"network_interfaces":null})");
}

TEST_CASE("statistics: keys and order") {
  cgroup::Statistics all;
  all.cpu.total = 3;
  all.cpu.percpu = {1, 2};
  all.cpu.throttled_periods = 4;
  all.cpu.pressure.emplace().some = {1.5, 0.25, 100, 7};
  all.memory.usage = {18446744073709551615U, 5, 0, 1};
  all.memory.raw = {{"b", 0}, {"a", 1}};
  all.io.queued = {{8, 0, "Read", 9}};
  all.hugetlb["2MB"] = {1, 0, 0};
  const std::string json = json_of(all);
  const auto has = [&json](std::string_view part) { return json.find(part) != std::string::npos; };
  CHECK(has(
      R"("cpu":{"usage":{"total":3,"percpu":[1,2],"kernel":0,"user":0},"throttling":{"throttledPeriods":4},"psi":{"some":{"avg10":1.5,"avg60":0.25,"avg300":100,"total":7},"full":{"avg10":0,)"));
  CHECK(has(R"("memory":{"usage":{"limit":18446744073709551615,"usage":5,"failcnt":1},"raw":{"a":1,"b":0}})"));
  CHECK(has(R"("blkio":{"ioQueueRecursive":[{"major":8,"op":"Read","value":9}]})"));
  CHECK(has(R"("hugetlb":{"2MB":{"usage":1,"failcnt":0}})"));
}
