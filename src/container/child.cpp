// Process: the runtime, on the host, with the caller's rights; `run_host_program` is the child's part until its exec.
#include "container/child.h"

#include <signal.h>
#include <sys/wait.h>

#include <charconv>

#include "container/files.h"

namespace container {

sys::Result<Child> clone_child(std::uint64_t flags, sys::ChildMain body, void* argument, int into_cgroup) {
  // One at a time: CLONE_VFORK keeps us here until the child has left this memory.
  alignas(64) static std::byte stack[16 * 1024];
  int pidfd = -1;
  clone_args args{};
  args.flags = flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  args.pidfd = static_cast<std::uint64_t>(sys::address(&pidfd));
  args.exit_signal = SIGCHLD;
  args.stack = static_cast<std::uint64_t>(sys::address(stack));
  args.stack_size = sizeof stack;
  if (into_cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(into_cgroup);
  }
  // A signal handler of ours would run in the child on our memory: none may come before its exec.
  const std::uint64_t mask = sys::set_signal_mask(~std::uint64_t{0});
  const auto pid = sys::clone3(args, body, argument);
  sys::set_signal_mask(mask);
  if (!pid) return std::unexpected(pid.error());
  return Child{*pid, sys::UniqueFd(pidfd)};
}

std::vector<const char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

namespace {

struct Launch {
  const HostProgram* program = nullptr;
  volatile int error = 0;
};

void run_host_program(void* argument) {
  auto& launch = *static_cast<Launch*>(argument);
  const HostProgram& program = *launch.program;
  sys::raw(__NR_setpgid, 0, 0);  // so that a timeout reaches what the program has started, too
  const int standard[] = {program.standard_input, program.standard_output, program.standard_error};
  for (int number = 0; number < 3; ++number)
    if (standard[number] >= 0) (void)sys::dup3(standard[number], number, 0);
  (void)sys::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  // execve(2) keeps ignored signals ignored; the runtime ignores none, but whoever started it may.
  for (int signal = 1; signal <= 64; ++signal)
    if (signal == SIGPIPE || signal == SIGXFSZ || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM || signal == SIGCHLD ||
        signal == SIGHUP)
      sys::reset_signal_disposition(signal);
  sys::set_signal_mask(0);
  launch.error = sys::execve(program.path, program.argv, program.envp).code;
  sys::exit_process(127);
}

}  // namespace

sys::Result<Child> start_program(const HostProgram& program) {
  Launch launch{&program};
  auto child = SYS_TRY(clone_child(0, run_host_program, &launch));
  if (launch.error != 0) {
    (void)reap(child);
    return std::unexpected(sys::Errno{launch.error});
  }
  return child;
}

sys::Result<Child> as_child(sys::UniqueFd pidfd) {
  constexpr int kEchild = 10;
  SYS_TRY(sys::waitid(P_PIDFD, pidfd.get(), WEXITED | WNOHANG | WNOWAIT));
  // proc(5), /proc/PID/fdinfo: "Pid:\t4711", -1 when it is gone.
  const std::string info = SYS_TRY(read_head(AT_FDCWD, ("/proc/self/fdinfo/" + std::to_string(pidfd.get())).c_str()));
  constexpr std::string_view kKey = "\nPid:\t";
  const std::size_t at = info.find(kKey);
  int pid = 0;
  if (at != std::string::npos) std::from_chars(info.data() + at + kKey.size(), info.data() + info.size(), pid);
  if (pid <= 1) return std::unexpected(sys::Errno{kEchild});
  return Child{pid, std::move(pidfd)};
}

void end_child(const Child& child) {
  constexpr int kPatienceMs = 10'000;
  if (!child.pidfd) return;
  (void)sys::pidfd_send_signal(child.pidfd.get(), SIGKILL);
  (void)sys::await_end(child.pidfd.get(), kPatienceMs);
  (void)sys::waitid(P_PIDFD, child.pidfd.get(), WEXITED | WNOHANG);
}

sys::Result<sys::Exit> reap(const Child& child) { return sys::waitid(P_PIDFD, child.pidfd.get(), WEXITED); }

}  // namespace container
