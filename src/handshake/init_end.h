// handshake/init_end.h: init's end of the channel. It can send a Report and receive a Word, and nothing else. messages.h draws
// who says what when.
#pragma once
#include "handshake/messages.h"
#include "handshake/record.h"
#include "sys/socket.h"

namespace handshake {

class InitEnd {
  sys::UniqueFd socket_;

 public:
  InitEnd() = default;
  explicit InitEnd(sys::UniqueFd socket) : socket_(std::move(socket)) {}

  int get() const { return socket_.get(); }
  explicit operator bool() const { return static_cast<bool>(socket_); }
  void close() { socket_.reset(); }

  // `passed` >= 0 goes along and stays the caller's.
  sys::Result<> send(const Report& report, int passed = -1) {
    return sys::send_message(socket_.get(), &report, wire_size(report), passed);
  }

  // Waits for the runtime's next word. EPIPE: the runtime is gone. EPROTO: something that is no word.
  sys::Result<Word> receive() {
    ToInit message{};
    const auto received = SYS_TRY(sys::receive_message(socket_.get(), &message, sizeof message));
    if (received.size == 0) return std::unexpected(sys::Errno{32});               // EPIPE
    if (received.size != sizeof message) return std::unexpected(sys::Errno{71});  // EPROTO
    return message.word;
  }
};

}  // namespace handshake
