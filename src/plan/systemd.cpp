// plan/systemd.cpp: the unit's name, its place in the tree, its identity and the annotations' properties. Limits:
// systemd_limits.cpp.
#include "plan/systemd.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "config/run_oci.h"
#include "plan/cgroup.h"
#include "plan/variant_text.h"
#include "support/text.h"

namespace plan {
namespace {

constexpr std::string_view kSliceSuffix = ".slice", kAnnotation = "org.systemd.property.";

struct Words {
  std::string slice, prefix, name;
};
Result<Words> split(const std::string& path, const std::string& id) {
  if (path.empty()) return Words{"", "runc", id};
  const std::size_t first = path.find(':'), second = first == path.npos ? path.npos : path.find(':', first + 1);
  if (second == path.npos || path.find(':', second + 1) != path.npos)
    return fail(
        "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got " + text::quote(path) + " instead",
        "/linux/cgroupsPath");
  return Words{path.substr(0, first), path.substr(first + 1, second - first - 1), path.substr(second + 1)};
}

// systemd would refuse it as well; but a path is made of it, and that must not be elsewhere.
bool is_unit_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  constexpr std::string_view kAllowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";
  return !name.empty() && name.size() <= kLongest && name.front() != '.' && name.find_first_not_of(kAllowed) == name.npos;
}

void set(std::vector<UnitProperty>& properties, UnitProperty property) {
  const auto same = std::ranges::find(properties, property.name, &UnitProperty::name);
  if (same == properties.end())
    properties.push_back(std::move(property));
  else
    *same = std::move(property);
}

void add_identity(CgroupPlan& plan, const std::string& slice, const std::string& name) {
  auto& properties = plan.unit->properties;
  set(properties, {"Description", bus_text("libcontainer container " + name)});
  if (plan.unit->takes_processes) {
    set(properties, {"Slice", bus_text(slice)});
    set(properties, {"Delegate", bus_flag(true)});
  } else {
    set(properties, {"Wants", bus_array("s", {bus_text(slice)})});
  }
  const char* io = plan.mode == CgroupLayout::Mode::v2 ? "IOAccounting" : "BlockIOAccounting";
  for (const char* accounting : {"MemoryAccounting", "CPUAccounting", io, "TasksAccounting"})
    set(properties, {accounting, bus_flag(true)});
  set(properties, {"DefaultDependencies", bus_flag(false)});  // a container may outlive what stops at a change of targets
}

Result<> check_name(const std::string& key, std::string_view name) {
  if (name.size() < 3) return fail("annotation " + key + " name incorrect: too short");
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
      return fail("annotation " + key + " name incorrect: contains non-alphabetic character");
  return {};
}

// TimeoutStopSec is what unit files have; over the bus there is only TimeoutStopUSec.
Result<BusValue> microseconds(const BusValue& seconds) {
  constexpr std::uint64_t kMillion = 1'000'000;
  const char type = seconds.signature.front();
  if (seconds.signature == "d") {
    const double value = std::bit_cast<double>(seconds.number);
    if (!(value >= 0 && value < 1e13)) return fail("number out of range");
    return bus_u64(static_cast<std::uint64_t>(value * static_cast<double>(kMillion)));
  }
  if (seconds.signature.size() != 1 || std::string_view("ynqiuxt").find(type) == std::string_view::npos)
    return fail("not a number");
  const bool is_signed = type == 'n' || type == 'i' || type == 'x';
  if ((is_signed && static_cast<std::int64_t>(seconds.number) < 0) ||
      seconds.number > std::numeric_limits<std::uint64_t>::max() / kMillion)
    return fail("number out of range");
  return bus_u64(seconds.number * kMillion);
}

bool counts_seconds(std::string_view name) {
  constexpr std::string_view kSeconds = "Sec";
  if (!name.ends_with(kSeconds) || name.size() == kSeconds.size()) return false;
  const char before = name[name.size() - kSeconds.size() - 1];
  return before >= 'a' && before <= 'z';  // TimeoutStopSec, not RuntimeMaxUSec
}

Result<> add_annotations(std::vector<UnitProperty>& properties, const config::Spec& spec) {
  for (const auto& [key, written] : spec.annotations) {
    if (!key.starts_with(kAnnotation)) continue;
    std::string name = key.substr(kAnnotation.size());
    const std::string pointer = text::pointer("/annotations", std::string_view(key));
    auto named = check_name(key, name);
    auto value = named ? parse_variant(written) : Result<BusValue>(std::unexpected(named.error()));
    if (value && counts_seconds(name)) {
      name.replace(name.size() - 3, 3, "USec");
      value = microseconds(*value);
    }
    if (!value) {
      const std::string what =
          named ? "annotation " + key + "=" + written + " value parse error: " + value.error().what : value.error().what;
      return fail(what, pointer);
    }
    set(properties, {std::move(name), *std::move(value)});
  }
  return {};
}

}  // namespace

