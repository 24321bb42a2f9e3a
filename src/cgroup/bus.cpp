#include "cgroup/bus.h"

#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "cgroup/tree.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace cgroup::bus {
namespace {

constexpr int kCallTimeoutMs = 25'000;  // as the reference library
constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kObject = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kBus = "org.freedesktop.DBus";

sys::Result<sys::UniqueFd> connect(const std::string& name) {
  constexpr int kNameTooLong = 36;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof address.sun_path) return std::unexpected(sys::Errno{kNameTooLong});
  std::memcpy(address.sun_path, name.data(), name.size());
  const bool abstract = name.front() == '\0';
  const long size = static_cast<long>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
  sys::UniqueFd socket{static_cast<int>(SYS_TRY(sys::checked(sys::raw(__NR_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))))};
  SYS_TRY(sys::checked_void(sys::raw(__NR_connect, socket.get(), sys::address(&address), size)));
  return socket;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string runtime_directory() {
  const std::string given = variable("XDG_RUNTIME_DIR");
  return given.empty() ? "/run/user/" + std::to_string(sys::raw(__NR_geteuid)) : given;
}

// systemd listens by itself too, for those whom it trusts anyway.
std::string private_socket(bool user) { return (user ? runtime_directory() : "/run") + "/systemd/private"; }

std::string address_of(bool user) {
  if (!user) {
    const std::string given = variable("DBUS_SYSTEM_BUS_ADDRESS");
    return given.empty() ? "unix:path=/run/dbus/system_bus_socket" : given;
  }
  const std::string given = variable("DBUS_SESSION_BUS_ADDRESS");
  return given.empty() ? "unix:path=" + runtime_directory() + "/bus" : given;
}

std::string unescaped(std::string_view text) {  // %2f
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto digit = [&](std::size_t place) {
      const char c = text[place];
      return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
    };
    const bool escaped = text[at] == '%' && at + 2 < text.size() && digit(at + 1) >= 0 && digit(at + 2) >= 0;
    plain += escaped ? static_cast<char>(digit(at + 1) * 16 + digit(at + 2)) : text[at];
    if (escaped) at += 2;
  }
  return plain;
}

std::string_view next_part(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

}  // namespace

std::vector<std::string> socket_names(std::string_view address) {
  constexpr std::string_view kUnix = "unix:", kPath = "path=", kAbstract = "abstract=";
  std::vector<std::string> names;
  while (!address.empty()) {
    std::string_view one = next_part(address, ';');
    if (!one.starts_with(kUnix)) continue;
    one.remove_prefix(kUnix.size());
    while (!one.empty()) {
      const std::string_view option = next_part(one, ',');
      if (option.starts_with(kPath)) names.push_back(unescaped(option.substr(kPath.size())));
      if (option.starts_with(kAbstract)) names.push_back('\0' + unescaped(option.substr(kAbstract.size())));
    }
  }
  return names;
}

Result<Connection> Connection::open(bool user) {
  const std::string address = address_of(user);
  Connection connection;
  std::optional<sys::Errno> why;
  for (const std::string& name : socket_names(address)) {
    auto socket = connect(name);
    if (!socket) {
      why = socket.error();
      continue;
    }
    connection.socket_ = *std::move(socket);
    break;
  }
  if (!connection.socket_) {
    auto socket = connect(private_socket(user));
    connection.direct_ = socket.has_value();
    if (socket) connection.socket_ = *std::move(socket);
  }
  const std::string doing =
      std::string("failed to connect to the ") + (user ? "user's" : "system") + " bus of systemd at " + address;
  if (!connection.socket_ && !why) return fail(doing + ": no address of a unix socket");
  if (!connection.socket_)
    return fail(doing, *why, "", user ? "is XDG_RUNTIME_DIR or DBUS_SESSION_BUS_ADDRESS set, as in a login session?" : "");
  const std::int64_t deadline = now_ms() + kCallTimeoutMs;
  TRY_DOING(doing, connection.authenticate(deadline));
  if (!connection.direct_) TRY_DOING(doing, connection.register_name(deadline));
  return connection;
}

// Who we are the kernel tells the other end; an identity of our own would be wrong in a user namespace. All is sent at once: one
// turn-around, and a server that refuses closes.
Result<> Connection::authenticate(std::int64_t deadline) {
  static constexpr char kHandshake[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";  // its own last NUL is not sent
  TRY_DOING("authenticate", sys::send_message(socket_.get(), kHandshake, sizeof kHandshake - 1));
  for (;;) {
    const std::size_t end = received_.find("\r\n");
    if (end == std::string::npos) {
      TRY(receive_more(deadline));
      continue;
    }
    const std::string line = received_.substr(0, end);
    received_.erase(0, end + 2);
    if (line.starts_with("OK")) return {};
    if (!line.starts_with("DATA")) return fail("authentication refused: " + line);
  }
}

Result<> Connection::register_name(std::int64_t deadline) {
  Message hello;
  hello.destination = kBus;
  hello.path = "/org/freedesktop/DBus";
  hello.interface = kBus;
  hello.member = "Hello";
  TRY(send(hello));
  const Message answer = TRY(answer_to(hello.serial, deadline));
  if (answer.kind == Kind::error) return fail("Hello: " + answer.text(0));
  return {};
}

Result<> Connection::send(Message& message) {
  message.serial = ++last_serial_;
  const std::string bytes = marshal(message);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const long count = sys::raw(__NR_sendto, socket_.get(), sys::address(bytes.data() + sent),
                                static_cast<long>(bytes.size() - sent), MSG_NOSIGNAL, 0, 0);
    if (count == -4 /* EINTR */) continue;
    if (count < 0) return fail("send to the bus", sys::Errno{static_cast<int>(-count)});
    sent += static_cast<std::size_t>(count);
  }
  return {};
}

