// plan/systemd.h: within this room: linux.cgroupsPath, limits and annotations as a transient unit of systemd. systemd.scope(5),
// systemd.resource-control(5), org.freedesktop.systemd1(5).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace plan {

// "slice:prefix:name", or nothing for the defaults, made into a unit's name and place; without properties. Refuses what systemd
// has no name for.
struct UnitPlace {
  SystemdUnit unit;
  std::string slice;  // "system.slice"
  std::string path;   // of its group, below each hierarchy's mount point
};
Result<UnitPlace> place_unit(const std::string& cgroups_path, const HostFacts& facts, const std::string& id);
// The group `subgroup` below the unit's in its stead.
Result<> place_below_unit(UnitPlace& place, std::string_view subgroup);
// "a-b.slice" → "/a.slice/a-b.slice"; "-.slice" → "/".
Result<std::string> expand_slice(std::string_view slice);

// The properties of `plan.unit`: identity, accounting, what the annotations ask for, and the limits that systemd has a name for,
// from the plan's own writes. systemd writes the files of a group again when it likes (a reload, a unit beside it): what it does
// not know it would reset. It counts a CPU quota in hundredths of a processor, so `plan`'s write of it is rounded up to the same.
Result<> add_unit_properties(CgroupPlan& plan, const config::Spec& spec, const std::string& slice, const std::string& name,
                             const std::vector<CgroupPlan::DeviceRule>& device_rules);
// DevicePolicy and DeviceAllow. systemd has no words for "all but these": then it filters nothing, and our own filter does.
std::vector<UnitProperty> device_properties(const std::vector<CgroupPlan::DeviceRule>& rules);

}  // namespace plan
