// container/process_id.h: what /proc/PID/stat says of a process. proc(5).
#pragma once
#include <cstdint>

#include "container/state.h"
#include "sys/result.h"

namespace container {

struct ProcessStat {
  char state = 0;                // field 3
  std::uint64_t start_time = 0;  // field 22, clock ticks since boot
  bool is_dead() const { return state == 'Z' || state == 'X' || state == 'x'; }
};
// ESRCH: no such process.
sys::Result<ProcessStat> process_stat(int pid);
bool is_alive(const ProcessId& process);

}  // namespace container
