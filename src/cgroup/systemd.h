// cgroup/systemd.h: control groups that systemd makes: a transient unit for the container. org.freedesktop.systemd1(5),
// systemd.scope(5); systemd's CGROUP_DELEGATION. Errors are in systemd's own words, headed by what was tried.
#pragma once
#include <string>

#include "plan/plan.h"
#include "support/result.h"

namespace cgroup {

// A unit of ours, as the state file keeps it. name "" = systemd has no part in this container.
struct Unit {
  std::string name;
  bool user_manager = false;
  std::string subgroup;  // below the unit's group, where the container's is; "" = it is the unit's
};

// Where the systemd that is asked keeps its units: "/" for the machine's, the user's below its own group.
Result<std::string> systemd_group(bool user_manager);
// Starts the unit, `pid` in it if it takes processes, and waits until it is there (at most 30 s). A unit of that name that failed
// once and lingers is reset. On failure nothing of ours is left.
Result<> start_unit(const plan::SystemdUnit& unit, int pid);
// Into the unit's group: for a caller who may not write its cgroup.procs, but whose systemd may.
Result<> attach_to_unit(const Unit& unit, int pid);
// Changes limits until the unit's end.
Result<> set_unit_properties(const Unit& unit, const std::vector<plan::UnitProperty>& properties);
// Stops it (at most 30 s) and forgets that it may have failed. Gone already is success.
Result<> stop_unit(const Unit& unit);

}  // namespace cgroup
