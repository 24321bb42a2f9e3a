// container/terminal.h: the pseudoterminal of a process in the foreground, and the caller's own terminal beside it. pty(7),
// ioctl_tty(2), termios(3).
#pragma once
#include <string>

#include "support/result.h"
#include "sys/process.h"
#include "sys/unique_fd.h"

namespace container {

// The caller's terminal in raw mode as long as this lives. Output processing stays on there and is off on the pty, so that a line
// end is translated once, and not at all when standard output is a file.
class RawTerminal {
  sys::UniqueFd terminal_;
  struct Settings {  // struct termios of the kernel
    std::uint32_t input, output, control, local;
    unsigned char rest[64];
  } saved_{};

 public:
  RawTerminal() = default;
  RawTerminal(RawTerminal&& other) noexcept : terminal_(std::move(other.terminal_)), saved_(other.saved_) {}
  ~RawTerminal() { restore(); }
  // Standard error, output or input, the first that is a terminal, else /dev/tty. Error: "open /dev/tty: ...".
  static Result<RawTerminal> open();
  Result<> set_raw();
  void restore();
  // The pty gets this terminal's size. Errors do not matter.
  void copy_size_to(int master) const;
};

// Bytes between standard input, the pty's master and standard output, without ever waiting: `watch` says what poll(2) should look
// for, `move` does what is possible.
class Relay {
  sys::UniqueFd master_;
  std::string to_master_, to_output_;
  bool input_open_ = true, output_open_ = true, master_open_ = true;

 public:
  explicit Relay(sys::UniqueFd master);
  int master() const { return master_.get(); }
  static constexpr std::size_t kEntries = 4;
  void watch(std::span<sys::PollEntry, kEntries> entries) const;
  void move(std::span<const sys::PollEntry, kEntries> entries);
  // What the pty still holds goes to standard output. Called when the process has ended; what others hold open is not waited for.
  void drain();
};

}  // namespace container
