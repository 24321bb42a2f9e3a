// Process: the runtime, on the host, with the caller's rights.
#include "container/listener.h"

#include <sys/socket.h>

#include "container/state_file.h"
#include "container/unix_socket.h"
#include "support/text.h"

namespace container {

Result<> send_listener(const plan::Plan& plan, const State& state, int pid, int listener) {
  const auto socket = TRY_DOING("failed to connect with seccomp agent specified in the seccomp profile",
                                connect_unix(plan.seccomp_listener_path, SOCK_STREAM));
  std::string json =
      "{\"ociVersion\":" + text::json_string(kSpecVersion) + ",\"fds\":[\"seccompFd\"],\"pid\":" + std::to_string(pid);
  if (!plan.seccomp_listener_metadata.empty()) json += ",\"metadata\":" + text::json_string(plan.seccomp_listener_metadata);
  json += ",\"state\":" +
          hook_state(state, state.recorded == Status::creating ? Status::creating : Status::running,
                     state.init.pid != 0 ? state.init.pid : pid) +
          '}';
  TRY_DOING("cannot send seccomp fd to " + plan.seccomp_listener_path, send_with_descriptor(socket.get(), json, listener));
  return {};
}

}  // namespace container
