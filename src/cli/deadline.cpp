#include "cli/deadline.h"

#include <signal.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "sys/process.h"
#include "sys/socket.h"

namespace cli {
namespace {

constexpr int kGraceMilliseconds = 10'000;
constexpr int kAgainMilliseconds = 100;

void wait_milliseconds(int time) { (void)sys::poll({}, time); }

// Process: a child of the runtime, on the host, with its rights. It ends with the runtime, never by a signal of the terminal.
[[noreturn]] void watch(const container::Context& context, const std::string& id, std::uint32_t seconds, int parent, int told) {
  sys::set_signal_mask(~std::uint64_t{0});
  (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (sys::getppid() != parent) sys::exit_process(0);
  // In pieces: poll counts milliseconds in an int.
  for (std::uint32_t second = 0; second < seconds; ++second) wait_milliseconds(1000);
  (void)sys::send_message(told, "1", 1);
  (void)container::kill(context, id, SIGTERM, false);
  wait_milliseconds(kGraceMilliseconds);
  for (;;) {  // a container that is still being made cannot be killed yet
    (void)container::kill(context, id, SIGKILL, false);
    wait_milliseconds(kAgainMilliseconds);
  }
}

}  // namespace

Deadline::~Deadline() {
  if (pid_ == 0) return;
  (void)sys::kill(pid_, SIGKILL);
  (void)sys::waitid(P_PID, pid_, WEXITED | __WALL);
}

Result<> Deadline::start(const container::Context& context, const std::string& id, std::uint32_t seconds) {
  sys::UniqueFd ends[2];
  TRY_DOING("socketpair", sys::socketpair(SOCK_SEQPACKET, ends));
  const int parent = sys::getpid();
  // No signal at its end: the waits of `run` for the container's processes do not see such a child. clone(2), "__WCLONE"
  clone_args arguments{};
  pid_ = TRY_DOING("start the process that keeps the time", sys::fork(arguments));
  if (pid_ == 0) watch(context, id, seconds, parent, ends[1].get());
  passed_ = std::move(ends[0]);
  return {};
}

bool Deadline::has_passed() const {
  if (!passed_) return false;
  sys::PollEntry entry{passed_.get(), POLLIN, 0};
  const auto ready = sys::poll({&entry, 1}, 0);
  return ready && (entry.returned & POLLIN) != 0;
}

}  // namespace cli
