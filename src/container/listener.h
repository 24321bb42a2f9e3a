// container/listener.h: the seccomp notification descriptor goes to the agent that the profile names. config-linux.md, "The
// Container Process State"; seccomp_unotify(2).
#pragma once
#include "container/state.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

Result<> send_listener(const plan::Plan& plan, const State& state, int pid, int listener);

}  // namespace container
