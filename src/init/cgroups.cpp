// init/cgroups.cpp. Process: init, host_root, before the first hook. cgroups(7), section "Cgroups v1: tasks and cgroup.procs".
#include "init/steps.h"

namespace init {

// "0" is the writing thread; the rights are those of the runtime, which opened the files. The files are closed here: whoever holds
// one could leave the group again.
Result<> join_cgroups(Run& run, const plan::JoinCgroups& cgroups) {
  for (std::uint32_t i = 0; i < cgroups.count; ++i) {
    const auto slot = cgroups.first + static_cast<plan::Slot>(i);
    const sys::UniqueFd tasks{run.plan.fd(slot)};
    if (!tasks) continue;
    const std::string_view path = run.text(run.plan.descriptors()[static_cast<std::size_t>(slot)].path);
    TRY_ABOUT(Trouble::none, path, sys::write(tasks.get(), "0"));
  }
  return {};
}

}  // namespace init
