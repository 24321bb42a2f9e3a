// plan/cgroup.h: linux.cgroupsPath and linux.resources → directories and writes. spec-checklist §3.6, §3.7; runc-cli.md §5.
#pragma once
#include "plan/plan.h"

namespace plan {

Result<CgroupPlan> compile_cgroup(const config::Spec& spec, const HostFacts& facts, const Request& request,
                                  std::vector<std::string>& warnings);
// `update`: only the writes, for a group that exists (directories in the order of `existing`).
Result<std::vector<CgroupWrite>> compile_resources(const config::Resources& resources, const HostFacts& facts,
                                                   const std::vector<CgroupDirectory>& directories,
                                                   std::vector<std::string>& warnings);

}  // namespace plan
