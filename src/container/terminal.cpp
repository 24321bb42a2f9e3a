// Process: the runtime in the foreground, on the host.
#include "container/terminal.h"

#include <sys/poll.h>

#include <array>
#include <cstring>

#include "sys/file.h"

namespace container {
namespace {

constexpr unsigned long kGet = 0x5401, kSetAfterDrain = 0x5403, kSet = 0x5402, kGetSize = 0x5413, kSetSize = 0x5414;  // TCGETS ...
// <asm-generic/termbits.h>; <termios.h> has another struct termios than the kernel.
constexpr std::uint32_t kOpost = 0x1, kOnlcr = 0x4;
constexpr std::uint32_t kRawInput =
    0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;                      // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
constexpr std::uint32_t kRawLocal = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000;           // ISIG ICANON ECHO ECHONL IEXTEN
constexpr std::uint32_t kSizeMask = 0x30, kEightBits = 0x30, kParity = 0x100;  // CSIZE CS8 PARENB
constexpr std::size_t kVtime = 1 + 5, kVmin = 1 + 6;                           // behind c_line
constexpr std::size_t kChunk = 4096;  // PIPE_BUF: a pipe that poll(2) calls writable takes it whole

bool is_terminal(int fd) {
  std::array<char, 128> settings{};
  return sys::ioctl(fd, kGet, sys::address(settings.data())).has_value();
}

// False when nothing more will come.
bool read_into(int fd, std::string& buffer) {
  std::array<char, kChunk> bytes;
  const auto got = sys::read(fd, std::as_writable_bytes(std::span{bytes}));
  if (!got) return got.code() == sys::kEagain;  // EIO: the last slave is closed
  buffer.append(bytes.data(), *got);
  return *got != 0;
}

// False when nobody reads any more.
bool write_from(int fd, std::string& buffer) {
  const auto put = sys::write(fd, std::string_view(buffer).substr(0, kChunk));
  if (!put) return put.code() == sys::kEagain;
  buffer.erase(0, *put);
  return true;
}

}  // namespace

Result<RawTerminal> RawTerminal::open() {
  RawTerminal raw;
  for (const int number : {2, 1, 0}) {
    if (!is_terminal(number)) continue;
    const long copy = TRY_DOING("duplicate the terminal", sys::fcntl(number, F_DUPFD_CLOEXEC, 3));
    raw.terminal_.reset(static_cast<int>(copy));
    return raw;
  }
  raw.terminal_ = TRY_DOING("open /dev/tty", sys::openat(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY));
  return raw;
}

Result<> RawTerminal::set_raw() {
  TRY_DOING("get terminal settings", sys::ioctl(terminal_.get(), kGet, sys::address(&saved_)));
  Settings settings = saved_;
  settings.input &= ~kRawInput;
  settings.output |= kOpost;
  settings.local &= ~kRawLocal;
  settings.control = (settings.control & ~(kSizeMask | kParity)) | kEightBits;
  settings.rest[kVmin] = 1;
  settings.rest[kVtime] = 0;
  TRY_DOING("set terminal to raw mode", sys::ioctl(terminal_.get(), kSet, sys::address(&settings)));
  return {};
}

void RawTerminal::restore() {
  if (!terminal_ || saved_.control == 0) return;
  (void)sys::ioctl(terminal_.get(), kSetAfterDrain, sys::address(&saved_));
  saved_.control = 0;
}

void RawTerminal::copy_size_to(int master) const {
  std::array<std::uint16_t, 4> size{};  // struct winsize
  if (sys::ioctl(terminal_.get(), kGetSize, sys::address(size.data())))
    (void)sys::ioctl(master, kSetSize, sys::address(size.data()));
}

Relay::Relay(sys::UniqueFd master) : master_(std::move(master)) {
  std::array<std::uint32_t, 32> settings{};
  if (sys::ioctl(master_.get(), kGet, sys::address(settings.data()))) {
    settings[1] &= ~kOnlcr;
    (void)sys::ioctl(master_.get(), kSet, sys::address(settings.data()));
  }
  // Only the master: 0 and 1 share their flags with the caller's shell.
  const auto flags = sys::fcntl(master_.get(), F_GETFL);
  if (flags) (void)sys::fcntl(master_.get(), F_SETFL, *flags | O_NONBLOCK);
}

// A descriptor below 0 is passed over by poll(2). Each buffer is emptied before its source is read again.
void Relay::watch(std::span<sys::PollEntry, kEntries> entries) const {
  const bool wants_input = input_open_ && master_open_ && to_master_.empty();
  const bool wants_master = master_open_ && to_output_.empty();
  entries[0] = {wants_input ? 0 : -1, POLLIN, 0};
  entries[1] = {!to_output_.empty() && output_open_ ? 1 : -1, POLLOUT, 0};
  entries[2] = {wants_master ? master_.get() : -1, POLLIN, 0};
  entries[3] = {!to_master_.empty() && master_open_ ? master_.get() : -1, POLLOUT, 0};
}

void Relay::move(std::span<const sys::PollEntry, kEntries> entries) {
  if (entries[0].returned != 0) input_open_ = read_into(0, to_master_);
  if (entries[1].returned != 0) output_open_ = write_from(1, to_output_);
  if (entries[2].returned != 0) master_open_ = read_into(master_.get(), to_output_);
  if (entries[3].returned != 0 && !write_from(master_.get(), to_master_)) to_master_.clear();
  if (!output_open_) to_output_.clear();  // the process goes on writing; its output has nowhere to go
}

void Relay::drain() {
  while (output_open_) {
    while (output_open_ && !to_output_.empty()) output_open_ = write_from(1, to_output_);
    const std::size_t before = to_output_.size();
    if (!master_open_ || !read_into(master_.get(), to_output_)) master_open_ = false;
    if (to_output_.size() == before) return;
  }
}

}  // namespace container
