// The way for kernels whose overlayfs wants attached layers. Process: a child of the runtime with its own mount namespace, on the
// host, with the caller's rights; it builds, sends the descriptors of the result and ends, and its namespace with it: what is
// attached there was never seen by anybody else.
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>

#include "overlay/builder.h"
#include "sys/mount.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace overlay {
namespace {

// Two of them: the tree, then the upper. The second carries the warnings.
struct Message {
  int code = 0;
  bool failed = false;
  std::array<char, 4000> text{};  // an error's words, or warnings, a line each; cut where it ends
};

void set_text(Message& message, std::string_view text) {
  std::ranges::copy(text.substr(0, message.text.size() - 1), message.text.begin());
}

Result<Mounted> build_attached(const Request& request) {
  // Nothing of ours goes to the host's mounts, and nothing new of theirs comes in.
  TRY_DOING("make the mounts private", sys::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  return Builder(request, true).build();
}

void serve(const Request& request, int socket) {
  Message first, second;
  const auto mounted = build_attached(request);
  if (!mounted) {
    first.failed = true;
    first.code = mounted.error().code;
    set_text(first, mounted.error().what);
    (void)sys::send_message(socket, &first, sizeof first);
    return;
  }
  std::string warnings;
  for (const std::string& warning : mounted->warnings) warnings.append(warning).append("\n");
  set_text(second, warnings);
  (void)sys::send_message(socket, &first, sizeof first, mounted->tree.get());
  (void)sys::send_message(socket, &second, sizeof second, mounted->upper.get());
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

Result<sys::UniqueFd> receive(int socket, Message& message) {
  auto received = sys::receive_message(socket, &message, sizeof message);
  if (!received) return fail("hear from the overlay's helper process", received.error());
  if (received->size != sizeof message) return fail("the overlay's helper process has died");
  message.text.back() = '\0';
  if (message.failed) return std::unexpected(Error{message.code, message.text.data(), {}, {}});
  return std::move(received->fd);
}

Result<Mounted> receive_all(int socket) {
  Mounted mounted;
  Message message;
  mounted.tree = TRY(receive(socket, message));
  mounted.upper = TRY(receive(socket, message));
  mounted.warnings = lines_of(message.text.data());
  return mounted;
}

}  // namespace

Result<Mounted> make_in_namespace(const Request& request) {
  sys::UniqueFd ends[2];
  TRY_DOING("socketpair", sys::socketpair(SOCK_SEQPACKET, ends));
  clone_args arguments{};
  arguments.flags = CLONE_NEWNS;
  arguments.exit_signal = SIGCHLD;
  const int child = TRY_DOING("start the overlay's helper process", sys::fork(arguments));
  if (child == 0) {
    ends[0].reset();
    serve(request, ends[1].get());
    sys::exit_process(0);
  }
  ends[1].reset();
  auto mounted = receive_all(ends[0].get());
  (void)sys::waitid(P_PID, child, WEXITED);
  return mounted;
}

}  // namespace overlay
