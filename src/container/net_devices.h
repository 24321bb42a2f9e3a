// container/net_devices.h: linux.netDevices: devices of the host that move into the container's network namespace. runtime-spec
// config-linux.md "Network Devices", rtnetlink(7).
#pragma once
#include <string>
#include <vector>

#include "container/netlink.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

class NetDevices {
  struct Moved {
    std::string host_name;
    std::string pointer;
    NetLink host;            // as it was
    std::int32_t index = 0;  // in the container's namespace
    std::vector<NetAddress> addresses;
  };
  Netlink host_, inside_;
  sys::UniqueFd host_network_, inside_network_;
  std::vector<Moved> moved_;  // recorded before the effect

  Result<> open(sys::UniqueFd socket);
  Result<> move_one(const plan::NetDeviceMove& wanted);
  Result<> settle(const Moved& device);

 public:
  // `socket`: rtnetlink, of the container's namespace. Each device goes down, moves under its new name, gets back its permanent
  // global addresses, goes up. A name that is taken inside is an error. The socket keeps the namespace alive until `forget`.
  Result<> move(const std::vector<plan::NetDeviceMove>& wanted, sys::UniqueFd socket);
  // The container did not come to be: all that moved comes back, with its name, addresses and state. True when nothing was lost.
  bool move_back();
  // The devices are the namespace's from now on; nobody brings them back (runtime-spec).
  void forget() { *this = {}; }
};

}  // namespace container
