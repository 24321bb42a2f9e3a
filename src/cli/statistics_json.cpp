#include "cli/statistics_json.h"

namespace cli {
namespace {

void unless_zero(JsonWriter& json, std::string_view key, std::uint64_t number) {
  if (number != 0) json.key(key).value(number);
}
template <class Number>
void unless_empty(JsonWriter& json, std::string_view key, const std::vector<Number>& numbers) {
  if (numbers.empty()) return;
  json.key(key).begin_array();
  for (const Number number : numbers) json.value(number);
  json.end_array();
}

void write_pressure(JsonWriter& json, std::string_view key, const cgroup::Pressure& pressure) {
  json.key(key).begin_object();
  json.key("avg10").value(pressure.avg10).key("avg60").value(pressure.avg60).key("avg300").value(pressure.avg300);
  json.key("total").value(pressure.total).end_object();
}
void write_pressures(JsonWriter& json, const std::optional<cgroup::Pressures>& pressures) {
  if (!pressures) return;
  json.key("psi").begin_object();
  write_pressure(json, "some", pressures->some);
  write_pressure(json, "full", pressures->full);
  json.end_object();
}

void write_cpu(JsonWriter& json, const cgroup::CpuStatistics& cpu) {
  json.begin_object();
  const bool used = cpu.total != 0 || cpu.kernel != 0 || cpu.user != 0 || !cpu.percpu.empty();
  if (used) {
    json.key("usage").begin_object();
    unless_zero(json, "total", cpu.total);
    unless_empty(json, "percpu", cpu.percpu);
    unless_empty(json, "percpu_kernel", cpu.percpu_kernel);
    unless_empty(json, "percpu_user", cpu.percpu_user);
    json.key("kernel").value(cpu.kernel).key("user").value(cpu.user).end_object();
  }
  if (cpu.periods != 0 || cpu.throttled_periods != 0 || cpu.throttled_time != 0) {
    json.key("throttling").begin_object();
    unless_zero(json, "periods", cpu.periods);
    unless_zero(json, "throttledPeriods", cpu.throttled_periods);
    unless_zero(json, "throttledTime", cpu.throttled_time);
    json.end_object();
  }
  write_pressures(json, cpu.pressure);
  json.end_object();
}

void write_cpuset(JsonWriter& json, const cgroup::CpusetStatistics& cpuset) {
  json.begin_object();
  unless_empty(json, "cpus", cpuset.cpus);
  json.key("cpu_exclusive").value(cpuset.cpu_exclusive);
  unless_empty(json, "mems", cpuset.mems);
  json.key("mem_hardwall").value(cpuset.mem_hardwall);
  json.key("mem_exclusive").value(cpuset.mem_exclusive);
  json.key("memory_migrate").value(cpuset.memory_migrate);
  json.key("memory_spread_page").value(cpuset.memory_spread_page);
  json.key("memory_spread_slab").value(cpuset.memory_spread_slab);
  json.key("memory_pressure").value(cpuset.memory_pressure);
  json.key("sched_load_balance").value(cpuset.sched_load_balance);
  json.key("sched_relax_domain_level").value(cpuset.sched_relax_domain_level).end_object();
}

void write_usage(JsonWriter& json, std::string_view key, const cgroup::MemoryUsage& usage) {
  if (usage.limit == 0 && usage.usage == 0 && usage.max == 0 && usage.failcnt == 0) return;
  json.key(key).begin_object().key("limit").value(usage.limit);
  unless_zero(json, "usage", usage.usage);
  unless_zero(json, "max", usage.max);
  json.key("failcnt").value(usage.failcnt).end_object();
}

void write_memory(JsonWriter& json, const cgroup::MemoryStatistics& memory) {
  json.begin_object();
  unless_zero(json, "cache", memory.cache);
  write_usage(json, "usage", memory.usage);
  write_usage(json, "swap", memory.swap);
  write_usage(json, "kernel", memory.kernel);
  write_usage(json, "kernelTCP", memory.kernel_tcp);
  if (!memory.raw.empty()) {
    json.key("raw").begin_object();
    for (const auto& [name, number] : memory.raw) json.key(name).value(number);
    json.end_object();
  }
  write_pressures(json, memory.pressure);
  json.end_object();
}

void write_io(JsonWriter& json, const cgroup::IoStatistics& io) {
  struct Table {
    std::string_view key;
    std::vector<cgroup::IoEntry> cgroup::IoStatistics::* entries;
  };
  using Io = cgroup::IoStatistics;
  constexpr Table kTables[] = {
      {"ioServiceBytesRecursive", &Io::service_bytes},
      {"ioServicedRecursive", &Io::serviced},
      {"ioQueueRecursive", &Io::queued},
      {"ioServiceTimeRecursive", &Io::service_time},
      {"ioWaitTimeRecursive", &Io::wait_time},
      {"ioMergedRecursive", &Io::merged},
      {"ioTimeRecursive", &Io::time},
      {"sectorsRecursive", &Io::sectors},
  };
  json.begin_object();
  for (const Table& table : kTables) {
    if ((io.*table.entries).empty()) continue;
    json.key(table.key).begin_array();
    for (const cgroup::IoEntry& entry : io.*table.entries) {
      json.begin_object();
      unless_zero(json, "major", entry.major);
      unless_zero(json, "minor", entry.minor);
      if (!entry.op.empty()) json.key("op").value(entry.op);
      unless_zero(json, "value", entry.value);
      json.end_object();
    }
    json.end_array();
  }
  write_pressures(json, io.pressure);
  json.end_object();
}

}  // namespace

void write_statistics(JsonWriter& json, const cgroup::Statistics& statistics) {
  json.begin_object();
  write_cpu(json.key("cpu"), statistics.cpu);
  write_cpuset(json.key("cpuset"), statistics.cpuset);
  write_memory(json.key("memory"), statistics.memory);
  json.key("pids").begin_object();
  unless_zero(json, "current", statistics.pids);
  unless_zero(json, "limit", statistics.pids_limit);
  json.end_object();
  write_io(json.key("blkio"), statistics.io);
  json.key("hugetlb").begin_object();
  for (const auto& [size, usage] : statistics.hugetlb) {
    json.key(size).begin_object();
    unless_zero(json, "usage", usage.usage);
    unless_zero(json, "max", usage.max);
    json.key("failcnt").value(usage.failcnt).end_object();
  }
  json.end_object();
  // Neither resctrl groups nor network interfaces are of our making.
  json.key("intel_rdt").begin_object().end_object();
  json.key("network_interfaces").null().end_object();
}

}  // namespace cli
