// Process: the runtime in the foreground, on the host; the container's process is its child.
#include "container/foreground.h"

#include <signal.h>
#include <sys/poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <array>

namespace container {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }
// A fault of our own must end us, not wait in a queue.
constexpr std::uint64_t kOurFaults =
    bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGSYS) | bit(SIGABRT);

}  // namespace

Foreground::~Foreground() {
  if (signals_) sys::set_signal_mask(old_mask_);
}

Result<> Foreground::open_terminal() {
  terminal_.emplace(TRY(RawTerminal::open()));
  return {};
}

Result<> Foreground::hold_signals() {
  const std::uint64_t mask = ~kOurFaults;
  old_mask_ = sys::set_signal_mask(mask);
  const long made = sys::raw(__NR_signalfd4, -1, sys::address(&mask), sizeof mask, SFD_CLOEXEC | SFD_NONBLOCK);
  if (made < 0) return fail("signalfd", sys::Errno{static_cast<int>(-made)});
  signals_.reset(static_cast<int>(made));
  return {};
}

Result<> Foreground::take_terminal(sys::UniqueFd master) {
  relay_.emplace(std::move(master));
  if (!terminal_) return {};
  terminal_->copy_size_to(relay_->master());
  return terminal_->set_raw();
}

// SIGCHLD tells that something happened, not how often: all that have ended are taken. True when `pid` was among them.
bool Foreground::reap_all(int pid, sys::Exit& exit) const {
  bool ended = false;
  for (;;) {
    const auto next = sys::waitid(P_ALL, 0, WEXITED | WNOHANG);
    if (!next || next->pid == 0) return ended;
    if (next->pid != pid) continue;
    exit = *next;
    ended = true;
    return true;  // with its end the rest of the container's processes are the cgroup's matter
  }
}

bool Foreground::serve_signals(const Child& process, sys::Exit& exit) {
  std::array<signalfd_siginfo, 8> pending;
  const auto got = sys::read(signals_.get(), std::as_writable_bytes(std::span{pending}));
  if (!got) return false;
  for (std::size_t index = 0; index < *got / sizeof pending[0]; ++index) {
    const signalfd_siginfo& info = pending[index];
    const int signal = static_cast<int>(info.ssi_signo);
    const bool own_pipe =
        signal == SIGPIPE && info.ssi_pid == static_cast<std::uint32_t>(sys::getpid());  // our stdout is gone, not its
    if (signal == SIGCHLD) {
      if (reap_all(process.pid, exit)) return true;
    } else if (signal == SIGWINCH && relay_) {
      if (terminal_) terminal_->copy_size_to(relay_->master());
    } else if (signal != SIGURG && signal != SIGWINCH && !own_pipe) {
      (void)sys::pidfd_send_signal(process.pidfd.get(), signal);  // gone already: its end is on the way
    }
  }
  return false;
}

Result<int> Foreground::wait(const Child& process) {
  sys::Exit exit;
  // It may have ended before the signals were held.
  bool ended = reap_all(process.pid, exit);
  while (!ended) {
    std::array<sys::PollEntry, 1 + Relay::kEntries> entries{};
    entries[0] = {signals_.get(), POLLIN, 0};
    for (std::size_t index = 1; index < entries.size(); ++index) entries[index].fd = -1;
    const auto relay_entries = std::span{entries}.subspan<1, Relay::kEntries>();
    if (relay_) relay_->watch(relay_entries);
    const auto ready = sys::poll(entries, -1);
    if (!ready && ready.code() != sys::kEintr) return fail("poll", ready.error());
    if (relay_) relay_->move(relay_entries);
    if (entries[0].returned != 0) ended = serve_signals(process, exit);
  }
  if (relay_) relay_->drain();
  if (terminal_) terminal_->restore();
  return exit.exit_code();
}

}  // namespace container