Result<std::string> expand_slice(std::string_view slice) {
  const auto invalid = [&] { return fail("invalid slice name: " + std::string(slice), "/linux/cgroupsPath"); };
  if (slice == "-.slice") return std::string("/");
  if (slice.size() <= kSliceSuffix.size() || !slice.ends_with(kSliceSuffix) || !is_unit_name(slice)) return invalid();
  const std::string_view name = slice.substr(0, slice.size() - kSliceSuffix.size());
  std::string path;
  for (std::size_t end = 0; end != name.npos;) {
    const std::size_t begin = end == 0 ? 0 : end + 1;
    end = name.find('-', begin);
    if (begin == name.size() || end == begin) return invalid();  // "a--b", "-a", "a-"
    path.append("/").append(name.substr(0, end)).append(kSliceSuffix);
  }
  return path;
}

Result<UnitPlace> place_unit(const std::string& cgroups_path, const HostFacts& facts, const std::string& id) {
  if (!facts.systemd) return fail("systemd not running on this host, cannot use systemd cgroups manager");
  if (facts.rootless && facts.cgroup.mode != CgroupLayout::Mode::v2)
    return fail("cannot use rootless systemd cgroups manager on cgroup v1");
  const Words words = TRY(split(cgroups_path, id));
  UnitPlace place;
  place.slice = !words.slice.empty() ? words.slice : facts.rootless ? "user.slice" : "system.slice";
  const std::string above = TRY(expand_slice(place.slice));
  const bool is_slice = words.name.ends_with(kSliceSuffix);
  place.unit.name = is_slice ? words.name : words.prefix + "-" + words.name + ".scope";
  if (!is_unit_name(place.unit.name)) return fail("invalid unit name: " + text::quote(place.unit.name), "/linux/cgroupsPath");
  place.unit.user_manager = facts.rootless;
  place.unit.takes_processes = !is_slice;
  const std::string below = is_slice ? TRY(expand_slice(words.name)) : (above == "/" ? "" : above) + "/" + place.unit.name;
  place.path = (facts.systemd_group == "/" ? "" : facts.systemd_group) + below;
  return place;
}

// The unit's own group keeps no process then, so it can hand its controllers down: cgroups(7), "no internal processes".
Result<> place_below_unit(UnitPlace& place, std::string_view subgroup) {
  if (!place.unit.takes_processes)
    return fail("a slice has no subgroup: the container's group would be in no unit",
                text::pointer("/annotations", config::kSystemdSubgroup));
  place.unit.subgroup = subgroup;
  (place.path += '/') += subgroup;
  return {};
}

Result<> add_unit_properties(CgroupPlan& plan, const config::Spec& spec, const std::string& slice, const std::string& name,
                             const std::vector<CgroupPlan::DeviceRule>& device_rules) {
  auto& properties = plan.unit->properties;
  add_identity(plan, slice, name);
  TRY(add_annotations(properties, spec));
  for (UnitProperty& property : limit_properties(plan.mode, plan.writes)) set(properties, std::move(property));
  for (UnitProperty& property : device_properties(device_rules)) set(properties, std::move(property));
  return {};
}

}  // namespace plan
