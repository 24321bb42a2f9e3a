// cgroup/statistics_v1.cpp: Documentation/admin-guide/cgroup-v1: cpuacct, memory, blkio-controller, cpusets, pids, hugetlb.
#include <unistd.h>

#include "cgroup/numbers.h"
#include "cgroup/room.h"

namespace cgroup {
namespace {

void read_cpu(Tree& tree, const std::string& directory, CpuStatistics& cpu) {
  const std::string text = read_text(tree, directory + "/cpu.stat");
  (void)flat_number(text, "nr_periods", cpu.periods);
  (void)flat_number(text, "nr_throttled", cpu.throttled_periods);
  (void)flat_number(text, "throttled_time", cpu.throttled_time);
}

void read_cpuacct(Tree& tree, const std::string& directory, CpuStatistics& cpu) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::string split = read_text(tree, directory + "/cpuacct.stat");
  if (flat_number(split, "user", cpu.user)) cpu.user = cpu.user * kSecond / ticks;
  if (flat_number(split, "system", cpu.kernel)) cpu.kernel = cpu.kernel * kSecond / ticks;
  cpu.total = read_number(tree, directory + "/cpuacct.usage").value_or(0);
  for (const std::string_view word : words_of(read_text(tree, directory + "/cpuacct.usage_percpu"), " \n"))
    cpu.percpu.push_back(number_of(word));
  for_each_line(read_text(tree, directory + "/cpuacct.usage_all"), [&cpu](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 3 || words[0] == "cpu") return;  // the head
    cpu.percpu_user.push_back(number_of(words[1]));
    cpu.percpu_kernel.push_back(number_of(words[2]));
  });
}

// "0-2,5"
std::vector<std::uint16_t> list_of(std::string_view text) {
  std::vector<std::uint16_t> numbers;
  for (const std::string_view range : words_of(text, ",\n")) {
    const std::size_t dash = range.find('-');
    const std::uint64_t first = number_of(range), last = dash == range.npos ? first : number_of(range.substr(dash + 1));
    for (std::uint64_t each = first; each <= last && each <= 0xFFFF; ++each) numbers.push_back(static_cast<std::uint16_t>(each));
  }
  return numbers;
}

void read_cpuset(Tree& tree, const std::string& directory, CpusetStatistics& cpuset) {
  const std::string with_prefix = directory + "/cpuset.", bare = directory + "/";
  const std::string& prefix = tree.read(with_prefix + "cpus") ? with_prefix : bare;  // noprefix
  cpuset.cpus = list_of(read_text(tree, prefix + "cpus"));
  cpuset.mems = list_of(read_text(tree, prefix + "mems"));
  struct File {
    const char* name;
    std::uint64_t CpusetStatistics::* number;
  };
  constexpr File kFiles[] = {
      {"cpu_exclusive", &CpusetStatistics::cpu_exclusive},           {"mem_hardwall", &CpusetStatistics::mem_hardwall},
      {"mem_exclusive", &CpusetStatistics::mem_exclusive},           {"memory_migrate", &CpusetStatistics::memory_migrate},
      {"memory_spread_page", &CpusetStatistics::memory_spread_page}, {"memory_spread_slab", &CpusetStatistics::memory_spread_slab},
      {"memory_pressure", &CpusetStatistics::memory_pressure},       {"sched_load_balance", &CpusetStatistics::sched_load_balance},
  };
  for (const File& file : kFiles) cpuset.*file.number = read_number(tree, prefix + file.name).value_or(0);
  const std::string level = read_text(tree, prefix + "sched_relax_domain_level");
  std::from_chars(level.data(), level.data() + level.size(), cpuset.sched_relax_domain_level);
}

// Nothing without `.usage_in_bytes`: memsw and kmem are options of the kernel.
MemoryUsage memory_usage(Tree& tree, const std::string& prefix) {
  MemoryUsage memory;
  const auto usage = read_number(tree, prefix + ".usage_in_bytes");
  if (!usage) return memory;
  memory.usage = *usage;
  memory.max = read_number(tree, prefix + ".max_usage_in_bytes").value_or(0);
  memory.failcnt = read_number(tree, prefix + ".failcnt").value_or(0);
  memory.limit = read_number(tree, prefix + ".limit_in_bytes").value_or(0);  // kmem's went away in Linux 6.1
  return memory;
}

void read_memory(Tree& tree, const std::string& directory, MemoryStatistics& memory) {
  for_each_line(read_text(tree, directory + "/memory.stat"), [&memory](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() == 2) memory.raw[std::string(words[0])] = number_of(words[1]);
  });
  if (const auto cache = memory.raw.find("cache"); cache != memory.raw.end()) memory.cache = cache->second;
  memory.usage = memory_usage(tree, directory + "/memory");
  memory.swap = memory_usage(tree, directory + "/memory.memsw");
  memory.kernel = memory_usage(tree, directory + "/memory.kmem");
  memory.kernel_tcp = memory_usage(tree, directory + "/memory.kmem.tcp");
}

