// container/foreground.h: waiting for a process of a container as `run` and `exec` do: forwarding signals, reaping, relaying its
// terminal. signalfd(2), waitid(2).
#pragma once
#include <optional>

#include "container/child.h"
#include "container/terminal.h"
#include "support/result.h"

namespace container {

class Foreground {
  sys::UniqueFd signals_;
  std::uint64_t old_mask_ = 0;
  std::optional<RawTerminal> terminal_;
  std::optional<Relay> relay_;

  bool reap_all(int pid, sys::Exit& exit) const;
  bool serve_signals(const Child& process, sys::Exit& exit);

 public:
  Foreground() = default;
  Foreground(const Foreground&) = delete;
  ~Foreground();
  // Before anything is made: is there a terminal for a process that wants one?
  Result<> open_terminal();
  // From now on signals wait for us instead of ending this process.
  Result<> hold_signals();
  // The process's pty.
  Result<> take_terminal(sys::UniqueFd master);
  // Until `process`, our child, has ended and is reaped; other children are reaped on the way. Its exit code, 128 + signal.
  Result<int> wait(const Child& process);
};

}  // namespace container
