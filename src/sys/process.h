// sys/process.h: make, join, confine, signal and await processes. Verbs only, no policy.
// clone3(2), execveat(2), pidfd_open(2), setns(2), unshare(2), prctl(2), capset(2), setresuid(2), waitid(2), prlimit(2), keyctl(2).
#pragma once
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include <array>

#include "sys/file.h"

namespace sys {

// clone3(2); the child runs `child(argument)` on `stack` (its lowest address and size in `args`). Returns the child's pid.
inline Result<int> clone3(clone_args& args, ChildMain child, void* argument) {
  const long pid = raw_clone3(&args, sizeof args, child, argument);
  if (pid < 0) return std::unexpected(Errno{static_cast<int>(-pid)});
  return static_cast<int>(pid);
}
// clone3(2) as fork(2): no shared memory, both return. 0 in the child.
inline Result<int> fork(clone_args& args) {
  const long pid = raw(__NR_clone3, address(&args), sizeof args);
  if (pid < 0) return std::unexpected(Errno{static_cast<int>(-pid)});
  return static_cast<int>(pid);
}

// Return only on failure.
inline Errno execveat(int fd, const char* path, const char* const* argv, const char* const* envp, int flags) {
  return Errno{static_cast<int>(-raw(__NR_execveat, fd, address(path), address(argv), address(envp), flags))};
}
inline Errno execve(const char* path, const char* const* argv, const char* const* envp) {
  return Errno{static_cast<int>(-raw(__NR_execve, address(path), address(argv), address(envp)))};
}
[[noreturn]] inline void exit_process(int status) {
  raw(__NR_exit_group, status);
  __builtin_trap();  // a seccomp filter has refused it: no filter refuses a fault
}

inline int getpid() { return static_cast<int>(raw(__NR_getpid)); }
inline int getppid() { return static_cast<int>(raw(__NR_getppid)); }
inline Result<> setsid() { return checked_void(raw(__NR_setsid)); }
inline Result<> unshare(unsigned long flags) { return checked_void(raw(__NR_unshare, static_cast<long>(flags))); }
inline Result<> setns(int fd, unsigned long flags) { return checked_void(raw(__NR_setns, fd, static_cast<long>(flags))); }

inline Result<UniqueFd> pidfd_open(int pid) {
  const long fd = raw(__NR_pidfd_open, pid, 0);  // always close-on-exec
  if (fd < 0) return std::unexpected(Errno{static_cast<int>(-fd)});
  return UniqueFd(static_cast<int>(fd));
}
inline Result<> pidfd_send_signal(int pidfd, int signal) { return checked_void(raw(__NR_pidfd_send_signal, pidfd, signal, 0, 0)); }
inline Result<UniqueFd> pidfd_getfd(int pidfd, int fd) {
  const long got = raw(__NR_pidfd_getfd, pidfd, fd, 0);
  if (got < 0) return std::unexpected(Errno{static_cast<int>(-got)});
  return UniqueFd(static_cast<int>(got));
}
inline Result<> kill(int pid, int signal) { return checked_void(raw(__NR_kill, pid, signal)); }

inline Result<long> prctl(int option, long a = 0, long b = 0, long c = 0, long d = 0) {
  return checked(raw(__NR_prctl, option, a, b, c, d));
}
inline Result<> setresuid(std::uint32_t uid) { return checked_void(raw(__NR_setresuid, uid, uid, uid)); }
inline Result<> setresgid(std::uint32_t gid) { return checked_void(raw(__NR_setresgid, gid, gid, gid)); }
inline Result<> setgroups(std::span<const std::uint32_t> groups) {
  return checked_void(raw(__NR_setgroups, static_cast<long>(groups.size()), address(groups.data())));
}

// The three capability sets of capset(2), a bit a capability.
struct CapabilitySets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0;
};
inline Result<> capset(const CapabilitySets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> data{{
      {static_cast<std::uint32_t>(sets.effective), static_cast<std::uint32_t>(sets.permitted),
       static_cast<std::uint32_t>(sets.inheritable)},
      {static_cast<std::uint32_t>(sets.effective >> 32), static_cast<std::uint32_t>(sets.permitted >> 32),
       static_cast<std::uint32_t>(sets.inheritable >> 32)},
  }};
  return checked_void(raw(__NR_capset, address(&header), address(data.data())));
}
inline Result<CapabilitySets> capget() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  const long answer = raw(__NR_capget, address(&header), address(data.data()));
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return CapabilitySets{data[0].effective | std::uint64_t{data[1].effective} << 32,
                        data[0].permitted | std::uint64_t{data[1].permitted} << 32,
                        data[0].inheritable | std::uint64_t{data[1].inheritable} << 32};
}

struct ResourceLimit {
  std::uint64_t soft = 0, hard = 0;
};
inline Result<> set_resource_limit(int pid, int resource, const ResourceLimit& limit) {
  return checked_void(raw(__NR_prlimit64, pid, resource, address(&limit), 0));
}
inline Result<ResourceLimit> get_resource_limit(int pid, int resource) {
  ResourceLimit limit;
  const long answer = raw(__NR_prlimit64, pid, resource, 0, address(&limit));
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return limit;
}

// rt_sigprocmask(2) and rt_sigaction(2) in the kernel's own layout: bit n-1 of a mask is signal n.
inline std::uint64_t set_signal_mask(std::uint64_t mask) {
  std::uint64_t old = 0;
  raw(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, address(&mask), address(&old), sizeof mask);
  return old;
}
inline void reset_signal_disposition(int signal) {
  struct {
    long handler, flags, restorer;
    std::uint64_t mask;
  } action{};  // SIG_DFL
  raw(__NR_rt_sigaction, signal, address(&action), 0, sizeof action.mask);
}

// waitid(2). `raw_status`: si_status; `code`: CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3. pid 0 = nothing yet (WNOHANG).
struct Exit {
  int pid = 0, code = 0, status = 0;
  // As a shell counts: the status, or 128 + the signal.
  int exit_code() const { return code == 1 ? status : 128 + status; }
};
inline Result<Exit> waitid(int id_type, int id, int options) {
  struct alignas(8) {
    int signal, error, code, pad;
    int pid;
    std::uint32_t uid;
    int status;
    char rest[100];
  } info{};
  for (;;) {
    const long answer = raw(__NR_waitid, id_type, id, address(&info), options, 0);
    if (answer == -kEintr) continue;
    if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
    return Exit{info.pid, info.code, info.status};
  }
}

struct Timespec {
  std::int64_t seconds = 0, nanoseconds = 0;
};
struct PollEntry {
  int fd = -1;
  short events = 0, returned = 0;
};
// ppoll(2); `timeout_ms` < 0 waits for ever. EINTR is returned: the caller knows what time is left.
inline Result<int> poll(std::span<PollEntry> entries, int timeout_ms) {
  Timespec timeout{timeout_ms / 1000, std::int64_t{timeout_ms % 1000} * 1'000'000};
  const long answer =
      raw(__NR_ppoll, address(entries.data()), static_cast<long>(entries.size()), timeout_ms < 0 ? 0 : address(&timeout), 0, 8);
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  return static_cast<int>(answer);
}

// Waits until the process of `pidfd` has ended, at most `timeout_ms`. False: it has not, or nobody can tell.
inline bool await_end(int pidfd, int timeout_ms) {
  PollEntry end{pidfd, 1 /* POLLIN */, 0};
  const auto ended = poll({&end, 1}, timeout_ms);
  return ended && *ended > 0;
}

}  // namespace sys
