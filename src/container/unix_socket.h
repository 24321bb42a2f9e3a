// container/unix_socket.h: the sockets that engines give us by path: console, pidfd, seccomp agent, systemd's notify. unix(7).
#pragma once
#include <string>
#include <string_view>

#include "support/result.h"
#include "sys/unique_fd.h"

namespace container {

// Connected to `path`, `type` SOCK_STREAM or SOCK_DGRAM. A path beyond sun_path's 107 bytes goes through its directory's
// descriptor. Error: "dial unix PATH: connect: no such file or directory".
Result<sys::UniqueFd> connect_unix(const std::string& path, int type);
// The whole text as one message of a stream socket, `passed` with its first byte.
Result<> send_with_descriptor(int socket, std::string_view text, int passed);

}  // namespace container
