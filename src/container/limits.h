// container/limits.h: process.rlimits, set by the runtime: who starts the container may have rights that it has not. prlimit(2).
#pragma once
#include "plan/facts.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

// When: at the very end (Report ready), so that init is not held by them, as a rule. Without CAP_SYS_RESOURCE prlimit(2) refuses
// processes of another user, which init is by then: root of an outer container has them set at once, before init is executed.
bool limits_come_first(const plan::HostFacts& facts, std::uint32_t namespaces);
Result<> set_limits(const plan::Plan& plan, int pid);
Error limit_refused(const plan::ResourceLimit& limit, sys::Errno error);

}  // namespace container
