// cgroup/statistics.h: what the kernel has counted for a group: v1's and v2's files in one shape, that of `events`. A controller or
// a file that is not there leaves its numbers at 0.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace cgroup {

// Pressure stall information: shares of the last 10, 60 and 300 seconds in percent, and all of it in microseconds.
struct Pressure {
  double avg10 = 0, avg60 = 0, avg300 = 0;
  std::uint64_t total = 0;
};
struct Pressures {
  Pressure some, full;
};

struct CpuStatistics {
  std::uint64_t total = 0, kernel = 0, user = 0;                         // nanoseconds
  std::vector<std::uint64_t> percpu, percpu_kernel, percpu_user;         // v1; nanoseconds
  std::uint64_t periods = 0, throttled_periods = 0, throttled_time = 0;  // the time in nanoseconds
  std::optional<Pressures> pressure;
};

struct CpusetStatistics {  // v1
  std::vector<std::uint16_t> cpus, mems;
  std::uint64_t cpu_exclusive = 0, mem_hardwall = 0, mem_exclusive = 0, memory_migrate = 0, memory_spread_page = 0,
                memory_spread_slab = 0, memory_pressure = 0, sched_load_balance = 0;
  std::int64_t sched_relax_domain_level = 0;
};

struct MemoryUsage {
  std::uint64_t limit = 0, usage = 0, max = 0, failcnt = 0;  // bytes; limit all ones or v1's largest page multiple = none
};
struct MemoryStatistics {
  std::uint64_t cache = 0;
  MemoryUsage usage, swap, kernel, kernel_tcp;  // swap: memory and swap together
  std::map<std::string, std::uint64_t> raw;     // memory.stat
  std::optional<Pressures> pressure;
};

struct IoEntry {
  std::uint64_t major = 0, minor = 0;
  std::string op;
  std::uint64_t value = 0;
};
struct IoStatistics {
  std::vector<IoEntry> service_bytes, serviced, queued, service_time, wait_time, merged, time, sectors;
  std::optional<Pressures> pressure;
};

struct HugepageUsage {
  std::uint64_t usage = 0, max = 0, failcnt = 0;
};

struct Statistics {
  CpuStatistics cpu;
  CpusetStatistics cpuset;
  MemoryStatistics memory;
  std::uint64_t pids = 0, pids_limit = 0;  // limit 0 = none
  IoStatistics io;
  std::map<std::string, HugepageUsage> hugetlb;  // by page size: "2MB"
};

Result<Statistics> read_statistics(const Group& group);

// Tells when the kernel ran out of memory for a group, and when the group has ended. eventfd(2) on v1's memory.oom_control,
// inotify(7) on v2's memory.events and cgroup.events.
class MemoryWatch {
 public:
  static Result<MemoryWatch> open(const Group& group);
  // Readable (POLLIN) when `next` has something to say.
  int descriptor() const { return alarm_.get(); }
  struct News {
    unsigned out_of_memory = 0;  // how many times since the last call; at least once when the kernel does not say
    bool ended = false;          // the group is gone, or (v2) nobody is in it
  };
  Result<News> next();

 private:
  bool v2_ = false;
  std::string directory_;
  sys::UniqueFd alarm_, file_;  // file_: v1 keeps memory.oom_control open
  std::uint64_t killed_ = 0;    // v2: oom_kill as last read
};

}  // namespace cgroup
