// container/netlink.h: the few requests of rtnetlink(7) that moving a device takes. A socket belongs to the network namespace that
// it was made in, for whoever holds it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/socket.h"

namespace container {

// An address of a device as the kernel dumped it: struct ifaddrmsg with its attributes.
struct NetAddress {
  std::vector<std::byte> message;
  bool permanent = false;  // not learned, not about to expire
  bool universal = false;  // of scope "global": it means the same elsewhere
};

struct NetLink {
  std::int32_t index = 0;
  std::uint32_t flags = 0;  // IFF_*
  std::string name;
};

// What `Netlink::change` makes of a device; what is not set stays.
struct LinkChange {
  int up = -1;                 // 0 down, 1 up
  int network = -1;            // a network namespace to move it to
  std::int32_t new_index = 0;  // its index there
  std::string_view name{};     // there
};

class Netlink {
  sys::UniqueFd socket_;
  std::uint32_t sequence_ = 0;

  sys::Result<> exchange(std::vector<std::byte>& request, std::vector<std::vector<std::byte>>& answers);

 public:
  Netlink() = default;
  explicit Netlink(sys::UniqueFd socket) : socket_(std::move(socket)) {}
  explicit operator bool() const { return static_cast<bool>(socket_); }
  int get() const { return socket_.get(); }

  // A socket of our own network namespace.
  static sys::Result<Netlink> open();

  // ENODEV: there is none.
  sys::Result<NetLink> find(std::string_view name);
  sys::Result<NetLink> find(std::int32_t index);
  sys::Result<> change(std::int32_t index, const LinkChange& change);
  sys::Result<std::vector<NetAddress>> addresses(std::int32_t index);
  // `address` for the device `index`, its label and its age left out. EEXIST: it is there.
  sys::Result<> add(const NetAddress& address, std::int32_t index);
};

}  // namespace container
