#include "plan/cgroup.h"

#include <catch2/catch.hpp>

#include "plan/resources.h"

// The tests name the members that they set.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace {

using plan::CgroupLayout;
using Lines = std::vector<std::string>;

plan::HostFacts v1_facts() {
  plan::HostFacts facts;
  facts.cgroup.mode = CgroupLayout::Mode::hybrid;
  for (const char* name : {"name=systemd", "pids", "blkio", "hugetlb", "freezer", "devices", "memory", "cpuset", "cpu,cpuacct"})
    facts.cgroup.hierarchies.push_back({name, std::string("/sys/fs/cgroup/") + name, "/own/group"});
  facts.cgroup.hierarchies.push_back({"", "/sys/fs/cgroup/unified", "/"});
  return facts;
}
plan::HostFacts v2_facts() {
  plan::HostFacts facts;
  facts.cgroup.mode = CgroupLayout::Mode::v2;
  facts.cgroup.hierarchies = {{"", "/sys/fs/cgroup", "/user.slice/session"}};
  facts.cgroup.v2_controllers = {"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"};
  return facts;
}

config::Spec spec_with(config::Resources resources) {
  config::Spec spec;
  spec.linux_.resources = std::move(resources);
  return spec;
}

struct Outcome {
  plan::CgroupPlan plan;
  Lines warnings;
  Error error;
};
Outcome outcome_of(const config::Spec& spec, const plan::HostFacts& facts, plan::Request request = {}) {
  if (request.id.empty()) request.id = "box";
  Outcome outcome;
  auto compiled = plan::compile_cgroup(spec, facts, request, outcome.warnings);
  if (compiled)
    outcome.plan = *std::move(compiled);
  else
    outcome.error = compiled.error();
  return outcome;
}

// "cpu.shares=512", without the device rules.
Lines writes(const Outcome& outcome) {
  Lines lines;
  for (const plan::CgroupWrite& write : outcome.plan.writes)
    if (!write.file.starts_with("devices.")) lines.push_back((write.instead ? "or " : "") + write.file + "=" + write.value);
  return lines;
}
std::string path_of(const Outcome& outcome, std::string_view controllers) {
  for (const plan::CgroupDirectory& directory : outcome.plan.directories)
    if (directory.controllers == controllers) return directory.directory();
  return "none";
}
Lines device_lines(const std::vector<config::DeviceRule>& rules, const std::vector<config::Device>& nodes = {}) {
  config::Spec spec = spec_with({});
  spec.linux_.resources->devices = rules;
  spec.linux_.devices = nodes;
  Lines lines;
  const Outcome outcome = outcome_of(spec, v1_facts());
  if (!outcome.error.what.empty()) return {outcome.error.what};
  for (const plan::CgroupWrite& write : outcome.plan.writes) lines.push_back(write.file.substr(8) + " " + write.value);
  return lines;
}

}  // namespace

TEST_CASE("cgroup plan: absent, relative and absolute paths") {
  config::Spec spec;
  CHECK(path_of(outcome_of(spec, v1_facts()), "memory") == "/sys/fs/cgroup/memory/own/group/box");
  CHECK(path_of(outcome_of(spec, v1_facts()), "") == "/sys/fs/cgroup/unified/box");
  CHECK(path_of(outcome_of(spec, v2_facts()), "") == "/sys/fs/cgroup/user.slice/box");
  spec.linux_.cgroups_path = "a/../../b";
  CHECK(path_of(outcome_of(spec, v1_facts()), "memory") == "/sys/fs/cgroup/memory/own/group/b");
  CHECK(path_of(outcome_of(spec, v2_facts()), "") == "/sys/fs/cgroup/user.slice/b");
  spec.linux_.cgroups_path = "/../foo/./..//bar/";
  CHECK(path_of(outcome_of(spec, v1_facts()), "memory") == "/sys/fs/cgroup/memory/bar");
  CHECK(path_of(outcome_of(spec, v2_facts()), "") == "/sys/fs/cgroup/bar");
}

