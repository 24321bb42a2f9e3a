// sys/socket.h: the seqpacket pair between runtime and init, with descriptors on messages. unix(7), sendmsg(2), cmsg(3).
#pragma once
#include <linux/socket.h>
#include <sys/socket.h>

#include <cstring>

#include "sys/file.h"

namespace sys {

inline Result<> socketpair(int type, UniqueFd (&ends)[2]) {
  int fds[2] = {-1, -1};
  const long answer = raw(__NR_socketpair, AF_UNIX, type | SOCK_CLOEXEC, 0, address(fds));
  if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
  ends[0].reset(fds[0]);
  ends[1].reset(fds[1]);
  return {};
}

inline Result<> shutdown(int fd, int how) { return checked_void(raw(__NR_shutdown, fd, how)); }

// One message; `passed` >= 0 is sent along by SCM_RIGHTS and stays the caller's. Never raises SIGPIPE.
inline Result<> send_message(int socket, const void* data, std::size_t size, int passed = -1) {
  iovec part{const_cast<void*>(data), size};
  alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (passed >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    __builtin_memcpy(CMSG_DATA(header), &passed, sizeof(int));
  }
  for (;;) {
    const long answer = raw(__NR_sendmsg, socket, address(&message), MSG_NOSIGNAL);
    if (answer == -kEintr) continue;
    return checked_void(answer);
  }
}

struct Received {
  std::size_t size = 0;  // 0 = the other end is gone
  UniqueFd fd;           // what came along, if anything
};
inline Result<Received> receive_message(int socket, void* data, std::size_t size) {
  iovec part{data, size};
  alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  for (;;) {
    const long answer = raw(__NR_recvmsg, socket, address(&message), MSG_CMSG_CLOEXEC);
    if (answer == -kEintr) continue;
    if (answer < 0) return std::unexpected(Errno{static_cast<int>(-answer)});
    Received received{static_cast<std::size_t>(answer), {}};
    if (message.msg_controllen >= sizeof(cmsghdr)) {
      const cmsghdr* header = CMSG_FIRSTHDR(&message);
      if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        __builtin_memcpy(&fd, CMSG_DATA(header), sizeof fd);
        received.fd.reset(fd);
      }
    }
    return received;
  }
}

}  // namespace sys
