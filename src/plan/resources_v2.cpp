// plan/resources_v2.cpp: linux.resources → files of cgroup v2. The specification speaks v1; numbers are converted as all runtimes
// do, and what v2 cannot express is an error, or a warning where engines still send it without meaning much by it.
// Documentation/admin-guide/cgroup-v2.rst.
#include <algorithm>
#include <cmath>

#include "plan/resources.h"

namespace plan {
namespace {

std::string or_max(std::int64_t value) { return value < 0 ? "max" : std::to_string(value); }

// 2..262144 shares on the curve through 2→1, 1024→100, 262144→10000: a default stays a default.
std::uint64_t weight_of_shares(std::uint64_t shares) {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  return static_cast<std::uint64_t>(std::ceil(std::pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
}
// 10..1000 of BFQ → 1..10000 of io.weight.
std::uint64_t io_weight(std::uint64_t weight) { return 1 + (weight - 10) * 9999 / 990; }

Result<CgroupWrites> pids_v2(std::optional<std::int64_t> limit) {
  CgroupWrites writes;
  if (limit) put(writes, "pids.max", pids_value(*limit), "pids/limit");
  return writes;
}

// The specification's swap is memory+swap, v2's is swap alone. 0 = leave the file alone.
struct Swap {
  bool set = false;
  std::int64_t value = 0;
};
Result<Swap> swap_of(std::int64_t limit, std::int64_t memory_and_swap) {
  if (limit == -1 && memory_and_swap == 0) return Swap{true, -1};
  if (memory_and_swap == 0) return Swap{};
  if (memory_and_swap == -1 || limit == -1) return Swap{true, memory_and_swap};
  if (limit == 0) return fail("unable to set swap limit without memory limit", resource_place("memory/swap"));
  return Swap{true, memory_and_swap - limit};
}

Result<CgroupWrites> memory_v2(const config::Memory& memory, std::vector<std::string>& warnings) {
  TRY(check_memory(memory));
  if (memory.disable_oom_killer.value_or(false))
    return fail("cgroup v2 cannot disable the OOM killer", resource_place("memory/disableOOMKiller"));
  warn_memory(memory, warnings);
  if (memory.swappiness && *memory.swappiness <= 100)
    warnings.push_back("memory swappiness is ignored: cgroup v2 has no such setting");
  const std::int64_t limit = memory.limit.value_or(0), both = memory.swap.value_or(0), reservation = memory.reservation.value_or(0);
  const bool check_usage = memory.check_before_update.value_or(false);
  const Swap swap = TRY(swap_of(limit, both));
  CgroupWrites writes;
  if (swap.set) {
    CgroupWrite& write = put(writes, "memory.swap.max", or_max(swap.value), both != 0 ? "memory/swap" : "memory/limit");
    write.ignore_missing = swap.value <= 0;  // a kernel without swap has none to limit
    if (check_usage && both > 0) write.usage_bound = static_cast<std::uint64_t>(both);
  }
  if (limit != 0) {
    CgroupWrite& write = put(writes, "memory.max", or_max(limit), "memory/limit");
    if (check_usage && limit > 0) write.usage_bound = static_cast<std::uint64_t>(limit);
  }
  if (reservation != 0) put(writes, "memory.low", or_max(reservation), "memory/reservation");
  return writes;
}

void throttle_v2(CgroupWrites& writes, const std::vector<config::ThrottleDevice>& devices, const char* key, const char* member) {
  for (std::size_t index = 0; index < devices.size(); ++index) {
    const config::ThrottleDevice& device = devices[index];
    const std::string rate = device.rate == 0 ? "max" : std::to_string(device.rate);  // v1 takes 0 for that, v2 refuses it
    put(writes, "io.max", device_number(device.major, device.minor) + " " + key + "=" + rate, element(member, index));
  }
}

Result<CgroupWrites> io_v2(const config::BlockIo& block_io) {
  TRY(check_block_io(block_io));
  if (block_io.leaf_weight.value_or(0) != 0) return fail("cgroup v2 has no leaf weights", resource_place("blockIO/leafWeight"));
  CgroupWrites writes;
  const auto weight = [&](const std::string& before, std::uint64_t value, const std::string& member) {
    put(writes, "io.bfq.weight", before + std::to_string(value), member);
    put(writes, "io.weight", before + std::to_string(io_weight(value)), member).instead = true;
  };
  if (block_io.weight.value_or(0) != 0) weight("", *block_io.weight, "blockIO/weight");
  for (std::size_t index = 0; index < block_io.weight_device.size(); ++index) {
    const config::WeightDevice& device = block_io.weight_device[index];
    const std::string member = element("blockIO/weightDevice", index);
    if (device.leaf_weight.value_or(0) != 0) return fail("cgroup v2 has no leaf weights", resource_place(member + "/leafWeight"));
    if (device.weight.value_or(0) != 0) weight(device_number(device.major, device.minor) + " ", *device.weight, member + "/weight");
  }
  throttle_v2(writes, block_io.throttle_read_bps_device, "rbps", "blockIO/throttleReadBpsDevice");
  throttle_v2(writes, block_io.throttle_write_bps_device, "wbps", "blockIO/throttleWriteBpsDevice");
  throttle_v2(writes, block_io.throttle_read_iops_device, "riops", "blockIO/throttleReadIOPSDevice");
  throttle_v2(writes, block_io.throttle_write_iops_device, "wiops", "blockIO/throttleWriteIOPSDevice");
  return writes;
}

// The weight before `idle`: an idle group refuses a weight.
Result<CgroupWrites> cpu_v2(const config::Cpu& cpu) {
  TRY(check_cpu(cpu));
  if (cpu.realtime_period.value_or(0) != 0) return fail("cgroup v2 has no real-time budgets", resource_place("cpu/realtimePeriod"));
  if (cpu.realtime_runtime.value_or(0) != 0)
    return fail("cgroup v2 has no real-time budgets", resource_place("cpu/realtimeRuntime"));
  CgroupWrites writes;
  if (cpu.shares.value_or(0) != 0) put(writes, "cpu.weight", std::to_string(weight_of_shares(*cpu.shares)), "cpu/shares");
  if (cpu.idle) put(writes, "cpu.idle", std::to_string(*cpu.idle), "cpu/idle");
  if (cpu.burst) put(writes, "cpu.max.burst", std::to_string(*cpu.burst), "cpu/burst");
  const std::int64_t quota = cpu.quota.value_or(0);
  const std::uint64_t period = cpu.period.value_or(0);
  if (quota != 0 || period != 0)
    put(writes, "cpu.max", (quota > 0 ? std::to_string(quota) : "max") + " " + std::to_string(period != 0 ? period : 100000),
        quota != 0 ? "cpu/quota" : "cpu/period");
  return writes;
}

CgroupWrites cpuset_v2(const config::Cpu& cpu) {
  CgroupWrites writes;
  if (cpu.cpus && !cpu.cpus->empty()) put(writes, "cpuset.cpus", *cpu.cpus, "cpu/cpus");
  if (cpu.mems && !cpu.mems->empty()) put(writes, "cpuset.mems", *cpu.mems, "cpu/mems");
  return writes;
}

Result<CgroupWrites> hugetlb_v2(const std::vector<config::HugepageLimit>& limits, const HostFacts& facts) {
  CgroupWrites writes;
  for (std::size_t index = 0; index < limits.size(); ++index) {
    TRY(check_hugepage(limits[index], index, facts));
    const std::string file = "hugetlb." + limits[index].page_size, value = std::to_string(limits[index].limit);
    const std::string member = "hugepageLimits/" + std::to_string(index);
    put(writes, file + ".max", value, member);
    put(writes, file + ".rsvd.max", value, member).ignore_missing = true;  // Linux 5.7
  }
  return writes;
}

bool has(const std::vector<std::string>& list, std::string_view word) { return std::ranges::find(list, word) != list.end(); }

// Files by their own names, last, so that they win. A value of several lines is several writes.
Result<CgroupWrites> unified_v2(const config::Object<std::string>& unified, const HostFacts& facts, bool& domain_controllers) {
  CgroupWrites writes;
  for (const auto& [file, value] : unified) {
    const std::string member = "unified/" + escape_pointer(file);
    const std::size_t dot = file.find('.');
    if (file.find('/') != std::string::npos || dot == std::string::npos || dot == 0)
      return fail("unified resource \"" + file + "\" must be a file name of the form CONTROLLER.PARAMETER", resource_place(member));
    const std::string controller = file.substr(0, dot);
    // cgroup.* and the pressure files are there without a controller.
    if (controller != "cgroup" && !file.ends_with(".pressure") && !has(facts.cgroup.v2_controllers, controller))
      return fail("unified resource \"" + file + "\" can't be set: controller \"" + controller + "\" not available",
                  resource_place(member));
    domain_controllers =
        domain_controllers || controller == "memory" || controller == "io" || controller == "cpu" || controller == "hugetlb";
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (end != 0) put(writes, file, std::string(rest.substr(0, end)), member);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return writes;
}

class Sections {
 public:
  explicit Sections(const HostFacts& facts) : facts_(facts) {}

  Result<> add(std::string_view controller, Result<CgroupWrites> compiled) {
    CgroupWrites section = TRY(std::move(compiled));
    if (section.empty()) return {};
    if (!has(facts_.cgroup.v2_controllers, controller))
      return fail("cannot set " + std::string(controller) + " limit: controller \"" + std::string(controller) + "\" not available",
                  section.front().pointer);
    all_.domain_controllers =
        all_.domain_controllers || controller == "memory" || controller == "io" || controller == "cpu" || controller == "hugetlb";
    end_section(all_.writes, std::move(section), 0);
    return {};
  }
  ResourceWrites& all() { return all_; }

 private:
  const HostFacts& facts_;
  ResourceWrites all_;
};

}  // namespace

Result<ResourceWrites> compile_resources_v2(const config::Resources& resources, const HostFacts& facts,
                                            std::vector<std::string>& warnings) {
  if (resources.network) {
    if (resources.network->class_id.value_or(0) != 0)
      return fail("cgroup v2 has no network class ids", resource_place("network/classID"));
    if (!resources.network->priorities.empty())
      return fail("cgroup v2 has no network priorities", resource_place("network/priorities"));
  }
  Sections sections(facts);
  TRY(sections.add("pids", pids_v2(resources.pids_limit)));
  if (resources.memory) TRY(sections.add("memory", memory_v2(*resources.memory, warnings)));
  if (resources.block_io) TRY(sections.add("io", io_v2(*resources.block_io)));
  if (resources.cpu) {
    TRY(sections.add("cpu", cpu_v2(*resources.cpu)));
    TRY(sections.add("cpuset", cpuset_v2(*resources.cpu)));
  }
  TRY(sections.add("hugetlb", hugetlb_v2(resources.hugepage_limits, facts)));
  CgroupWrites rdma;
  for (const auto& entry : resources.rdma) put(rdma, "rdma.max", TRY(rdma_value(entry)), "rdma/" + escape_pointer(entry.first));
  TRY(sections.add("rdma", std::move(rdma)));
  bool domain_controllers = false;
  CgroupWrites unified = TRY(unified_v2(resources.unified, facts, domain_controllers));
  end_section(sections.all().writes, std::move(unified), 0);
  sections.all().domain_controllers = sections.all().domain_controllers || domain_controllers;
  return std::move(sections.all());
}

}  // namespace plan