TEST_CASE("cgroup plan: all hierarchies, in the order of joining") {
  Lines order;
  for (const auto& directory : outcome_of({}, v1_facts()).plan.directories) order.push_back(directory.controllers);
  CHECK(order == Lines{"cpuset", "devices", "memory", "cpu,cpuacct", "pids", "blkio", "hugetlb", "freezer", "name=systemd", ""});
  plan::HostFacts newer = v1_facts();
  newer.cgroup.hierarchies.insert(newer.cgroup.hierarchies.begin(), {"not-known-yet", "/sys/fs/cgroup/new", "/"});
  const auto directories = outcome_of({}, newer).plan.directories;
  CHECK(directories.front().controllers == "cpuset");
  CHECK(directories.at(9).controllers == "not-known-yet");
}

TEST_CASE("cgroup plan: managers") {
  plan::Request request;
  request.cgroup_disabled = true;
  CHECK(!outcome_of({}, v1_facts(), request).plan.enabled);
  request.cgroup_disabled = false;
  request.systemd_cgroup = true;
  plan::HostFacts facts = v1_facts();
  CHECK(outcome_of({}, facts, request).error.what == "systemd not running on this host, cannot use systemd cgroups manager");
  facts.systemd = true;
  CHECK(outcome_of({}, facts, request).plan.unit->name == "runc-box.scope");
}

TEST_CASE("cgroup plan: rootless without path and limits may be denied, with limits the error says why") {
  plan::HostFacts facts = v1_facts();
  facts.rootless = true;
  Outcome outcome = outcome_of({}, facts);
  CHECK(outcome.plan.ignore_denied);
  CHECK(outcome.plan.writes.empty());  // no device rules either: nobody may write them
  config::Resources resources;
  resources.pids_limit = 5;
  outcome = outcome_of(spec_with(resources), facts);
  CHECK(!outcome.plan.ignore_denied);
  CHECK(outcome.plan.rootless_limits);
  config::Spec spec;
  spec.linux_.cgroups_path = "/x";
  CHECK(!outcome_of(spec, facts).plan.ignore_denied);
  facts.cgroup = {};
  CHECK(!outcome_of({}, facts).plan.enabled);
  CHECK(outcome_of(spec_with(resources), facts).error.what == "cannot set pids limit: container could not join or create cgroup");
  facts.rootless = false;
  CHECK(outcome_of({}, facts).error.what == "no cgroup hierarchy is mounted");
}

TEST_CASE("cgroup plan: no container without a device filter") {
  plan::HostFacts facts = v1_facts();
  std::erase_if(facts.cgroup.hierarchies, [](const auto& each) { return each.controllers == "devices"; });
  CHECK(outcome_of({}, facts).plan.device_rules.size() == 11);  // by eBPF on the v2 tree
  facts.cgroup.mode = CgroupLayout::Mode::v1;
  CHECK(outcome_of({}, facts).error.what.starts_with("cgroup: subsystem does not exist"));
}

TEST_CASE("cgroup plan: device rules become few writes") {
  const Lines defaults{"deny a",          "allow c *:* m",     "allow b *:* m",   "allow c 1:3 rwm",
                       "allow c 1:8 rwm", "allow c 1:7 rwm",   "allow c 5:0 rwm", "allow c 1:5 rwm",
                       "allow c 1:9 rwm", "allow c 136:* rwm", "allow c 5:2 rwm"};
  CHECK(device_lines({}) == defaults);
  CHECK(device_lines({{false, {}, {}, {}, "rwm"}}) == defaults);
  CHECK(device_lines({{true, "b", 8, 0, "r"}, {true, "b", 8, 0, "w"}, {false, "b", 8, 0, "r"}})[1] == "allow b 8:0 w");
  CHECK(device_lines({{true, "c", 10, 229, "rwm"}, {true, "a", 1, 2, "r"}}) == Lines{"allow a"});  // what was before is forgotten
  CHECK(device_lines({{true, "", 1, 2, "r"}}) == Lines{"allow a"});                                // no type is all of them
  CHECK(device_lines({{true, "c", 4294967295, 1048576, "r"}})[1] == "allow c 4294967295:1048576 r");
  CHECK(device_lines({{true, "a", {}, {}, "rwm"}, {false, "c", 10, 229, "rw"}}) == Lines{"allow a", "deny c 10:229 rw"});
  CHECK(device_lines({{true, "a", {}, {}, "rwm"}, {false, "c", 1, 3, "rw"}}) ==
        Lines{"allow a"});  // a default takes the denial back
  config::Device null;
  null.path = "/dev/null";
  CHECK(device_lines({}, {null}).size() == defaults.size() - 1);  // another device in the default's place
  null.type = "c", null.major = 1, null.minor = 3;
  CHECK(device_lines({}, {null}) == defaults);  // the same with another mode, say
}

