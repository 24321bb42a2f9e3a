// plan/resources.cpp: linux.resources → files of cgroup v1, and what both versions check. cgroups(7) and the kernel's
// Documentation/admin-guide/cgroup-v1. A 0 means "not set" where engines send it for that: memory, swap, reservation, shares,
// quota, period, real-time budgets, weights, class id. The order matters where one value bounds another; a group that exists
// already may need the other order, which only its present values tell: cgroup/apply.cpp tries such a write twice.
#include "plan/resources.h"

#include <algorithm>

namespace plan {

std::string resource_place(std::string_view member) { return std::string("/linux/resources/").append(member); }
std::string element(std::string_view member, std::size_t index) { return std::string(member) + '/' + std::to_string(index); }
std::string device_number(std::int64_t major, std::int64_t minor) { return std::to_string(major) + ":" + std::to_string(minor); }

std::string escape_pointer(std::string_view name) {
  std::string escaped;
  for (const char letter : name)
    letter == '~' ? escaped.append("~0") : letter == '/' ? escaped.append("~1") : escaped.append(1, letter);
  return escaped;
}

CgroupWrite& put(CgroupWrites& section, std::string file, std::string value, std::string_view member) {
  CgroupWrite& write = section.emplace_back();
  write.file = std::move(file);
  write.value = std::move(value);
  write.pointer = resource_place(member);
  return write;
}

void end_section(CgroupWrites& all, CgroupWrites&& section, std::size_t directory) {
  for (CgroupWrite& write : section) {
    write.directory = directory;
    all.push_back(std::move(write));
  }
}

bool lists_controller(std::string_view controllers, std::string_view controller) {
  while (!controllers.empty()) {
    const std::size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == controller) return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

const CgroupDirectory* find_controller(const std::vector<CgroupDirectory>& directories, std::string_view controller) {
  for (const CgroupDirectory& directory : directories)
    if (lists_controller(directory.controllers, controller)) return &directory;
  return nullptr;
}

Result<> check_memory(const config::Memory& memory) {
  const auto below = [](const std::optional<std::int64_t>& value) { return value && *value < -1; };
  if (below(memory.limit)) return fail("invalid memory value: " + std::to_string(*memory.limit), resource_place("memory/limit"));
  if (below(memory.swap)) return fail("invalid memory+swap value: " + std::to_string(*memory.swap), resource_place("memory/swap"));
  if (below(memory.reservation))
    return fail("invalid memory reservation: " + std::to_string(*memory.reservation), resource_place("memory/reservation"));
  const std::int64_t limit = memory.limit.value_or(0), swap = memory.swap.value_or(0);
  if (limit > 0 && swap > 0 && swap < limit)
    return fail("memory+swap limit should be >= memory limit", resource_place("memory/swap"));
  if (memory.swappiness && *memory.swappiness > 100 &&
      *memory.swappiness != ~std::uint64_t{0})  // -1, which older engines send for "not set"
    return fail("invalid memory swappiness value: " + std::to_string(*memory.swappiness) + " (valid range is 0-100)",
                resource_place("memory/swappiness"));
  return {};
}

void warn_memory(const config::Memory& memory, std::vector<std::string>& warnings) {
  if (memory.kernel.value_or(0) != 0 || memory.kernel_tcp.value_or(0) != 0)
    warnings.push_back("kernel memory limits are not supported and ignored");
  if (memory.use_hierarchy == false)  // v1 too, since Linux 5.11
    warnings.push_back("memory useHierarchy=false is ignored: the kernel always accounts hierarchically");
}

Result<> check_cpu(const config::Cpu& cpu) {
  if (cpu.idle && *cpu.idle != 0 && *cpu.idle != 1)
    return fail("invalid cpu idle value: " + std::to_string(*cpu.idle) + " (0 or 1)", resource_place("cpu/idle"));
  if (cpu.burst && cpu.quota && *cpu.quota > 0 && *cpu.burst > static_cast<std::uint64_t>(*cpu.quota))
    return fail("cpu burst " + std::to_string(*cpu.burst) + " is greater than the quota " + std::to_string(*cpu.quota),
                resource_place("cpu/burst"));
  return {};
}

namespace {

Result<> check_weight(const std::optional<std::uint16_t>& weight, std::string_view member) {
  if (weight && *weight != 0 && (*weight < 10 || *weight > 1000))
    return fail("invalid blkio weight " + std::to_string(*weight) + " (valid range is 10-1000)", resource_place(member));
  return {};
}

}  // namespace

Result<> check_block_io(const config::BlockIo& block_io) {
  TRY(check_weight(block_io.weight, "blockIO/weight"));
  TRY(check_weight(block_io.leaf_weight, "blockIO/leafWeight"));
  for (std::size_t index = 0; index < block_io.weight_device.size(); ++index) {
    const config::WeightDevice& device = block_io.weight_device[index];
    const std::string member = "blockIO/weightDevice/" + std::to_string(index);
    if (!device.weight && !device.leaf_weight) return fail("neither weight nor leafWeight is given", resource_place(member));
    TRY(check_weight(device.weight, member + "/weight"));
    TRY(check_weight(device.leaf_weight, member + "/leafWeight"));
  }
  return {};
}

Result<> check_hugepage(const config::HugepageLimit& limit, std::size_t index, const HostFacts& facts) {
  const std::string pointer = resource_place("hugepageLimits/") + std::to_string(index) + "/pageSize";
  const std::string_view size = limit.page_size;
  const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
  const std::string_view unit = size.substr(digits);
  if (digits == 0 || digits > 9 || size[0] == '0' || (unit != "KB" && unit != "MB" && unit != "GB"))
    return fail("invalid hugepage size \"" + limit.page_size + "\" (a number, then KB, MB or GB)", pointer);
  const std::uint64_t bytes = std::stoull(std::string(size.substr(0, digits))) << (unit[0] == 'K' ? 10 : unit[0] == 'M' ? 20 : 30);
  if (!facts.hugepage_sizes.empty() && std::ranges::find(facts.hugepage_sizes, bytes) == facts.hugepage_sizes.end())
    return fail("this kernel has no hugepages of " + limit.page_size, pointer);
  return {};
}

// 0 is a limit, but no group with a process in it can keep it: it may not fork, that is what 1 says too. systemd takes no 0, and
// what stands in the file should not depend on who has written it (as runc).
std::string pids_value(std::int64_t limit) { return limit < 0 ? "max" : std::to_string(std::max<std::int64_t>(limit, 1)); }

Result<std::string> rdma_value(const config::Object<config::Rdma>::value_type& entry) {
  const auto& [device, limit] = entry;
  if (!limit.hca_handles && !limit.hca_objects)
    return fail("neither hcaHandles nor hcaObjects is given", resource_place("rdma/") + escape_pointer(device));
  std::string value = device;
  if (limit.hca_handles) value += " hca_handle=" + std::to_string(*limit.hca_handles);
  if (limit.hca_objects) value += " hca_object=" + std::to_string(*limit.hca_objects);
  return value;
}

namespace {

// What the clamp in the kernel's sched_group_set_shares does silently.
constexpr std::uint64_t kMinShares = 2, kMaxShares = 262144;

Result<CgroupWrites> cpuset_v1(const config::Cpu& cpu) {
  CgroupWrites writes;
  const auto list = [&](const std::optional<std::string>& value, std::string name) {
    if (!value || value->empty()) return;
    put(writes, "cpuset." + name, *value, "cpu/" + name);
    put(writes, name, *value, "cpu/" + name).instead = true;  // mounted with noprefix
  };
  list(cpu.cpus, "cpus");
  list(cpu.mems, "mems");
  return writes;
}

// limit, then memory+swap: right for a new group. With memory alone made unlimited the sum has to follow.
Result<CgroupWrites> memory_v1(const config::Memory& memory, std::vector<std::string>& warnings) {
  TRY(check_memory(memory));
  CgroupWrites writes;
  const std::int64_t limit = memory.limit.value_or(0), swap = memory.swap.value_or(0), reservation = memory.reservation.value_or(0);
  if (limit != 0) put(writes, "memory.limit_in_bytes", std::to_string(limit), "memory/limit");
  if (swap != 0)
    put(writes, "memory.memsw.limit_in_bytes", std::to_string(swap), "memory/swap");
  else if (limit == -1)
    put(writes, "memory.memsw.limit_in_bytes", "-1", "memory/limit").ignore_missing =
        true;  // without swap accounting there is none
  if (reservation != 0) put(writes, "memory.soft_limit_in_bytes", std::to_string(reservation), "memory/reservation");
  if (memory.disable_oom_killer.value_or(false)) put(writes, "memory.oom_control", "1", "memory/disableOOMKiller");
  if (memory.swappiness && *memory.swappiness <= 100)
    put(writes, "memory.swappiness", std::to_string(*memory.swappiness), "memory/swappiness");
  warn_memory(memory, warnings);
  return writes;
}

Result<CgroupWrites> cpu_v1(const config::Cpu& cpu) {
  TRY(check_cpu(cpu));
  CgroupWrites writes;
  if (const std::uint64_t shares = cpu.shares.value_or(0); shares != 0) {
    if (shares < kMinShares)
      return fail("the minimum allowed cpu-shares is " + std::to_string(kMinShares), resource_place("cpu/shares"));
    if (shares > kMaxShares)
      return fail("the maximum allowed cpu-shares is " + std::to_string(kMaxShares), resource_place("cpu/shares"));
    put(writes, "cpu.shares", std::to_string(shares), "cpu/shares");
  }
  if (cpu.period.value_or(0) != 0) put(writes, "cpu.cfs_period_us", std::to_string(*cpu.period), "cpu/period");
  if (cpu.burst) put(writes, "cpu.cfs_burst_us", std::to_string(*cpu.burst), "cpu/burst").ignore_missing = true;
  if (const std::int64_t quota = cpu.quota.value_or(0); quota != 0)
    put(writes, "cpu.cfs_quota_us", std::to_string(quota < 0 ? -1 : quota), "cpu/quota");
  if (cpu.idle) put(writes, "cpu.idle", std::to_string(*cpu.idle), "cpu/idle");
  return writes;
}

CgroupWrites realtime_v1(const config::Cpu& cpu) {
  CgroupWrites writes;
  if (cpu.realtime_period.value_or(0) != 0)
    put(writes, "cpu.rt_period_us", std::to_string(*cpu.realtime_period), "cpu/realtimePeriod");
  if (cpu.realtime_runtime.value_or(0) != 0)
    put(writes, "cpu.rt_runtime_us", std::to_string(*cpu.realtime_runtime), "cpu/realtimeRuntime");
  return writes;
}

Result<CgroupWrites> block_io_v1(const config::BlockIo& block_io) {
  TRY(check_block_io(block_io));
  CgroupWrites writes;
  const auto weight = [&](std::string file, const std::string& value, std::string_view member) {
    put(writes, "blkio." + file, value, member);
    put(writes, "blkio.bfq." + file, value, member).instead = true;  // what CFQ's files became in Linux 5.0
  };
  if (block_io.weight.value_or(0) != 0) weight("weight", std::to_string(*block_io.weight), "blockIO/weight");
  if (block_io.leaf_weight.value_or(0) != 0)
    put(writes, "blkio.leaf_weight", std::to_string(*block_io.leaf_weight), "blockIO/leafWeight");
  for (std::size_t index = 0; index < block_io.weight_device.size(); ++index) {
    const config::WeightDevice& device = block_io.weight_device[index];
    const std::string number = device_number(device.major, device.minor) + " ", member = element("blockIO/weightDevice", index);
    if (device.weight.value_or(0) != 0) weight("weight_device", number + std::to_string(*device.weight), member);
    if (device.leaf_weight.value_or(0) != 0)
      put(writes, "blkio.leaf_weight_device", number + std::to_string(*device.leaf_weight), member);
  }
  const auto throttle = [&](const std::vector<config::ThrottleDevice>& devices, const char* file, const char* member) {
    for (std::size_t index = 0; index < devices.size(); ++index)
      put(writes, std::string("blkio.throttle.") + file,
          device_number(devices[index].major, devices[index].minor) + " " + std::to_string(devices[index].rate),
          element(member, index));
  };
  throttle(block_io.throttle_read_bps_device, "read_bps_device", "blockIO/throttleReadBpsDevice");
  throttle(block_io.throttle_write_bps_device, "write_bps_device", "blockIO/throttleWriteBpsDevice");
  throttle(block_io.throttle_read_iops_device, "read_iops_device", "blockIO/throttleReadIOPSDevice");
  throttle(block_io.throttle_write_iops_device, "write_iops_device", "blockIO/throttleWriteIOPSDevice");
  return writes;
}

Result<CgroupWrites> hugetlb_v1(const std::vector<config::HugepageLimit>& limits, const HostFacts& facts) {
  CgroupWrites writes;
  for (std::size_t index = 0; index < limits.size(); ++index) {
    TRY(check_hugepage(limits[index], index, facts));
    const std::string file = "hugetlb." + limits[index].page_size, value = std::to_string(limits[index].limit);
    const std::string member = "hugepageLimits/" + std::to_string(index);
    put(writes, file + ".limit_in_bytes", value, member);
    put(writes, file + ".rsvd.limit_in_bytes", value, member).ignore_missing = true;  // Linux 5.7
  }
  return writes;
}

CgroupWrites priorities_v1(const config::Network& network) {
  CgroupWrites writes;
  for (const config::InterfacePriority& entry : network.priorities)
    put(writes, "net_prio.ifpriomap", entry.name + " " + std::to_string(entry.priority), "network/priorities");
  return writes;
}

// Collects the sections. A limit whose controller is not there is an error, an empty section is none.
class Sections {
 public:
  explicit Sections(const std::vector<CgroupDirectory>& directories) : directories_(directories) {}

  Result<> add(std::string_view controller, Result<CgroupWrites> compiled,
               CgroupWrites ResourceWrites::* list = &ResourceWrites::writes) {
    CgroupWrites section = TRY(std::move(compiled));
    if (section.empty()) return {};
    const CgroupDirectory* directory = find_controller(directories_, controller);
    if (directory == nullptr)
      return fail("cannot set " + std::string(controller) + " limit: container could not join or create cgroup",
                  section.front().pointer);
    end_section(all_.*list, std::move(section), static_cast<std::size_t>(directory - directories_.data()));
    return {};
  }
  ResourceWrites take_all() { return std::move(all_); }

 private:
  const std::vector<CgroupDirectory>& directories_;
  ResourceWrites all_;
};

}  // namespace

Result<ResourceWrites> compile_resources_v1(const config::Resources& resources, const HostFacts& facts,
                                            const std::vector<CgroupDirectory>& directories, std::vector<std::string>& warnings) {
  if (!resources.unified.empty()) return fail("invalid configuration: cannot use unified on cgroup v1", resource_place("unified"));
  Sections sections(directories);
  if (resources.cpu) TRY(sections.add("cpuset", cpuset_v1(*resources.cpu)));
  if (resources.memory) TRY(sections.add("memory", memory_v1(*resources.memory, warnings)));
  if (resources.cpu) {
    TRY(sections.add("cpu", realtime_v1(*resources.cpu), &ResourceWrites::before_join));
    TRY(sections.add("cpu", cpu_v1(*resources.cpu)));
  }
  if (resources.pids_limit) {
    CgroupWrites pids;
    put(pids, "pids.max", pids_value(*resources.pids_limit), "pids/limit");
    TRY(sections.add("pids", std::move(pids)));
  }
  if (resources.block_io) TRY(sections.add("blkio", block_io_v1(*resources.block_io)));
  TRY(sections.add("hugetlb", hugetlb_v1(resources.hugepage_limits, facts)));
  if (resources.network) {
    CgroupWrites class_id;
    if (resources.network->class_id.value_or(0) != 0)
      put(class_id, "net_cls.classid", std::to_string(*resources.network->class_id), "network/classID");
    TRY(sections.add("net_cls", std::move(class_id)));
    TRY(sections.add("net_prio", priorities_v1(*resources.network)));
  }
  CgroupWrites rdma;
  for (const auto& entry : resources.rdma) put(rdma, "rdma.max", TRY(rdma_value(entry)), "rdma/" + escape_pointer(entry.first));
  TRY(sections.add("rdma", std::move(rdma)));
  return sections.take_all();
}

namespace {

// A new group has its OOM killer; only one that exists may have to get it back.
void enable_oom_killer(const config::Resources& resources, const std::vector<CgroupDirectory>& directories, CgroupWrites& writes) {
  const CgroupDirectory* directory = find_controller(directories, "memory");
  if (!resources.memory || resources.memory->disable_oom_killer != false || directory == nullptr) return;
  put(writes, "memory.oom_control", "0", "memory/disableOOMKiller").directory =
      static_cast<std::size_t>(directory - directories.data());
}

}  // namespace

Result<std::vector<CgroupWrite>> compile_resources(const config::Resources& resources, const HostFacts& facts,
                                                   const std::vector<CgroupDirectory>& directories,
                                                   std::vector<std::string>& warnings) {
  const bool v2 = facts.cgroup.mode == CgroupLayout::Mode::v2;
  auto compiled =
      v2 ? compile_resources_v2(resources, facts, warnings) : compile_resources_v1(resources, facts, directories, warnings);
  if (!compiled) return std::unexpected(std::move(compiled).error());
  std::vector<CgroupWrite> writes = std::move(compiled->before_join);
  for (CgroupWrite& write : compiled->writes) writes.push_back(std::move(write));
  if (!v2) enable_oom_killer(resources, directories, writes);
  return writes;
}

}  // namespace plan
