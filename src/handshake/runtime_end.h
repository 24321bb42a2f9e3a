// handshake/runtime_end.h: the runtime's end of the channel. It can send a Word and receive a Report, and nothing else: a message
// in the wrong direction does not compile. messages.h draws who says what when; unix(7), SOCK_SEQPACKET.
#pragma once
#include <cstddef>
#include <span>

#include "handshake/messages.h"
#include "handshake/record.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace handshake {

// Both ends, as they are made before the clone. `init` is closed on exec: the child clears that flag on its own copy.
struct Pair {
  sys::UniqueFd runtime, init;
};
inline sys::Result<Pair> make_pair() {
  sys::UniqueFd ends[2];
  SYS_TRY(sys::socketpair(SOCK_SEQPACKET, ends));
  return Pair{std::move(ends[0]), std::move(ends[1])};
}

class RuntimeEnd {
  sys::UniqueFd socket_;

 public:
  RuntimeEnd() = default;
  explicit RuntimeEnd(sys::UniqueFd socket) : socket_(std::move(socket)) {}

  int poll_fd() const { return socket_.get(); }
  void close() { socket_.reset(); }

  // EPIPE or ECONNRESET: init is gone; what it said before that can still be received.
  sys::Result<> send(Word word) {
    const ToInit message{word};
    return sys::send_message(socket_.get(), &message, sizeof message);
  }

  // What init said next. `ended`: its end is closed on exec or by death, nothing more will come. `fd` belongs to the receiver: the
  // pidfd of `child`, the socket of `network`, the mount of `tree`, the master of `terminal`, the descriptor of `listener`; with
  // any other report it is closed here.
  struct Next {
    bool ended = false;
    sys::UniqueFd fd;
  };
  // Waits for one report and writes it to `report`. EPROTO: something that is no whole report. ECONNRESET of a dead init with
  // an unread word in its queue counts as the end.
  sys::Result<Next> receive(Report& report) {
    auto received = sys::receive_message(socket_.get(), &report, sizeof report);
    if (received.code() == kConnectionReset) return Next{true, {}};
    if (!received) return std::unexpected(received.error());
    if (received->size == 0) return Next{true, {}};
    if (!is_whole(report, received->size)) return std::unexpected(sys::Errno{kProtocolError});
    const bool silent = report.say == Say::mounted || report.say == Say::ready || report.say == Say::failed;
    if (silent) received->fd.reset();
    return Next{false, std::move(received->fd)};
  }

 private:
  static constexpr int kProtocolError = 71;     // EPROTO
  static constexpr int kConnectionReset = 104;  // ECONNRESET
};

// `start`'s side of the answer fifo: reads until init closes it. True with a record in `report` when init failed; false when the
// fifo ended without one, which means that the user's program runs (or that init was killed: the caller asks its pidfd). `fifo`
// blocks.
inline sys::Result<bool> receive_answer(int fifo, Report& report) {
  const auto bytes = std::as_writable_bytes(std::span{&report, 1});
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const std::size_t got = SYS_TRY(sys::read(fifo, bytes.subspan(filled)));
    if (got == 0) break;
    filled += got;
  }
  if (filled == 0) return false;
  if (!is_whole(report, filled)) return std::unexpected(sys::Errno{71});  // EPROTO
  return true;
}

}  // namespace handshake