TEST_CASE("cgroup plan: a device rule that was taken away is forgotten, and may come again") {
  CHECK(device_lines({{true, "b", 8, 0, "r"}, {true, "b", 8, 1, "r"}, {false, "b", 8, 0, "rw"}})[1] == "allow b 8:1 r");
  const Lines again =
      device_lines({{true, "b", 8, 0, "r"}, {true, "b", 8, 1, "r"}, {false, "b", 8, 0, "r"}, {true, "b", 8, 0, "w"}});
  CHECK(again[1] == "allow b 8:1 r");
  CHECK(again[2] == "allow b 8:0 w");
  CHECK(device_lines({{true, "b", 8, {}, "rw"}, {false, "b", 8, {}, "r"}})[1] == "allow b 8:* w");  // as a whole, no hole
  CHECK(device_lines({{true, "b", {}, 3, "r"}, {false, "b", 8, 3, "r"}})[0].find("[b *:3 r]") != std::string::npos);
  CHECK(device_lines({{true, "b", {}, {}, "r"}, {false, "b", 8, {}, "r"}})[0].find("[b *:* r]") != std::string::npos);
}

TEST_CASE("cgroup plan: device rules that are refused") {
  CHECK(device_lines({{true, "c", 1, {}, "r"}, {false, "c", 1, 3, "r"}})[0].find(
            "cannot punch hole in existing wildcard rule [c 1:* r]") != std::string::npos);
  CHECK(device_lines({{true, "", 1, 3, "r"}}) == Lines{"allow a"});
  CHECK(device_lines({{true, "c", 1, {}, "r"}, {false, "c", 1, 3, "w"}}).size() == 12);  // it never had that
  CHECK(device_lines({{true, "d", 1, 3, "r"}})[0].starts_with("invalid cgroup device type"));
  CHECK(device_lines({{true, "c", 1, 3, ""}})[0] == "device access at 0 field cannot be empty");
  CHECK(device_lines({{true, "c", 1, 3, "rx"}})[0].find("other letters") != std::string::npos);
  CHECK(device_lines({{true, "a", {}, {}, "rwm"}, {false, "c", 10, 229, "ra"}}) == Lines{"allow a", "deny c 10:229 rwm"});
  CHECK(device_lines({{true, "a", {}, {}, "rwm"}, {false, "c", 1, {}, "w"}})[0].find(
            "cannot punch hole in existing wildcard rule [c 1:* w]") != std::string::npos);  // by the default devices
  config::Spec spec = spec_with({});
  spec.linux_.resources->devices = {{true, "a", {}, {}, "rwm"}, {false, "c", 1, {}, "w"}};
  CHECK(outcome_of(spec, v1_facts()).error.pointer == "/linux/resources/devices");
  CHECK(outcome_of(spec, v1_facts()).error.hint == "every container has the default devices");
  spec.linux_.resources->devices = {{true, "c", 1, {}, "r"}, {false, "c", 1, 3, "r"}};
  CHECK(outcome_of(spec, v1_facts()).error.pointer == "/linux/resources/devices/1");
  spec.linux_.resources->devices = {{true, "c", 1, 3, "r"}, {true, "c", -2, 3, "r"}};
  CHECK(outcome_of(spec, v1_facts()).error.pointer == "/linux/resources/devices/1/major");
  spec.linux_.resources->devices = {{true, "c", 1, -2, "r"}};
  CHECK(outcome_of(spec, v1_facts()).error.pointer == "/linux/resources/devices/0/minor");
}

