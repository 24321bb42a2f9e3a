// linux.devices (nodes) and linux.resources.devices (the allow list): mknod(2), config-linux.md "Devices", "Allowed Device list".
#include "config/chapters.h"
#include "config/names.h"
#include "support/text.h"

namespace config {
namespace {

// Engines copy st_mode of the host's node, file type included (8576 = 020600): what mknod(2) takes.
constexpr Type kFileMode = integer<std::uint32_t>(0, 0xffff);

}  // namespace

Fields fields_of(const Device*) {
  static constexpr Field kFields[] = {
      required(field<&Device::type>("type")), required(field<&Device::path>("path")),           field<&Device::major>("major"),
      field<&Device::minor>("minor"),         field<&Device::file_mode>("fileMode", kFileMode), field<&Device::uid>("uid", kId),
      field<&Device::gid>("gid", kId),
  };
  return kFields;
}
Fields fields_of(const DeviceRule*) {
  static constexpr Field kFields[] = {
      required(field<&DeviceRule::allow>("allow")), field<&DeviceRule::type>("type"),     field<&DeviceRule::major>("major"),
      field<&DeviceRule::minor>("minor"),           field<&DeviceRule::access>("access"),
  };
  return kFields;
}

namespace {

constexpr std::int64_t kMaxMajor = 4095, kMaxMinor = 1048575;  // dev_t of the kernel: 12 and 20 bits
constexpr std::int64_t kAny = -1;

Result<> validate_node_number(std::string_view key, const std::optional<std::int64_t>& number, std::int64_t max,
                              const Device& device, const std::string& here) {
  if (!number)
    return fail("device " + text::quote(device.path) + " has no " + std::string(key) + " number", here,
                "only a fifo (type \"p\") has none");
  if (*number < 0 || *number > max)
    return fail("expected integer 0.." + std::to_string(max) + ", found " + std::to_string(*number), text::pointer(here, key));
  return {};
}

Result<> validate_rule(const DeviceRule& rule, const std::string& here) {
  const std::string type = rule.type.value_or("a");
  if (!type.empty() && type != "a" && type != "b" && type != "c")
    return fail("invalid type " + text::quote(type) + " of a device rule", here + "/type", "one of a, b, c");
  if (rule.access.value_or("").empty())
    return fail("device access cannot be empty", rule.access ? here + "/access" : here, "some of the letters r, w, m");
  // A letter that we do not know takes no less away than it may have meant: plan/resources_devices.cpp denies all three then.
  if (rule.allow && rule.access->find_first_not_of("rwm") != std::string::npos)
    return fail("invalid device access " + text::quote(*rule.access), here + "/access", "some of the letters r, w, m");
  for (const auto& [key, number] : {std::pair{"major", &rule.major}, {"minor", &rule.minor}})
    if (*number && (**number < kAny || **number > 0xffffffff))
      return fail("expected integer -1..4294967295, found " + std::to_string(**number), text::pointer(here, key));
  return {};
}

}  // namespace

Result<> validate_devices(const std::vector<Device>& devices) {
  for (std::size_t each = 0; each < devices.size(); ++each) {
    const Device& device = devices[each];
    const std::string here = text::pointer("/linux/devices", each);
    if (device.type.size() != 1 || std::string_view("bcpu").find(device.type[0]) == std::string_view::npos)
      return fail("invalid device type " + text::quote(device.type), here + "/type", "one of c, b, u, p");
    if (!device.path.starts_with('/')) return fail("device path " + text::quote(device.path) + " is not absolute", here + "/path");
    if (text::clean_path(device.path) == "/")
      return fail("device path " + text::quote(device.path) + " is the root directory", here + "/path");
    if (device.type == "p") continue;
    TRY(validate_node_number("major", device.major, kMaxMajor, device, here));
    TRY(validate_node_number("minor", device.minor, kMaxMinor, device, here));
  }
  return {};
}

// What the rules allow together, and that none makes a hole in a wider one: plan/resources_devices.cpp.
Result<> validate_device_rules(const std::vector<DeviceRule>& rules, std::string_view pointer) {
  for (std::size_t each = 0; each < rules.size(); ++each) TRY(validate_rule(rules[each], text::pointer(pointer, each)));
  return {};
}

}  // namespace config