// "8:0 Read 1282048", "8:0 2195456"; the sum of all devices ("Total 3477504") is left out.
std::vector<IoEntry> io_entries(std::string_view text) {
  std::vector<IoEntry> entries;
  for_each_line(text, [&entries](std::string_view line) {
    const auto words = words_of(line, " :");
    if (words.size() < 3) return;
    entries.push_back(
        {number_of(words[0]), number_of(words[1]), words.size() > 3 ? std::string(words[2]) : "", number_of(words.back())});
  });
  return entries;
}

struct IoFile {
  const char* name;
  std::vector<IoEntry> IoStatistics::* entries;
};
using Io = IoStatistics;
// The scheduler that counts decides under which names: BFQ with and without debugging, CFQ (before Linux 5.0), and, when none of
// them does, the throttling layer.
constexpr IoFile kBfqDebug[] = {
    {"bfq.sectors_recursive", &Io::sectors},        {"bfq.io_service_time_recursive", &Io::service_time},
    {"bfq.io_wait_time_recursive", &Io::wait_time}, {"bfq.io_merged_recursive", &Io::merged},
    {"bfq.io_queued_recursive", &Io::queued},       {"bfq.time_recursive", &Io::time},
    {"bfq.io_serviced_recursive", &Io::serviced},   {"bfq.io_service_bytes_recursive", &Io::service_bytes},
};
constexpr IoFile kBfq[] = {{"bfq.io_serviced_recursive", &Io::serviced}, {"bfq.io_service_bytes_recursive", &Io::service_bytes}};
constexpr IoFile kCfq[] = {
    {"sectors_recursive", &Io::sectors},        {"io_service_time_recursive", &Io::service_time},
    {"io_wait_time_recursive", &Io::wait_time}, {"io_merged_recursive", &Io::merged},
    {"io_queued_recursive", &Io::queued},       {"time_recursive", &Io::time},
    {"io_serviced_recursive", &Io::serviced},   {"io_service_bytes_recursive", &Io::service_bytes},
};
constexpr IoFile kThrottleBelow[] = {{"throttle.io_serviced_recursive", &Io::serviced},
                                     {"throttle.io_service_bytes_recursive", &Io::service_bytes}};
constexpr IoFile kThrottle[] = {{"throttle.io_serviced", &Io::serviced}, {"throttle.io_service_bytes", &Io::service_bytes}};
constexpr std::span<const IoFile> kSources[] = {kBfqDebug, kBfq, kCfq, kThrottleBelow, kThrottle};

void read_blkio(Tree& tree, const std::string& directory, IoStatistics& io) {
  for (const std::span<const IoFile> source : kSources) {
    bool counts = false;
    for (const IoFile& file : source) {
      io.*file.entries = io_entries(read_text(tree, directory + "/blkio." + file.name));
      counts = counts || !(io.*file.entries).empty();
      if (!counts) break;
    }
    if (counts) return;
  }
}

void read_hugetlb(Tree& tree, const std::string& directory, Statistics& all) {
  for (const std::string& size : hugepage_sizes_of(tree, directory, ".usage_in_bytes")) {
    const std::string plain = directory + "/hugetlb." + size, reserved = plain + ".rsvd";
    // What is reserved counts, where the kernel tells (5.7).
    const std::string& prefix = tree.read(reserved + ".usage_in_bytes") ? reserved : plain;
    const auto number = [&](const char* file) { return read_number(tree, prefix + file).value_or(0); };
    all.hugetlb[size] = {number(".usage_in_bytes"), number(".max_usage_in_bytes"), number(".failcnt")};
  }
}

}  // namespace

void read_statistics_v1(Tree& tree, const Member& member, Statistics& all) {
  const std::string& directory = member.directory;
  if (lists(member.controllers, "cpu")) read_cpu(tree, directory, all.cpu);
  if (lists(member.controllers, "cpuacct")) read_cpuacct(tree, directory, all.cpu);
  if (lists(member.controllers, "cpuset")) read_cpuset(tree, directory, all.cpuset);
  if (lists(member.controllers, "memory")) read_memory(tree, directory, all.memory);
  if (lists(member.controllers, "blkio")) read_blkio(tree, directory, all.io);
  if (lists(member.controllers, "hugetlb")) read_hugetlb(tree, directory, all);
  if (!lists(member.controllers, "pids")) return;
  all.pids = read_number(tree, directory + "/pids.current").value_or(0);
  const std::uint64_t limit = read_number(tree, directory + "/pids.max").value_or(0);
  all.pids_limit = limit == kNoLimit ? 0 : limit;
}

}  // namespace cgroup