TEST_CASE("resources v1: files, values and order") {
  config::Resources resources;
  resources.memory =
      config::Memory{.limit = 1 << 20, .reservation = 4096, .swap = 2 << 20, .swappiness = 10, .disable_oom_killer = true};
  resources.cpu = config::Cpu{.shares = 512,
                              .period = 100000,
                              .burst = 0,
                              .realtime_period = 1000000,
                              .quota = -5,
                              .realtime_runtime = 950000,
                              .idle = 1,
                              .cpus = "0-1",
                              .mems = "0"};
  resources.pids_limit = 0;
  resources.block_io = config::BlockIo{};
  resources.block_io->weight = 500;
  resources.block_io->throttle_read_bps_device = {{8, 0, 1024}};
  resources.hugepage_limits = {{"2MB", 4194304}};
  const Outcome outcome = outcome_of(spec_with(resources), v1_facts());
  REQUIRE(outcome.error.what.empty());
  CHECK(writes(outcome) == Lines{"cpuset.cpus=0-1",
                                 "or cpus=0-1",
                                 "cpuset.mems=0",
                                 "or mems=0",
                                 "memory.limit_in_bytes=1048576",
                                 "memory.memsw.limit_in_bytes=2097152",
                                 "memory.soft_limit_in_bytes=4096",
                                 "memory.oom_control=1",
                                 "memory.swappiness=10",
                                 "cpu.shares=512",
                                 "cpu.cfs_period_us=100000",
                                 "cpu.cfs_burst_us=0",
                                 "cpu.cfs_quota_us=-1",
                                 "cpu.idle=1",
                                 "pids.max=1",
                                 "blkio.weight=500",
                                 "or blkio.bfq.weight=500",
                                 "blkio.throttle.read_bps_device=8:0 1024",
                                 "hugetlb.2MB.limit_in_bytes=4194304",
                                 "hugetlb.2MB.rsvd.limit_in_bytes=4194304"});
  REQUIRE(outcome.plan.writes_before_join.size() == 2);
  CHECK(outcome.plan.writes_before_join[0].file == "cpu.rt_period_us");
  CHECK(outcome.plan.writes_before_join[1].pointer == "/linux/resources/cpu/realtimeRuntime");
}

TEST_CASE("resources v1: zero means not set, unlimited memory takes the sum along") {
  config::Resources resources;
  resources.memory =
      config::Memory{.limit = 0, .reservation = 0, .swap = 0, .swappiness = ~std::uint64_t{0}, .disable_oom_killer = false};
  resources.cpu =
      config::Cpu{.shares = 0, .period = 0, .realtime_period = 0, .quota = 0, .realtime_runtime = 0, .cpus = "", .mems = ""};
  resources.block_io = config::BlockIo{};
  resources.block_io->weight = 0;
  resources.network = config::Network{0, {}};
  CHECK(writes(outcome_of(spec_with(resources), v1_facts())).empty());
  resources.memory->limit = -1;
  CHECK(writes(outcome_of(spec_with(resources), v1_facts())) ==
        Lines{"memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"});
  resources.memory = config::Memory{.kernel = 5};
  CHECK(outcome_of(spec_with(resources), v1_facts()).warnings.size() == 1);
}

TEST_CASE("resources v1: refusals name their place") {
  const auto error = [](auto change) {
    config::Resources resources;
    resources.memory.emplace(), resources.cpu.emplace(), resources.block_io.emplace(), resources.network.emplace();
    change(resources);
    return outcome_of(spec_with(resources), v1_facts()).error;
  };
  CHECK(error([](auto& r) { r.unified = {{"memory.high", "5"}}; }).what ==
        "invalid configuration: cannot use unified on cgroup v1");
  CHECK(error([](auto& r) { r.cpu->shares = 1; }).what == "the minimum allowed cpu-shares is 2");
  CHECK(error([](auto& r) { r.cpu->shares = 262145; }).what == "the maximum allowed cpu-shares is 262144");
  CHECK(error([](auto& r) { r.memory->limit = 8, r.memory->swap = 7; }).what == "memory+swap limit should be >= memory limit");
  CHECK(error([](auto& r) { r.memory->limit = -2; }).pointer == "/linux/resources/memory/limit");
  CHECK(error([](auto& r) { r.memory->swap = -2; }).pointer == "/linux/resources/memory/swap");
  CHECK(error([](auto& r) { r.memory->reservation = -2; }).pointer == "/linux/resources/memory/reservation");
  CHECK(error([](auto& r) { r.rdma = {{"mlx5_0", {{}, {}}}}; }).what == "neither hcaHandles nor hcaObjects is given");
  CHECK(error([](auto& r) { r.memory->swappiness = 101; }).what == "invalid memory swappiness value: 101 (valid range is 0-100)");
  CHECK(error([](auto& r) { r.cpu->burst = 2, r.cpu->quota = 1; }).pointer == "/linux/resources/cpu/burst");
  CHECK(error([](auto& r) { r.cpu->idle = 2; }).pointer == "/linux/resources/cpu/idle");
  CHECK(error([](auto& r) { r.block_io->weight = 9; }).pointer == "/linux/resources/blockIO/weight");
  CHECK(error([](auto& r) { r.block_io->weight_device = {{8, 0, {}, 9}}; }).pointer ==
        "/linux/resources/blockIO/weightDevice/0/leafWeight");
  CHECK(error([](auto& r) { r.block_io->leaf_weight = 9; }).pointer == "/linux/resources/blockIO/leafWeight");
  CHECK(error([](auto& r) { r.block_io->weight_device = {{8, 0, 1001, {}}}; }).pointer ==
        "/linux/resources/blockIO/weightDevice/0/weight");
  CHECK(error([](auto& r) { r.block_io->weight_device = {{8, 0, {}, {}}}; }).pointer == "/linux/resources/blockIO/weightDevice/0");
  CHECK(error([](auto& r) { r.hugepage_limits = {{"2mb", 1}}; }).pointer == "/linux/resources/hugepageLimits/0/pageSize");
  CHECK(error([](auto& r) { r.network->class_id = 7; }).what ==
        "cannot set net_cls limit: container could not join or create cgroup");
}

