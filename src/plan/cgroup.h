// plan/cgroup.h: linux.cgroupsPath and linux.resources → directories and writes.
#pragma once
#include "plan/plan.h"

namespace plan {

Result<CgroupPlan> compile_cgroup(const config::Spec& spec, const HostFacts& facts, const Request& request,
                                  std::vector<std::string>& warnings);
// `update`: only the writes, for a group that exists (directories in the order of `existing`).
Result<std::vector<CgroupWrite>> compile_resources(const config::Resources& resources, const HostFacts& facts,
                                                   const std::vector<CgroupDirectory>& directories,
                                                   std::vector<std::string>& warnings);
// `update` of a container that is a unit: what systemd has a name for among the writes, as properties. It counts a CPU quota in
// hundredths of a processor: the write of it is rounded up to the same.
std::vector<UnitProperty> limit_properties(CgroupLayout::Mode mode, std::vector<CgroupWrite>& writes);

}  // namespace plan
