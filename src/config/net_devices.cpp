// linux.netDevices: interfaces of the host that move into the container's network namespace. netdevice(7).
#include <set>

#include "config/chapters.h"
#include "support/text.h"

namespace config {

Fields fields_of(const NetDevice*) {
  static constexpr Field kFields[] = {field<&NetDevice::name>("name")};
  return kFields;
}

namespace {

constexpr std::size_t kMaxName = 15;  // IFNAMSIZ counts the NUL

// dev_valid_name() of the kernel.
bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name != "." && name != ".." &&
         name.find_first_of("/: \t\n\v\f\r") == name.npos;
}

}  // namespace

Result<> validate_net_devices(const Linux& section) {
  if (section.net_devices.empty()) return {};
  if (section.find_namespace("network") == nullptr)
    return fail("unable to move network devices without a NET namespace", "/linux/netDevices");
  std::set<std::string_view> taken;
  for (const auto& [host_name, device] : section.net_devices) {
    const std::string here = text::pointer("/linux/netDevices", host_name);
    if (!is_interface_name(host_name))
      return fail("invalid network device name " + text::quote(host_name), here, "1 to 15 letters, no '/', ':' or blank");
    const bool renamed = device.name && !device.name->empty();
    const std::string_view inside = renamed ? *device.name : host_name;
    if (!is_interface_name(inside))
      return fail("invalid network device name " + text::quote(inside), here + "/name", "1 to 15 letters, no '/', ':' or blank");
    // "eth%d": the kernel chooses the number, so two of them do not collide.
    if (!inside.ends_with("%d") && !taken.insert(inside).second)
      return fail("two network devices would be called " + text::quote(inside), renamed ? here + "/name" : here);
  }
  return {};
}

}  // namespace config
