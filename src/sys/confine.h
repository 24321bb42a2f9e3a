// sys/confine.h: what a process changes about itself and its namespaces before it gives way to another program. Verbs only.
// seccomp(2), keyctl(2), sched_setattr(2), ioprio_set(2), set_mempolicy(2), personality(2), sethostname(2), sigaction(2).
#pragma once
#include "sys/process.h"

namespace sys {

// struct sock_fprog of seccomp(2). The flags are SECCOMP_FILTER_FLAG_*; the answer is the listener with NEW_LISTENER, else 0.
inline Result<long> load_filter(const void* instructions, std::uint16_t count, unsigned flags) {
  struct {
    std::uint16_t length;
    const void* filter;
  } program{count, instructions};
  return checked(raw(__NR_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, flags, address(&program)));
}

// The serial number of the new session keyring, which `name` names.
inline Result<long> join_session_keyring(const char* name) {
  return checked(raw(__NR_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, address(name)));
}
// "keyring;uid;gid;permissions in hex;name", with its NUL.
inline Result<std::size_t> describe_key(long key, std::span<char> into) {
  return checked(raw(__NR_keyctl, 6 /* KEYCTL_DESCRIBE */, key, address(into.data()), static_cast<long>(into.size())));
}
inline Result<> set_key_permissions(long key, std::uint32_t permissions) {
  return checked_void(raw(__NR_keyctl, 5 /* KEYCTL_SETPERM */, key, permissions));
}

struct SchedulingAttributes {  // struct sched_attr, version 0
  std::uint32_t size = 48, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);
inline Result<> sched_setattr(const SchedulingAttributes& attributes) {
  return checked_void(raw(__NR_sched_setattr, 0, address(&attributes), 0));
}
inline Result<> set_io_priority(long value) {
  return checked_void(raw(__NR_ioprio_set, 2 /* IOPRIO_WHO_PGRP: ours is alone in its group */, 0, value));
}
// `nodes`: a bit a NUMA node.
inline Result<> set_mempolicy(std::uint32_t mode, std::span<const std::uint64_t> nodes) {
  const long bits = nodes.empty() ? 0 : static_cast<long>(nodes.size() * 64 + 1);  // the kernel takes one off before it looks
  return checked_void(raw(__NR_set_mempolicy, mode, nodes.empty() ? 0 : address(nodes.data()), bits));
}
inline Result<> personality(long persona) { return checked_void(raw(__NR_personality, persona)); }
inline Result<> sethostname(std::string_view name) {
  return checked_void(raw(__NR_sethostname, address(name.data()), static_cast<long>(name.size())));
}
inline Result<> setdomainname(std::string_view name) {
  return checked_void(raw(__NR_setdomainname, address(name.data()), static_cast<long>(name.size())));
}
inline Result<> setpgid(int pid, int group) { return checked_void(raw(__NR_setpgid, pid, group)); }

// A copy of this process with its own memory and a pidfd: clone(2), which the usual filters of containers let pass where they
// answer ENOSYS to clone3(2). 0 in the child.
inline Result<int> fork_with_pidfd(UniqueFd& pidfd) {
  int fd = -1;
  const long pid = raw(__NR_clone, CLONE_PIDFD | 17 /* SIGCHLD */, 0, address(&fd));
  if (pid < 0) return std::unexpected(Errno{static_cast<int>(-pid)});
  if (pid > 0) pidfd.reset(fd);
  return static_cast<int>(pid);
}

// A pipe whose ends are closed on exec: read, write.
inline Result<> pipe(UniqueFd& reader, UniqueFd& writer) {
  int ends[2] = {-1, -1};
  const long answer = raw(__NR_pipe2, address(ends), O_CLOEXEC);
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  reader.reset(ends[0]);
  writer.reset(ends[1]);
  return {};
}

// CLOCK_MONOTONIC in milliseconds.
inline std::int64_t milliseconds() {
  Timespec now;
  raw(__NR_clock_gettime, 1, address(&now));
  return now.seconds * 1000 + now.nanoseconds / 1'000'000;
}

// sigaction(2): SIG_IGN for `signal`.
inline void ignore_signal(int signal) {
  struct {
    long handler, flags, restorer;
    std::uint64_t mask;
  } action{1, 0, 0, 0};
  raw(__NR_rt_sigaction, signal, address(&action), 0, sizeof action.mask);
}
// A handler that must not return: nothing is there to return through (no restorer of the C library).
inline void end_on_signal(int signal, void (*handler)(int)) {
#if defined(__x86_64__)
  constexpr unsigned long kFlags = 0x04000000;  // SA_RESTORER: the kernel builds no frame without one (arch/x86, signal.c)
#else
  constexpr unsigned long kFlags = 0;
#endif
  struct {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(int);
    std::uint64_t mask;
  } action{handler, kFlags, handler, ~std::uint64_t{0}};
#if !defined(__x86_64__)
  struct {
    void (*handler)(int);
    unsigned long flags;
    std::uint64_t mask;
  } plain{handler, kFlags, ~std::uint64_t{0}};  // the generic layout has no restorer
  raw(__NR_rt_sigaction, signal, address(&plain), 0, sizeof plain.mask);
  (void)action;
#else
  raw(__NR_rt_sigaction, signal, address(&action), 0, sizeof action.mask);
#endif
}

}  // namespace sys