TEST_CASE("resources v1: hierarchies are what the kernel makes of them") {
  config::Resources resources;
  resources.memory = config::Memory{.use_hierarchy = true};
  CHECK(outcome_of(spec_with(resources), v1_facts()).warnings.empty());
  resources.memory->use_hierarchy = false;
  const Outcome outcome = outcome_of(spec_with(resources), v1_facts());
  CHECK(outcome.warnings.size() == 1);
  CHECK(writes(outcome).empty());
}

TEST_CASE("resources v1: network classes, priorities and rdma") {
  plan::HostFacts facts = v1_facts();
  for (const char* name : {"net_cls,net_prio", "rdma"}) facts.cgroup.hierarchies.push_back({name, "/sys/fs/cgroup/x", "/"});
  config::Resources resources;
  resources.network = config::Network{4294967295, {{"eth0", 5}, {"lo", 0}}};
  resources.rdma = {{"mlx5_0", {3, {}}}, {"mlx5_1", {{}, 4}}, {"mlx5_2", {1, 2}}};
  CHECK(writes(outcome_of(spec_with(resources), facts)) ==
        Lines{"net_cls.classid=4294967295", "net_prio.ifpriomap=eth0 5", "net_prio.ifpriomap=lo 0", "rdma.max=mlx5_0 hca_handle=3",
              "rdma.max=mlx5_1 hca_object=4", "rdma.max=mlx5_2 hca_handle=1 hca_object=2"});
  resources.rdma.push_back({"mlx5_3", {}});
  CHECK(outcome_of(spec_with(resources), facts).error.pointer == "/linux/resources/rdma/mlx5_3");
}

TEST_CASE("resources v1: weights of single devices") {
  config::Resources resources;
  resources.block_io = config::BlockIo{};
  resources.block_io->leaf_weight = 20;
  resources.block_io->weight_device = {{8, 0, 500, {}}, {8, 16, {}, 30}, {8, 32, 10, 1000}};
  CHECK(writes(outcome_of(spec_with(resources), v1_facts())) ==
        Lines{"blkio.leaf_weight=20", "blkio.weight_device=8:0 500", "or blkio.bfq.weight_device=8:0 500",
              "blkio.leaf_weight_device=8:16 30", "blkio.weight_device=8:32 10", "or blkio.bfq.weight_device=8:32 10",
              "blkio.leaf_weight_device=8:32 1000"});
}

TEST_CASE("resources v2: weights of single devices") {
  config::Resources resources;
  resources.block_io = config::BlockIo{};
  resources.block_io->weight_device = {{8, 0, 10, {}}, {8, 16, 1000, 0}};
  CHECK(writes(outcome_of(spec_with(resources), v2_facts())) ==
        Lines{"io.bfq.weight=8:0 10", "or io.weight=8:0 1", "io.bfq.weight=8:16 1000", "or io.weight=8:16 10000"});
  resources.block_io->weight_device.push_back({8, 32, {}, 500});
  CHECK(outcome_of(spec_with(resources), v2_facts()).error.pointer == "/linux/resources/blockIO/weightDevice/2/leafWeight");
}

