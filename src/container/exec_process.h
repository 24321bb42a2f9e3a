// container/exec_process.h: what exec's command line makes of the container's own process, and of its cgroup.
#pragma once
#include <string>
#include <vector>

#include "config/spec.h"
#include "container/container.h"

namespace container {

// config.json's process with the options laid over it. terminal is the command line's alone.
Result<config::Process> exec_process(const config::Spec& spec, const ExecOptions& options);

// --cgroup: the container's group, or existing groups below it: "PATH" (v2), "CONTROLLER[,CONTROLLER]:PATH" (v1). Without it
// the one below that is the container's own business (run.oci.delegate-cgroup), if it has one.
Result<cgroup::Group> choose_group(const cgroup::Group& own, const std::vector<std::string>& words,
                                   std::string_view delegated = {});

// Puts `pid` into `group`. Where that cannot take a process any more (moved away, given controllers of its own) and `may_follow`,
// it goes where the container's init is.
Result<> join_for_exec(const State& state, const cgroup::Group& group, int pid, bool may_follow);

}  // namespace container
