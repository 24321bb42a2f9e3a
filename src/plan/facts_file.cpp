#include "plan/facts_file.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "support/text.h"

namespace plan {
namespace {

using nlohmann::json;

struct Wrong {  // leaves the readers; never this file
  std::string what, pointer;
};

template <class T>
T get(const json& value, const std::string& pointer) {
  try {
    if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>) {
      if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<T>::max())
        throw Wrong{"expected a number without a sign", pointer};
    }
    return value.get<T>();
  } catch (const json::exception&) {
    throw Wrong{"unexpected type", pointer};
  }
}

std::uint64_t read_mask(const json& value, const std::string& pointer) {
  const std::string digits = get<std::string>(value, pointer);
  std::uint64_t mask = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) throw Wrong{"expected hexadecimal digits", pointer};
  return mask;
}

void read_kernel(const json& value, HostFacts& facts) {
  const std::string version = get<std::string>(value, "/kernel");
  const std::size_t dot = version.find('.');
  const auto major = text::parse_unsigned(version.substr(0, dot), 1000);
  const auto minor = dot == version.npos ? std::nullopt : text::parse_unsigned(version.substr(dot + 1), 1000);
  if (!major || !minor) throw Wrong{"expected MAJOR.MINOR", "/kernel"};
  facts.kernel_major = static_cast<std::uint32_t>(*major);
  facts.kernel_minor = static_cast<std::uint32_t>(*minor);
}

CgroupLayout::Mode read_mode(const std::string& word) {
  if (word == "none") return CgroupLayout::Mode::none;
  if (word == "v1") return CgroupLayout::Mode::v1;
  if (word == "hybrid") return CgroupLayout::Mode::hybrid;
  if (word == "v2") return CgroupLayout::Mode::v2;
  throw Wrong{"expected one of none, v1, hybrid, v2", "/cgroup/mode"};
}

CgroupHierarchy read_hierarchy(const json& object, const std::string& pointer) {
  CgroupHierarchy hierarchy;
  for (const auto& [key, value] : object.items()) {
    const std::string here = pointer + '/' + key;
    if (key == "controllers")
      hierarchy.controllers = get<std::string>(value, here);
    else if (key == "mountPoint")
      hierarchy.mount_point = get<std::string>(value, here);
    else if (key == "ownPath")
      hierarchy.own_path = get<std::string>(value, here);
    else
      throw Wrong{"unknown fact", here};
  }
  return hierarchy;
}

CgroupLayout read_layout(const json& object) {
  CgroupLayout layout;
  for (const auto& [key, value] : object.items()) {
    if (key == "mode")
      layout.mode = read_mode(get<std::string>(value, "/cgroup/mode"));
    else if (key == "v2Controllers")
      layout.v2_controllers = get<std::vector<std::string>>(value, "/cgroup/v2Controllers");
    else if (key == "hierarchies")
      for (const json& each : value) layout.hierarchies.push_back(read_hierarchy(each, "/cgroup/hierarchies"));
    else
      throw Wrong{"unknown fact", "/cgroup/" + key};
  }
  return layout;
}

Resctrl read_resctrl(const json& object) {
  Resctrl resctrl;
  for (const auto& [key, value] : object.items()) {
    const std::string here = "/resctrl/" + key;
    if (key == "mountPoint")
      resctrl.mount_point = get<std::string>(value, here);
    else if (key == "l3")
      resctrl.l3 = get<bool>(value, here);
    else if (key == "mb")
      resctrl.mb = get<bool>(value, here);
    else
      throw Wrong{"unknown fact", here};
  }
  return resctrl;
}

void read_fact(const std::string& key, const json& value, HostFacts& facts) {
  const std::string here = '/' + key;
  if (key == "kernel")
    read_kernel(value, facts);
  else if (key == "euid")
    facts.euid = get<std::uint32_t>(value, here);
  else if (key == "egid")
    facts.egid = get<std::uint32_t>(value, here);
  else if (key == "initialUserNamespace")
    facts.initial_user_namespace = get<bool>(value, here);
  else if (key == "rootless")
    facts.rootless = get<bool>(value, here);
  else if (key == "setgroupsDenied")
    facts.setgroups_denied = get<bool>(value, here);
  else if (key == "systemd")
    facts.systemd = get<bool>(value, here);
  else if (key == "systemdGroup")
    facts.systemd_group = get<std::string>(value, here);
  else if (key == "permittedCapabilities")
    facts.permitted_capabilities = read_mask(value, here);
  else if (key == "boundingCapabilities")
    facts.bounding_capabilities = read_mask(value, here);
  else if (key == "lastCapability")
    facts.last_capability = get<std::uint32_t>(value, here);
  else if (key == "cgroup")
    facts.cgroup = read_layout(value);
  else if (key == "apparmor")
    facts.apparmor = get<bool>(value, here);
  else if (key == "selinux")
    facts.selinux = get<bool>(value, here);
  else if (key == "hasKcore")
    facts.has_kcore = get<bool>(value, here);
  else if (key == "hugepageSizes")
    facts.hugepage_sizes = get<std::vector<std::uint64_t>>(value, here);
  else if (key == "resctrl")
    facts.resctrl = read_resctrl(value);
  else
    throw Wrong{"unknown fact", here};
}

}  // namespace

Result<HostFacts> read_facts(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (!document.is_object()) return fail("the facts are no JSON object");
    HostFacts facts;
    for (const auto& [key, value] : document.items()) read_fact(key, value, facts);
    return facts;
  } catch (const Wrong& wrong) {
    return fail(wrong.what, wrong.pointer);
  } catch (const json::exception& error) {
    return fail(std::string("the facts are not JSON: ") + error.what());
  }
}

}  // namespace plan