TEST_CASE("resources: throttling of devices, v1 and v2") {
  config::Resources resources;
  resources.block_io = config::BlockIo{};
  resources.block_io->throttle_read_bps_device = {{8, 0, 1}, {8, 16, 0}};
  resources.block_io->throttle_write_bps_device = {{8, 0, 18446744073709551615U}};
  resources.block_io->throttle_read_iops_device = {{8, 0, 3}};
  resources.block_io->throttle_write_iops_device = {{8, 0, 4}};
  const std::string v1 = "blkio.throttle.";
  CHECK(writes(outcome_of(spec_with(resources), v1_facts())) ==
        Lines{v1 + "read_bps_device=8:0 1", v1 + "read_bps_device=8:16 0", v1 + "write_bps_device=8:0 18446744073709551615",
              v1 + "read_iops_device=8:0 3", v1 + "write_iops_device=8:0 4"});
  CHECK(writes(outcome_of(spec_with(resources), v2_facts())) == Lines{"io.max=8:0 rbps=1", "io.max=8:16 rbps=max",
                                                                      "io.max=8:0 wbps=18446744073709551615", "io.max=8:0 riops=3",
                                                                      "io.max=8:0 wiops=4"});
  for (const plan::HostFacts& facts : {v1_facts(), v2_facts()})
    CHECK(outcome_of(spec_with(resources), facts).plan.writes.back().pointer ==
          "/linux/resources/blockIO/throttleWriteIOPSDevice/0");
}

TEST_CASE("resources: a huge page size must be one of the kernel's") {
  config::Resources resources;
  resources.hugepage_limits = {{"2MB", 1}, {"1GB", 2}, {"64KB", 3}};
  for (plan::HostFacts facts : {v1_facts(), v2_facts()}) {
    facts.hugepage_sizes = {65536, 2097152, 1073741824};
    CHECK(outcome_of(spec_with(resources), facts).error.what.empty());
    facts.hugepage_sizes = {2097152, 1073741824};
    CHECK(outcome_of(spec_with(resources), facts).error.pointer == "/linux/resources/hugepageLimits/2/pageSize");
  }
}

TEST_CASE("resources v2: conversions and order") {
  config::Resources resources;
  resources.memory = config::Memory{.limit = 1 << 20, .reservation = 4096, .swap = 3 << 20, .check_before_update = true};
  resources.cpu = config::Cpu{.shares = 1024, .burst = 10, .quota = 50000, .cpus = "0"};
  resources.pids_limit = -1;
  resources.block_io = config::BlockIo{};
  resources.block_io->weight = 750;
  resources.block_io->throttle_write_iops_device = {{8, 0, 0}, {8, 16, 7}};
  resources.hugepage_limits = {{"1GB", 1}};
  resources.rdma = {{"mlx5_0", {3, {}}}};
  resources.unified = {
      {"memory.high", "900000"}, {"io.max", "8:0 rbps=1\n8:16 rbps=2\n"}, {"cgroup.max.depth", "4"}, {"memory.min", ""}};
  const Outcome outcome = outcome_of(spec_with(resources), v2_facts());
  REQUIRE(outcome.error.what.empty());
  CHECK(writes(outcome) == Lines{"pids.max=max", "memory.swap.max=2097152", "memory.max=1048576", "memory.low=4096",
                                 "io.bfq.weight=750", "or io.weight=7475", "io.max=8:0 wiops=max", "io.max=8:16 wiops=7",
                                 "cpu.weight=100", "cpu.max.burst=10", "cpu.max=50000 100000", "cpuset.cpus=0", "hugetlb.1GB.max=1",
                                 "hugetlb.1GB.rsvd.max=1", "rdma.max=mlx5_0 hca_handle=3", "memory.high=900000",
                                 "io.max=8:0 rbps=1", "io.max=8:16 rbps=2", "cgroup.max.depth=4"});
  CHECK(outcome.plan.writes[1].usage_bound == 3 << 20);
  CHECK(outcome.plan.writes[2].usage_bound == 1 << 20);
  CHECK(outcome.plan.domain_controllers);
  CHECK(outcome.plan.device_rules.size() == 11);
}

