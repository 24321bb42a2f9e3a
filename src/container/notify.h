// container/notify.h: systemd's readiness protocol between the container and the service manager of the caller. sd_notify(3).
#pragma once
#include <string>

#include "container/process_id.h"
#include "container/state.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container {

// NOTIFY_SOCKET is set for this process.
bool is_notified();
std::string notify_directory(const std::string& entry_path);
// ENTRY/notify, which the plan binds on /run/notify.
Result<> make_notify_directory(int entry_directory);

// The datagram socket that the container sends to. Made by whoever waits for it: `start`, or `run` before the program begins.
Result<sys::UniqueFd> bind_notify_socket(const Entry& entry);
// Waits until the container says READY=1, tells the service manager so together with `main_pid`, and waits for its barrier. Returns
// as well when `pidfd`'s process ends.
Result<> forward_ready(int socket, int pidfd, int main_pid);

}  // namespace container
