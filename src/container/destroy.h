// container/destroy.h: steps 12 and 13 of the lifecycle: what create made is undone, then the poststop hooks run.
#pragma once
#include <vector>

#include "container/container.h"

namespace container {

// The hooks of a container, from the copy of its config. Empty where there is none.
config::Hooks saved_hooks(const Entry& entry);

// The container's init is gone, or about to go. Processes that are left in its cgroup are killed. Poststop hooks that fail are
// warnings. Errors leave the state in place, so that `delete` can be tried again.
Result<> destroy(const Context& context, const Store& store, Entry&& entry, const State& state,
                 const std::vector<config::Hook>& poststop);

}  // namespace container