TEST_CASE("resources v2: shares, swap and quota at their edges") {
  const auto lines = [](config::Memory memory, config::Cpu cpu) {
    config::Resources resources;
    resources.memory = memory;
    resources.cpu = cpu;
    const Outcome outcome = outcome_of(spec_with(resources), v2_facts());
    return outcome.error.what.empty() ? writes(outcome) : Lines{outcome.error.what};
  };
  CHECK(lines({}, {.shares = 2}) == Lines{"cpu.weight=1"});
  CHECK(lines({}, {.shares = 262144}) == Lines{"cpu.weight=10000"});
  CHECK(lines({}, {.shares = 512}) == Lines{"cpu.weight=59"});
  CHECK(lines({}, {.period = 5000}) == Lines{"cpu.max=max 5000"});
  CHECK(lines({}, {.quota = -1}) == Lines{"cpu.max=max 100000"});
  CHECK(lines({.limit = -1}, {}) == Lines{"memory.swap.max=max", "memory.max=max"});
  CHECK(lines({.limit = 4096, .swap = 4096}, {}) == Lines{"memory.swap.max=0", "memory.max=4096"});
  CHECK(lines({.limit = 4096, .swap = -1}, {}) == Lines{"memory.swap.max=max", "memory.max=4096"});
  CHECK(lines({.limit = -1, .swap = 4096}, {}) == Lines{"memory.swap.max=4096", "memory.max=max"});
  CHECK(lines({.swap = 4096}, {}) == Lines{"unable to set swap limit without memory limit"});
  CHECK(lines({.limit = 4096, .swap = 1}, {}) == Lines{"memory+swap limit should be >= memory limit"});

  // A kernel without swap has no file for it: no matter, unless some swap was to be given.
  const auto may_be_missing = [](config::Memory memory) {
    config::Resources resources;
    resources.memory = memory;
    const Outcome outcome = outcome_of(spec_with(resources), v2_facts());
    REQUIRE(outcome.plan.writes.at(0).file == "memory.swap.max");
    return outcome.plan.writes[0].ignore_missing;
  };
  CHECK(may_be_missing({.limit = -1}));
  CHECK(may_be_missing({.limit = 4096, .swap = 4096}));
  CHECK_FALSE(may_be_missing({.limit = 4096, .swap = 8192}));
}

TEST_CASE("resources v2: a controller for domains only is told by its files' own names, too") {
  const auto needs_domain = [](std::string file) {
    config::Resources resources;
    resources.unified = {{std::move(file), "1"}};
    return outcome_of(spec_with(resources), v2_facts()).plan.domain_controllers;
  };
  CHECK(needs_domain("memory.high"));
  CHECK_FALSE(needs_domain("pids.max"));
}

TEST_CASE("resources v2: what it cannot express") {
  const auto compiled = [](auto change) {
    config::Resources resources;
    resources.memory.emplace(), resources.cpu.emplace(), resources.block_io.emplace(), resources.network.emplace();
    change(resources);
    return outcome_of(spec_with(resources), v2_facts());
  };
  CHECK(compiled([](auto& r) { r.cpu->realtime_runtime = 5; }).error.pointer == "/linux/resources/cpu/realtimeRuntime");
  CHECK(compiled([](auto& r) { r.network->class_id = 5; }).error.pointer == "/linux/resources/network/classID");
  CHECK(compiled([](auto& r) { r.network->priorities = {{"eth0", 1}}; }).error.pointer == "/linux/resources/network/priorities");
  CHECK(compiled([](auto& r) { r.block_io->weight = 9; }).error.pointer == "/linux/resources/blockIO/weight");
  CHECK(compiled([](auto& r) { r.block_io->leaf_weight = 100; }).error.pointer == "/linux/resources/blockIO/leafWeight");
  CHECK(compiled([](auto& r) { r.block_io->weight_device = {{8, 0, 10, 10}}; }).error.pointer ==
        "/linux/resources/blockIO/weightDevice/0/leafWeight");
  CHECK(compiled([](auto& r) { r.memory->disable_oom_killer = true; }).error.pointer == "/linux/resources/memory/disableOOMKiller");
  CHECK(compiled([](auto& r) { r.unified = {{"misc.max", "1"}}; }).error.what ==
        "unified resource \"misc.max\" can't be set: controller \"misc\" not available");
  CHECK(compiled([](auto& r) { r.unified = {{"a/b.c", "1"}}; }).error.pointer == "/linux/resources/unified/a~1b.c");
  CHECK(compiled([](auto& r) {
          r.memory->swappiness = 5, r.memory->kernel = 5, r.memory->use_hierarchy = false;
        }).warnings.size() == 3);
  CHECK(compiled([](auto& r) { r.memory->use_hierarchy = true, r.memory->disable_oom_killer = false; }).warnings.empty());
}

