#include "cgroup/systemd.h"

#include <algorithm>
#include <charconv>

#include "cgroup/bus.h"

namespace cgroup {
namespace {

constexpr int kJobTimeoutMs = 30'000;
constexpr const char* kUnitExists = "org.freedesktop.systemd1.UnitExists";
constexpr const char* kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

using bus::BusValue;
using bus::Connection;
using plan::bus_text;

std::uint32_t leading_number(std::string_view text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Asked only when it matters. "252.38-1~deb12u1", or "v253-rc1" from a build of its own.
Result<std::uint32_t> version_of(Connection& systemd) {
  const std::string words = TRY(systemd.manager_property("Version"));
  return leading_number(std::string_view(words).substr(std::min(words.find_first_of("0123456789"), words.size())));
}

BusValue pair_of(const std::string& name, const BusValue& value) {
  return {"(sv)", 0, {}, {bus_text(name), {"v", 0, {}, {value}}}};
}

// What this systemd knows.
Result<BusValue> wire_properties(Connection& systemd, const std::vector<plan::UnitProperty>& properties) {
  const bool dated = std::ranges::any_of(properties, [](const plan::UnitProperty& each) { return each.since != 0; });
  const std::uint32_t version = dated ? TRY(version_of(systemd)) : 0;
  BusValue list{"a(sv)", 0, {}, {}};
  for (const plan::UnitProperty& property : properties)
    if (property.since <= version || property.since == 0) list.items.push_back(pair_of(property.name, property.value));
  return list;
}

void forget_failure(Connection& systemd, const std::string& name) {
  (void)systemd.call_manager("ResetFailedUnit", {bus_text(name)});
}

Result<std::string> start_job(Connection& systemd, const std::string& name, const BusValue& properties) {
  const BusValue none{"a(sa(sv))", 0, {}, {}};
  for (int attempt = 0;; ++attempt) {
    std::string error_name;
    auto answer = systemd.call_manager("StartTransientUnit", {bus_text(name), bus_text("replace"), properties, none}, &error_name);
    if (answer) return answer->text(0);
    // One that failed stays loaded, and in the way, until somebody has looked at it.
    if (error_name != kUnitExists || attempt > 0) return within("unable to start unit \"" + name + '"', std::move(answer).error());
    forget_failure(systemd, name);
  }
}

// Best effort after a start that came to nothing: whoever waited 30 s for it waits no more.
void abandon(Connection& systemd, const std::string& name) {
  (void)systemd.call_manager("StopUnit", {bus_text(name), bus_text("replace")});
  forget_failure(systemd, name);
}

Result<> start(const plan::SystemdUnit& unit, int pid) {
  Connection systemd = TRY(Connection::open(unit.user_manager));
  BusValue properties = TRY(wire_properties(systemd, unit.properties));
  if (unit.takes_processes)
    properties.items.push_back(pair_of("PIDs", plan::bus_array("u", {plan::bus_u32(static_cast<std::uint32_t>(pid))})));
  TRY(systemd.subscribe());
  const std::string job = TRY(start_job(systemd, unit.name, properties));
  const std::string result = TRY(systemd.wait_for_job(job, kJobTimeoutMs));
  if (result == "done") return {};
  abandon(systemd, unit.name);
  if (result.empty()) return fail("Timeout waiting for systemd to create " + unit.name);
  return fail("error creating systemd unit `" + unit.name + "`: got `" + result + "`");
}

}  // namespace

Result<std::string> systemd_group(bool user_manager) {
  if (!user_manager) return std::string("/");
  Connection systemd = TRY(Connection::open(true));
  const std::string group = TRY(systemd.manager_property("ControlGroup"));
  return group.empty() ? "/" : group;
}

Result<> start_unit(const plan::SystemdUnit& unit, int pid) {
  TRY_DOING("unable to apply cgroup configuration", start(unit, pid));
  return {};
}

Result<> attach_to_unit(const Unit& unit, int pid) {
  Connection systemd = TRY(Connection::open(unit.user_manager));
  const BusValue pids = plan::bus_array("u", {plan::bus_u32(static_cast<std::uint32_t>(pid))});
  const std::string below = unit.subgroup.empty() ? "" : '/' + unit.subgroup;
  TRY_DOING("error adding pid " + std::to_string(pid) + " to unit \"" + unit.name + '"',
            systemd.call_manager("AttachProcessesToUnit", {bus_text(unit.name), bus_text(below), pids}));
  return {};
}

Result<> set_unit_properties(const Unit& unit, const std::vector<plan::UnitProperty>& properties) {
  if (properties.empty()) return {};
  Connection systemd = TRY(Connection::open(unit.user_manager));
  const BusValue list = TRY(wire_properties(systemd, properties));
  TRY_DOING("unable to set unit properties of \"" + unit.name + '"',
            systemd.call_manager("SetUnitProperties", {bus_text(unit.name), plan::bus_flag(true), list}));
  return {};
}

Result<> stop_unit(const Unit& unit) {
  Connection systemd = TRY(Connection::open(unit.user_manager));
  TRY(systemd.subscribe());
  std::string error_name;
  auto stopped = systemd.call_manager("StopUnit", {bus_text(unit.name), bus_text("replace")}, &error_name);
  const bool gone = !stopped && error_name == kNoSuchUnit;
  if (!stopped && !gone) return within("unable to stop unit \"" + unit.name + '"', std::move(stopped).error());
  if (stopped) {
    const std::string result = TRY(systemd.wait_for_job(stopped->text(0), kJobTimeoutMs));
    if (result.empty()) return fail("Timeout waiting for systemd to stop " + unit.name);
  }
  forget_failure(systemd, unit.name);
  return {};
}

}  // namespace cgroup
