// Process: the runtime, on the host, with the caller's rights.
#include "container/unix_socket.h"

#include <sys/un.h>

#include <cstring>

#include "container/files.h"
#include "sys/socket.h"

namespace container {

Result<sys::UniqueFd> connect_unix(const std::string& path, int type) {
  const std::string doing = "dial unix " + path + ": connect";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string name = path;
  sys::UniqueFd directory;
  if (name.empty() || name.find('\0') != std::string::npos) return fail(doing, sys::Errno{2});
  if (name.size() >= sizeof address.sun_path) {
    const SplitPath split = split_path(path);
    directory = TRY_DOING(doing, sys::openat(AT_FDCWD, split.directory.c_str(), O_PATH | O_DIRECTORY));
    name = "/proc/self/fd/" + std::to_string(directory.get()) + '/' + split.name;
  }
  if (name.size() >= sizeof address.sun_path) return fail(doing, sys::Errno{36});  // ENAMETOOLONG
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const long made = sys::raw(__NR_socket, AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (made < 0) return fail("socket", sys::Errno{static_cast<int>(-made)});
  sys::UniqueFd socket{static_cast<int>(made)};
  const long size = static_cast<long>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
  TRY_DOING(doing, sys::checked_void(sys::raw(__NR_connect, socket.get(), sys::address(&address), size)));
  return socket;
}

Result<> send_with_descriptor(int socket, std::string_view text, int passed) {
  constexpr std::size_t kFirst = 4096;  // more might be taken in part, and the descriptor must go exactly once
  const std::string_view first = text.substr(0, kFirst);
  TRY_DOING("sendmsg", sys::send_message(socket, first.data(), first.size(), passed));
  for (text.remove_prefix(first.size()); !text.empty(); text.remove_prefix(std::min(kFirst, text.size())))
    TRY_DOING("sendmsg", sys::send_message(socket, text.data(), std::min(kFirst, text.size())));
  return {};
}

}  // namespace container
