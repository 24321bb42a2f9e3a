// Process: the runtime, on the host, with the caller's rights.
#include "container/notify.h"

#include <signal.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "container/files.h"
#include "container/unix_socket.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace container {
namespace {

constexpr const char* kDirectory = "notify";
constexpr const char* kSocket = "notify.sock";
constexpr int kEexist = 17;
constexpr int kBarrierMs = 30'000;

// "READY=1\n" out of a datagram, "" without it.
std::string ready_line(std::string_view datagram) {
  constexpr std::string_view kReady = "READY=";
  while (!datagram.empty()) {
    const std::size_t end = std::min(datagram.find('\n'), datagram.size());
    if (datagram.starts_with(kReady)) return std::string(datagram.substr(0, end)) + '\n';
    datagram.remove_prefix(std::min(end + 1, datagram.size()));
  }
  return {};
}

Result<> tell_manager(const std::string& ready, int main_pid) {
  const char* address = std::getenv("NOTIFY_SOCKET");
  const auto manager = TRY(connect_unix(address != nullptr ? address : "", SOCK_DGRAM));
  const auto send = [&](const std::string& text, int passed = -1) {
    return sys::send_message(manager.get(), text.data(), text.size(), passed);
  };
  TRY_DOING("notify", send(ready));
  TRY_DOING("notify", send("MAINPID=" + std::to_string(main_pid) + '\n'));
  // The manager closes its copy when it has handled all before it.
  int ends[2] = {-1, -1};
  TRY_DOING("pipe", sys::checked_void(sys::raw(__NR_pipe2, sys::address(ends), O_CLOEXEC)));
  const sys::UniqueFd read_end{ends[0]};
  sys::UniqueFd write_end{ends[1]};
  if (!send("BARRIER=1", write_end.get())) return {};  // an old manager; READY has arrived
  write_end.reset();
  sys::PollEntry entry{read_end.get(), POLLIN, 0};
  (void)sys::poll({&entry, 1}, kBarrierMs);
  return {};
}

}  // namespace

bool is_notified() {
  const char* address = std::getenv("NOTIFY_SOCKET");
  return address != nullptr && *address != '\0';
}

std::string notify_directory(const std::string& entry_path) { return entry_path + '/' + kDirectory; }

Result<> make_notify_directory(int entry_directory) {
  const auto made = sys::mkdirat(entry_directory, kDirectory, 0755);
  if (!made && made.code() != kEexist) return fail("mkdir notify", made.error());
  TRY_DOING("chmod notify", sys::fchmodat(entry_directory, kDirectory, 0755));  // the container's user must get through it
  return {};
}

Result<sys::UniqueFd> bind_notify_socket(const Entry& entry) {
  const auto directory = TRY_DOING("open " + entry.path + "/notify",
                                   sys::openat(entry.directory.get(), kDirectory, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  const std::string name = "/proc/self/fd/" + std::to_string(directory.get()) + '/' + kSocket;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const long made = sys::raw(__NR_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return fail("socket", sys::Errno{static_cast<int>(-made)});
  sys::UniqueFd socket{static_cast<int>(made)};
  (void)sys::unlinkat(directory.get(), kSocket);
  TRY_DOING("bind notify.sock", sys::checked_void(sys::raw(__NR_bind, socket.get(), sys::address(&address),
                                                           static_cast<long>(offsetof(sockaddr_un, sun_path) + name.size() + 1))));
  TRY_DOING("chmod notify.sock", sys::fchmodat(directory.get(), kSocket, 0777));
  return socket;
}

Result<> forward_ready(int socket, int pidfd, int main_pid) {
  for (;;) {
    std::array<sys::PollEntry, 2> entries{{{socket, POLLIN, 0}, {pidfd, POLLIN, 0}}};
    const auto ready = sys::poll(entries, -1);
    if (!ready && ready.code() == sys::kEintr) continue;
    if (!ready) return fail("poll", ready.error());
    if (entries[0].returned == 0) return {};  // it ended without a word
    std::array<char, 8192> buffer;
    const auto got = sys::receive_message(socket, buffer.data(), buffer.size());
    if (!got) return fail("receive from notify.sock", got.error());
    const std::string line = ready_line({buffer.data(), got->size});
    if (!line.empty()) return tell_manager(line, main_pid);
  }
}

}  // namespace container
