// cgroup/device_program.h: device rules as an eBPF program of type CGROUP_DEVICE. bpf(2), struct bpf_cgroup_dev_ctx.
#pragma once
#include <linux/bpf.h>

#include <vector>

#include "plan/plan.h"

namespace cgroup {

// `rules` are reduced: an `a` rule, then exceptions from it. The program answers 1 (allowed) or 0.
std::vector<bpf_insn> device_program(const std::vector<plan::CgroupPlan::DeviceRule>& rules);

}  // namespace cgroup
