#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"

// The tests name the members that they set.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace {

config::Spec with(config::IntelRdt rdt) {
  config::Spec spec = plan::samples::minimal();
  spec.linux_.intel_rdt = std::move(rdt);
  return spec;
}

Result<plan::Plan> compiled(const config::IntelRdt& rdt, const plan::Resctrl& resctrl = {"/sys/fs/resctrl", true, true}) {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.resctrl = resctrl;
  plan::Request request;
  request.id = "box";
  request.rootfs = "/b/rootfs";
  request.cgroup_disabled = true;
  return plan::compile(with(rdt), facts, request);
}

std::vector<std::string> lines_of(const plan::RdtPlan& plan) {
  std::vector<std::string> lines;
  for (const auto& schema : plan.schemata) lines.push_back(schema.pointer.substr(16) + " " + schema.line);
  return lines;
}

}  // namespace

TEST_CASE("intel rdt: without the object resctrl is left alone") {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.resctrl = {"/sys/fs/resctrl", true, true};
  plan::Request request;
  request.rootfs = "/b/rootfs";
  request.cgroup_disabled = true;
  config::Spec spec = with({});
  spec.linux_.intel_rdt.reset();
  CHECK(plan::compile(spec, facts, request)->rdt.directory.empty());
}

TEST_CASE("intel rdt: the group is named after the container, or by closID, or is the root") {
  using Group = plan::RdtPlan::Group;
  const auto group = [](std::optional<std::string> closid, std::optional<std::string> schema) {
    const auto plan = compiled({.clos_id = std::move(closid), .l3_cache_schema = std::move(schema)});
    REQUIRE(plan);
    return std::pair{plan->rdt.directory, plan->rdt.group};
  };
  CHECK(group({}, {}) == std::pair{std::string("/sys/fs/resctrl/box"), Group::own});
  CHECK(group("", "L3:0=f") == std::pair{std::string("/sys/fs/resctrl/box"), Group::own});
  CHECK(group("gold", {}) == std::pair{std::string("/sys/fs/resctrl/gold"), Group::ready});
  CHECK(group("gold", "L3:0=f") == std::pair{std::string("/sys/fs/resctrl/gold"), Group::shared});
  CHECK(group("/", {}) == std::pair{std::string("/sys/fs/resctrl"), Group::ready});
  CHECK(group("/", "L3:0=f") == std::pair{std::string("/sys/fs/resctrl"), Group::shared});
}

TEST_CASE("intel rdt: l3CacheSchema, then memBwSchema, then schemata") {
  const auto plan = compiled({.l3_cache_schema = "L3:0=f", .mem_bw_schema = "MB:0=20", .schemata = {"L3:0=3", "", "L2:0=1"}});
  REQUIRE(plan);
  CHECK(lines_of(plan->rdt) ==
        std::vector<std::string>{"l3CacheSchema L3:0=f", "memBwSchema MB:0=20", "schemata/0 L3:0=3", "schemata/2 L2:0=1"});
}

TEST_CASE("intel rdt: a monitoring group has the container's id, whatever the group's name") {
  CHECK(compiled({.clos_id = "gold"})->rdt.monitor.empty());
  CHECK(compiled({.clos_id = "gold", .enable_monitoring = true})->rdt.monitor == "/sys/fs/resctrl/gold/mon_groups/box");
  CHECK(compiled({.clos_id = "/", .enable_monitoring = true})->rdt.monitor == "/sys/fs/resctrl/mon_groups/box");
}

TEST_CASE("intel rdt: what the host does not have is refused") {
  const auto error = [](const config::IntelRdt& rdt, const plan::Resctrl& resctrl) {
    const auto plan = compiled(rdt, resctrl);
    return plan ? "" : plan.error().pointer + ": " + plan.error().what;
  };
  CHECK(error({}, {}) == "/linux/intelRdt: intelRdt is specified in config, but Intel RDT is not enabled");
  CHECK(error({.l3_cache_schema = "L3:0=f"}, {"/r", false, true}) ==
        "/linux/intelRdt/l3CacheSchema: intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled");
  CHECK(error({.mem_bw_schema = "MB:0=5"}, {"/r", true, false}) ==
        "/linux/intelRdt/memBwSchema: intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled");
  CHECK(error({.l3_cache_schema = "", .mem_bw_schema = ""}, {"/r", false, false}) == "");
}
