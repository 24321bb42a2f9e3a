// Process: the runtime, on the host, with the caller's rights. It enters no namespace: init has handed out a socket of the
// container's.
#include "container/net_devices.h"

#include <linux/if.h>
#include <linux/sockios.h>

#include <algorithm>

namespace container {
namespace {

constexpr int kEexist = 17, kEnodev = 19, kEbusy = 16;
constexpr int kIndexTries = 64;

std::string error_head(const plan::NetDeviceMove& wanted) {
  return "unable to start container process: move network device " + wanted.host_name + " into the container";
}

// An index that no device of `inside` has: with one given by us the device is found again, whatever name the kernel chose.
sys::Result<std::int32_t> free_index(Netlink& inside, std::int32_t wish) {
  for (int i = 0; i < kIndexTries; ++i) {
    const auto taken = inside.find(wish + i);
    if (taken.code() == kEnodev) return wish + i;
    if (!taken) return std::unexpected(taken.error());
  }
  return std::unexpected(sys::Errno{kEbusy});
}

}  // namespace

Result<> NetDevices::open(sys::UniqueFd socket) {
  inside_ = Netlink(std::move(socket));
  host_ = TRY_DOING("open a netlink socket", Netlink::open());
  host_network_ = TRY_DOING("open /proc/self/ns/net", sys::openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY));
  const long fd = TRY_DOING("ask for the network namespace of the container", sys::ioctl(inside_.get(), SIOCGSKNS, 0));
  inside_network_ = sys::UniqueFd(static_cast<int>(fd));
  return {};
}

Result<> NetDevices::move_one(const plan::NetDeviceMove& wanted) {
  const std::string head = error_head(wanted);
  Moved device{wanted.host_name, wanted.pointer, {}, 0, {}};
  auto found = host_.find(wanted.host_name);
  if (found.code() == kEnodev) return fail(head + ": network device " + wanted.host_name + " not found", wanted.pointer);
  if (!found) return fail(head, found.error(), wanted.pointer);
  device.host = *found;
  // The kernel would move it first and then fail to rename it.
  if (!wanted.name.ends_with("%d") && inside_.find(wanted.name))
    return fail(head + " as " + wanted.name, sys::Errno{kEexist}, wanted.pointer);

  auto addresses = host_.addresses(device.host.index);
  if (!addresses) return fail(head + ": get its addresses", addresses.error(), wanted.pointer);
  device.addresses = std::move(*addresses);
  const auto index = free_index(inside_, device.host.index);
  if (!index) return fail(head + ": find a free index", index.error(), wanted.pointer);
  device.index = *index;

  const std::int32_t host_index = device.host.index;
  moved_.push_back(std::move(device));
  if (const auto down = host_.change(host_index, {.up = 0}); !down)
    return fail(head + ": set it down", down.error(), wanted.pointer);
  const auto gone = host_.change(host_index, {.network = inside_network_.get(), .new_index = *index, .name = wanted.name});
  if (!gone) return fail(head + " as " + wanted.name, gone.error(), wanted.pointer);
  TRY_DOING(head, settle(moved_.back()));
  return {};
}

// Inside: what the move has taken from it. An address that came by itself (link-local) is there already.
Result<> NetDevices::settle(const Moved& device) {
  for (const NetAddress& address : device.addresses) {
    if (!address.permanent || !address.universal) continue;
    const auto added = inside_.add(address, device.index);
    if (!added && added.code() != kEexist) return fail("add its address", added.error(), device.pointer);
  }
  const auto up = inside_.change(device.index, {.up = 1});
  if (!up) return fail("set it up", up.error(), device.pointer);
  return {};
}

Result<> NetDevices::move(const std::vector<plan::NetDeviceMove>& wanted, sys::UniqueFd socket) {
  TRY(open(std::move(socket)));
  for (const plan::NetDeviceMove& device : wanted) TRY(move_one(device));
  return {};
}

bool NetDevices::move_back() {
  bool whole = true;
  for (auto device = moved_.rbegin(); device != moved_.rend(); ++device) {
    const std::int32_t index = device->host.index;
    if (!host_.find(index)) {  // it has left
      (void)inside_.change(device->index, {.up = 0});
      whole = inside_.change(device->index, {.network = host_network_.get(), .new_index = index, .name = device->host_name})
                  .has_value() &&
              whole;
    }
    for (const NetAddress& address : device->addresses)
      if (address.permanent) (void)host_.add(address, index);
    if ((device->host.flags & IFF_UP) != 0) whole = host_.change(index, {.up = 1}).has_value() && whole;
  }
  forget();
  return whole;
}

}  // namespace container
