// container/intel_rdt.h: linux.intelRdt: the group of the resctrl filesystem that a container's processes are in, and its
// monitoring group. State::rdt_* say which they are and which of them go with the container. The kernel's
// Documentation/filesystems/resctrl.rst.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "container/state.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

// Where resctrl is mounted and what it can share out; no mount point when there is none.
Result<plan::Resctrl> find_resctrl();

// Only looks: what is there already is not ours, and must be as the config wants it. Fills `state`, which is saved before
// `make_rdt`.
Result<> look_for_rdt(const plan::RdtPlan& plan, State& state);
// Makes the groups that are missing and writes their schemata. What this leaves as ours in `state` is there, or was.
Result<> make_rdt(const plan::RdtPlan& plan, State& state);
// Its later children are born in the same groups. A group that somebody has removed meanwhile is no error: the kernel has put its
// processes into the root group then.
Result<> join_rdt(const State& state, int pid);
// `update`: one line of schemata each.
Result<> write_rdt(const State& state, const std::vector<plan::RdtPlan::Schema>& schemata);
// Those that are ours; what is gone already is success.
Result<> remove_rdt(const State& state);

// The first of `wanted` that a file `schemata` does not say, or nullptr. Ids that are not named do not matter, nor do leading
// zeros; the kernel rounds bandwidths up to multiples of `bandwidth_step`.
const plan::RdtPlan::Schema* unlike_rdt(std::string_view file, const std::vector<plan::RdtPlan::Schema>& wanted,
                                        std::uint64_t bandwidth_step);

}  // namespace container
