// cgroup/bus.h: one connection to a message bus and the systemd behind it. D-Bus Specification, "Authentication Protocol", "Message
// Bus"; org.freedesktop.systemd1(5).
#pragma once
#include <cstdint>
#include <deque>
#include <string>

#include "cgroup/bus_message.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace cgroup::bus {

class Connection {
  sys::UniqueFd socket_;
  std::uint32_t last_serial_ = 0;
  bool direct_ = false;          // systemd's own socket: no bus in between, so no names
  std::string received_;         // bytes of messages not yet read
  std::deque<Message> signals_;  // that came while an answer was waited for

  Result<> authenticate(std::int64_t deadline);
  Result<> register_name(std::int64_t deadline);
  Result<> send(Message& message);
  Result<> receive_more(std::int64_t deadline);
  Result<Message> receive(std::int64_t deadline);
  Result<Message> answer_to(std::uint32_t serial, std::int64_t deadline);

 public:
  // The machine's bus, with `user` the caller's session bus; that systemd's private socket where no bus runs. Honours
  // DBUS_SYSTEM_BUS_ADDRESS, DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR. At most 25 s.
  static Result<Connection> open(bool user);

  // A method of systemd's. An error answer is an Error whose `hint` is empty and whose name `failed` gets, if given.
  Result<Message> call(std::string path, std::string interface, std::string member, std::vector<BusValue> arguments,
                       std::string* failed = nullptr);
  Result<Message> call_manager(std::string member, std::vector<BusValue> arguments, std::string* failed = nullptr);
  Result<std::string> manager_property(const std::string& name);

  // From now on JobRemoved signals arrive.
  Result<> subscribe();
  // The result of `job` ("done", "failed", ...); "" when `timeout_ms` have passed.
  Result<std::string> wait_for_job(const std::string& job, int timeout_ms);
};

// "unix:path=/run/bus,guid=x;tcp:…" → the socket addresses that we can use: a path, or '\0' and an abstract name.
std::vector<std::string> socket_names(std::string_view address);

}  // namespace cgroup::bus
