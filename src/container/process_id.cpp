// Process: the runtime, on the host. A process is its pid and its start time: proc(5) /proc/PID/stat, pidfd_open(2).
#include <array>
#include <charconv>

#include "container/files.h"
#include "container/process_id.h"
#include "container/state.h"
#include "sys/process.h"

namespace container {

constexpr int kEsrch = 3, kEnoent = 2, kEio = 5;

sys::Result<ProcessStat> process_stat(int pid) {
  std::array<char, 32> path{"/proc/"};
  *std::to_chars(path.data() + 6, path.data() + 20, pid).ptr = '/';
  const std::size_t length = std::string_view(path.data()).size();
  std::string_view("stat").copy(path.data() + length, 4);
  auto file = sys::openat(AT_FDCWD, path.data(), O_RDONLY);
  if (file.code() == kEnoent) return std::unexpected(sys::Errno{kEsrch});
  if (!file) return std::unexpected(file.error());
  std::array<char, 1024> buffer;
  const std::size_t size = SYS_TRY(sys::read(file->get(), std::as_writable_bytes(std::span{buffer})));
  std::string_view text{buffer.data(), size};
  // The name in field 2 is the process's own choice and may hold blanks and brackets: the last bracket ends it.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::unexpected(sys::Errno{kEio});
  text.remove_prefix(name_end + 2);
  ProcessStat stat;
  stat.state = text[0];
  for (int field = 3; field < 22; ++field) text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
  const auto number = std::from_chars(text.data(), text.data() + text.size(), stat.start_time);
  if (number.ec != std::errc{}) return std::unexpected(sys::Errno{kEio});
  return stat;
}

sys::Result<std::uint64_t> start_time_of(int pid) { return SYS_TRY(process_stat(pid)).start_time; }

const std::string& boot_id() {
  static const std::string id = [] {
    std::string text = read_head(AT_FDCWD, "/proc/sys/kernel/random/boot_id").value_or(std::string());
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }();
  return id;
}

bool is_alive(const ProcessId& process) {
  if (process.pid <= 1) return false;
  const auto stat = process_stat(process.pid);
  return stat && stat->start_time == process.start_time && !stat->is_dead();
}

sys::Result<sys::UniqueFd> open_process(const ProcessId& process) {
  if (process.pid <= 1) return std::unexpected(sys::Errno{kEsrch});
  // First the descriptor, then the look: what it refers to cannot be exchanged any more.
  sys::UniqueFd pidfd = SYS_TRY(sys::pidfd_open(process.pid));
  const ProcessStat stat = SYS_TRY(process_stat(process.pid));
  if (stat.start_time != process.start_time || stat.is_dead()) return std::unexpected(sys::Errno{kEsrch});
  return pidfd;
}

Result<Status> status_of(const Entry& entry, const State& state) {
  if (state.recorded == Status::creating) return is_alive(state.runtime) ? Status::creating : Status::stopped;
  if (state.recorded == Status::stopped) return Status::stopped;
  const auto frozen = cgroup::is_frozen(state.cgroup);
  if (frozen && *frozen) return Status::paused;
  if (!is_alive(state.init)) return Status::stopped;
  const bool waits = sys::faccessat(entry.directory.get(), "exec.fifo", F_OK, 0).has_value();
  return waits ? Status::created : Status::running;
}

}  // namespace container