Result<> Connection::receive_more(std::int64_t deadline) {
  constexpr int kTimedOut = 110, kInterrupted = 4;
  const std::int64_t left = deadline - now_ms();
  if (left <= 0) return fail("no answer from the bus", sys::Errno{kTimedOut});
  sys::PollEntry entry{socket_.get(), POLLIN, 0};
  const auto ready = sys::poll({&entry, 1}, static_cast<int>(left));
  if (!ready && ready.code() == kInterrupted) return {};
  if (!ready) return fail("poll the bus", ready.error());
  if (*ready == 0) return {};
  std::byte buffer[4096];
  const std::size_t got = TRY_DOING("receive from the bus", sys::read(socket_.get(), buffer));
  if (got == 0) return fail("the bus closed the connection");
  received_.append(reinterpret_cast<const char*>(buffer), got);
  return {};
}

Result<Message> Connection::receive(std::int64_t deadline) {
  for (;;) {
    if (received_.size() >= kFixedBytes) {
      const auto size = size_of(received_);
      if (!size) return fail("the bus sent what is no message");
      if (received_.size() >= *size) {
        auto message = unmarshal(std::string_view(received_).substr(0, *size));
        received_.erase(0, *size);
        if (!message) return fail("the bus sent a damaged message");
        return *std::move(message);
      }
    }
    TRY(receive_more(deadline));
  }
}

Result<Message> Connection::answer_to(std::uint32_t serial, std::int64_t deadline) {
  for (;;) {
    Message message = TRY(receive(deadline));
    if (message.kind == Kind::signal)
      signals_.push_back(std::move(message));
    else if (message.answers == serial && (message.kind == Kind::answer || message.kind == Kind::error))
      return message;
  }
}

Result<Message> Connection::call(std::string path, std::string interface, std::string member, std::vector<BusValue> arguments,
                                 std::string* failed) {
  Message message;
  if (!direct_) message.destination = interface.starts_with(kBus) && path != kObject ? kBus : kSystemd;
  message.path = std::move(path);
  message.interface = std::move(interface);
  message.member = std::move(member);
  message.body = std::move(arguments);
  TRY(send(message));
  Message answer = TRY_DOING(message.member, answer_to(message.serial, now_ms() + kCallTimeoutMs));
  if (answer.kind == Kind::answer) return answer;
  if (failed != nullptr) *failed = answer.error_name;
  return fail(answer.text(0).empty() ? answer.error_name : answer.text(0));
}

Result<Message> Connection::call_manager(std::string member, std::vector<BusValue> arguments, std::string* failed) {
  return call(kObject, kManager, std::move(member), std::move(arguments), failed);
}

Result<std::string> Connection::manager_property(const std::string& name) {
  const Message answer = TRY_DOING("property " + name + " of systemd", call(kObject, "org.freedesktop.DBus.Properties", "Get",
                                                                            {plan::bus_text(kManager), plan::bus_text(name)}));
  if (answer.body.empty() || answer.body[0].items.empty()) return fail("property " + name + " of systemd: unexpected answer");
  return answer.body[0].items[0].text;
}

Result<> Connection::subscribe() {
  if (!direct_)
    TRY_DOING("subscribe to systemd's jobs", call("/org/freedesktop/DBus", kBus, "AddMatch",
                                                  {plan::bus_text("type='signal',sender='org.freedesktop.systemd1',interface='org."
                                                                  "freedesktop.systemd1.Manager',member='JobRemoved'")}));
  TRY_DOING("subscribe to systemd's jobs", call_manager("Subscribe", {}));
  return {};
}

Result<std::string> Connection::wait_for_job(const std::string& job, int timeout_ms) {
  const std::int64_t deadline = now_ms() + timeout_ms;
  for (;;) {
    while (!signals_.empty()) {
      const Message signal = std::move(signals_.front());
      signals_.pop_front();
      // uoss: id, job, unit, result
      if (signal.member == "JobRemoved" && signal.text(1) == job) return signal.text(3);
    }
    auto message = receive(deadline);
    if (!message && now_ms() >= deadline) return std::string();
    if (!message) return std::unexpected(std::move(message).error());
    if (message->kind == Kind::signal) signals_.push_back(*std::move(message));
  }
}

}  // namespace cgroup::bus