TEST_CASE("cgroup plan: who owns the group") {
  config::Spec spec;
  spec.process.emplace().user.uid = 5;
  spec.linux_.namespaces = {{"cgroup", ""}};
  config::Mount mount;
  mount.destination = "/sys/fs/cgroup";
  mount.source = "cgroup";
  spec.mounts = {mount};
  const std::uint64_t nobody = ~std::uint64_t{0};
  CHECK(outcome_of(spec, v2_facts()).plan.own_uid == 5);
  CHECK(outcome_of(spec, v1_facts()).plan.own_uid == nobody);
  spec.linux_.namespaces.push_back({"user", ""});
  CHECK(outcome_of(spec, v2_facts()).plan.own_uid == nobody);  // not mapped
  spec.linux_.uid_mappings = {{0, 100000, 65536}};
  CHECK(outcome_of(spec, v2_facts()).plan.own_uid == 100005);
  spec.mounts[0].options = {"ro"};
  CHECK(outcome_of(spec, v2_facts()).plan.own_uid == nobody);
}

TEST_CASE("resources: an update has no device rules") {
  config::Resources resources;
  resources.devices = {{true, "a", {}, {}, "rwm"}};
  resources.pids_limit = 7;
  Lines warnings;
  const auto plan = outcome_of({}, v1_facts()).plan;
  const auto changed = plan::compile_resources(resources, v1_facts(), plan.directories, warnings);
  REQUIRE(changed);
  REQUIRE(changed->size() == 1);
  CHECK(plan.directories[changed->front().directory].controllers == "pids");
  resources.cpu = config::Cpu{.shares = 1};
  CHECK(plan::compile_resources(resources, v1_facts(), plan.directories, warnings).error().what ==
        "the minimum allowed cpu-shares is 2");
}

TEST_CASE("resources: an update can give the OOM killer back, where v1 may have taken it") {
  config::Resources resources;
  resources.memory = config::Memory{.disable_oom_killer = false};
  Lines warnings;
  const auto plan = outcome_of(spec_with(resources), v1_facts()).plan;
  CHECK(writes(outcome_of(spec_with(resources), v1_facts())).empty());
  const auto changed = plan::compile_resources(resources, v1_facts(), plan.directories, warnings);
  REQUIRE(changed);
  REQUIRE(changed->size() == 1);
  CHECK(changed->front().file == "memory.oom_control");
  CHECK(changed->front().value == "0");
  CHECK(plan.directories[changed->front().directory].controllers == "memory");
  CHECK(plan::compile_resources(resources, v2_facts(), {{"", "/sys/fs/cgroup", "/a"}}, warnings)->empty());
}

TEST_CASE("a group below the container's is delegated on v2 only, to the container's root") {
  config::Spec spec;
  spec.annotations = {{"run.oci.delegate-cgroup", "payload"}};
  const Outcome plain = outcome_of(spec, v2_facts());
  CHECK(plain.error.what == "");
  CHECK(plain.plan.delegated == "payload");
  CHECK(plain.plan.delegated_uid == ~std::uint64_t{0});  // it is ours, and so root's
  CHECK(path_of(plain, "") == "/sys/fs/cgroup/user.slice/box");
  spec.linux_.namespaces = {{"user", ""}};
  spec.linux_.uid_mappings = {{0, 100000, 65536}};
  CHECK(outcome_of(spec, v2_facts()).plan.delegated_uid == 100000);
  CHECK(outcome_of(spec, v1_facts()).error.what == "a group can be delegated on cgroup v2 only");
  plan::Request disabled;
  disabled.cgroup_disabled = true;
  CHECK(outcome_of(spec, v2_facts(), disabled).error.what == "there is no group to be delegated: the container has none");
}
