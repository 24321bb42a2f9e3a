// container/launch.h: the container's first process, or the one that `exec` adds: init from a sealed memfd, with its sealed plan.
// memfd_create(2), fcntl(2) F_ADD_SEALS, clone(2), execveat(2), user_namespaces(7).
#pragma once
#include <span>

#include "container/child.h"
#include "container/membership.h"
#include "handshake/runtime_end.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

struct Launched {
  Child process;
  handshake::RuntimeEnd channel;
};

// Patches the handshake's descriptor into `plan`, seals both memfds and starts init, which inherits the plan's open descriptors,
// its end of the channel and the `preserved` ones from 3 on, and nothing else. `state_directory` (-1: none) takes an unlinked copy
// of init where the kernel forbids to execute a memfd (sysctl vm.memfd_noexec, an LSM's policy). `membership` is told whether init
// was born in its v2 group. With `limits` the plan's resource limits are init's from its birth (container/limits.h).
Result<Launched> launch(plan::Plan& plan, std::uint32_t preserved, int state_directory, Membership& membership, bool limits);

// `cpus` as cpuset(7) writes lists: "0-3,7".
Result<> set_cpu_affinity(int pid, std::string_view cpus, std::string_view pointer);

}  // namespace container
