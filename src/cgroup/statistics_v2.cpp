// cgroup/statistics_v2.cpp: Documentation/admin-guide/cgroup-v2.rst, in the shape of v1: times in nanoseconds, swap with memory in
// it.
#include "cgroup/numbers.h"
#include "cgroup/room.h"

namespace cgroup {
namespace {

void read_cpu(Tree& tree, const std::string& directory, CpuStatistics& cpu) {
  const std::string text = read_text(tree, directory + "/cpu.stat");
  const auto nanoseconds = [&text](const char* key) {
    std::uint64_t microseconds = 0;
    (void)flat_number(text, key, microseconds);
    return microseconds * 1000;
  };
  cpu.total = nanoseconds("usage_usec");
  cpu.user = nanoseconds("user_usec");
  cpu.kernel = nanoseconds("system_usec");
  cpu.throttled_time = nanoseconds("throttled_usec");
  (void)flat_number(text, "nr_periods", cpu.periods);
  (void)flat_number(text, "nr_throttled", cpu.throttled_periods);
  cpu.pressure = pressures_of(read_text(tree, directory + "/cpu.pressure"));
}

MemoryUsage memory_usage(Tree& tree, const std::string& prefix) {
  MemoryUsage memory;
  const auto usage = read_number(tree, prefix + ".current");
  if (!usage) return memory;
  memory.usage = *usage;
  memory.limit = read_number(tree, prefix + ".max").value_or(0);
  memory.max = read_number(tree, prefix + ".peak").value_or(0);  // Linux 5.19; of swap 6.5
  return memory;
}

void read_memory(Tree& tree, const std::string& directory, MemoryStatistics& memory) {
  for_each_line(read_text(tree, directory + "/memory.stat"), [&memory](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() == 2) memory.raw[std::string(words[0])] = number_of(words[1]);
  });
  if (const auto file = memory.raw.find("file"); file != memory.raw.end()) memory.cache = file->second;
  memory.usage = memory_usage(tree, directory + "/memory");
  memory.swap = memory_usage(tree, directory + "/memory.swap");
  memory.swap.usage += memory.usage.usage;
  if (memory.swap.limit != kNoLimit) memory.swap.limit += memory.usage.limit;
  memory.swap.max = 0;  // the two did not peak at once
  memory.pressure = pressures_of(read_text(tree, directory + "/memory.pressure"));
}

// "8:0 rbytes=90112 wbytes=0 rios=22 wios=0 dbytes=0 dios=0"
void read_io(Tree& tree, const std::string& directory, IoStatistics& io) {
  struct Counter {
    std::string_view key;
    const char* op;
    std::vector<IoEntry> IoStatistics::* entries;
  };
  constexpr Counter kCounters[] = {{"rbytes", "Read", &IoStatistics::service_bytes},
                                   {"wbytes", "Write", &IoStatistics::service_bytes},
                                   {"rios", "Read", &IoStatistics::serviced},
                                   {"wios", "Write", &IoStatistics::serviced}};
  for_each_line(read_text(tree, directory + "/io.stat"), [&](std::string_view line) {
    const auto words = words_of(line, " :");
    if (words.size() < 3) return;
    for (const std::string_view word : words)
      for (const Counter& counter : kCounters)
        if (word.starts_with(counter.key) && word.substr(counter.key.size()).starts_with('='))
          (io.*counter.entries)
              .push_back({number_of(words[0]), number_of(words[1]), counter.op, number_of(word.substr(counter.key.size() + 1))});
  });
  io.pressure = pressures_of(read_text(tree, directory + "/io.pressure"));
}

void read_hugetlb(Tree& tree, const std::string& directory, Statistics& all) {
  for (const std::string& size : hugepage_sizes_of(tree, directory, ".current")) {
    const std::string prefix = directory + "/hugetlb." + size;
    HugepageUsage& usage = all.hugetlb[size];
    const auto reserved = read_number(tree, prefix + ".rsvd.current");
    usage.usage = reserved ? *reserved : read_number(tree, prefix + ".current").value_or(0);
    (void)flat_number(read_text(tree, prefix + ".events"), "max", usage.failcnt);
  }
}

// Without the controller the processes themselves are counted, or the threads of a threaded group.
void read_pids(Tree& tree, const std::string& directory, Statistics& all) {
  if (const auto current = read_number(tree, directory + "/pids.current")) {
    all.pids = *current;
    const std::uint64_t limit = read_number(tree, directory + "/pids.max").value_or(0);
    all.pids_limit = limit == kNoLimit ? 0 : limit;
    return;
  }
  std::string list = read_text(tree, directory + "/cgroup.procs");
  if (list.empty()) list = read_text(tree, directory + "/cgroup.threads");
  for_each_line(list, [&all](std::string_view) { ++all.pids; });
}

}  // namespace

void read_statistics_v2(Tree& tree, const std::string& directory, Statistics& all) {
  read_pids(tree, directory, all);
  read_cpu(tree, directory, all.cpu);
  read_memory(tree, directory, all.memory);
  read_io(tree, directory, all.io);
  read_hugetlb(tree, directory, all);
}

}  // namespace cgroup
