// cgroup/bus_message.h: D-Bus messages as bytes, in this machine's byte order. D-Bus Specification, "Message Protocol". Pure.
//
// Why not libdbus: its static archive wants libsystemd (sd_listen_fds of its server half sits in the same object as the client's
// connect), which has no static one, and its name lookups load the host's NSS modules. What we say fits on this page.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/bus_value.h"

namespace cgroup::bus {

using plan::BusValue;

enum class Kind : std::uint8_t { call = 1, answer = 2, error = 3, signal = 4 };

struct Message {
  Kind kind = Kind::call;
  std::uint32_t serial = 0, answers = 0;  // answers: the serial of the call
  std::string destination, path, interface, member, error_name;
  std::vector<BusValue> body;

  // The text of a string, object path or signature; "" when there is none at that place.
  const std::string& text(std::size_t index) const;
};

std::string marshal(const Message& message);

// How many bytes the message has that begins with these 16; nothing when they begin none that we would read: wrong byte order,
// wrong version, more than 1 MiB.
constexpr std::size_t kFixedBytes = 16;
std::optional<std::size_t> size_of(std::string_view fixed);
// A whole message; nothing when it is damaged, or holds what BusValue cannot (dictionaries).
std::optional<Message> unmarshal(std::string_view bytes);

}  // namespace cgroup::bus
