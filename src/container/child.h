// container/child.h: processes that the runtime makes: init, hooks, newuidmap. clone(2), pidfd_open(2), waitid(2).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/result.h"
#include "sys/process.h"

namespace container {

struct Child {
  int pid = 0;
  sys::UniqueFd pidfd;
};

// clone3(2) with CLONE_VM|CLONE_VFORK|CLONE_PIDFD and `flags`: returns when the child has exec'ed or is gone. The child runs
// `body(argument)` on a stack of its own with all signals blocked and shares our memory, so it may only do system calls.
// `into_cgroup`: a v2 directory to be born in, -1 = the runtime's own.
sys::Result<Child> clone_child(std::uint64_t flags, sys::ChildMain body, void* argument, int into_cgroup = -1);

// Pointers to `texts` and a null, as execve(2) wants them; valid as long as `texts` is.
std::vector<const char*> c_strings(const std::vector<std::string>& texts);
std::vector<const char*> c_strings(std::vector<std::string>&& texts) = delete;  // they point into the texts

// A program of the host in a process group of its own, with no descriptor of ours but these three, no signal blocked or ignored.
struct HostProgram {
  const char* path = nullptr;
  const char* const* argv = nullptr;
  const char* const* envp = nullptr;
  int standard_input = -1, standard_output = -1, standard_error = -1;  // borrowed; never 0..2
};
// The errno of a failed execve is the result's.
sys::Result<Child> start_program(const HostProgram& program);

// Waits for `child` to end and reaps it.
sys::Result<sys::Exit> reap(const Child& child);

// `pidfd` as a child of ours, with its pid as the kernel tells it. ECHILD: the process is none of our children, or no process.
sys::Result<Child> as_child(sys::UniqueFd pidfd);

// SIGKILL, and reaps it when it has gone within ten seconds: one that the kernel holds must not hold us too. Empty: nothing to do.
void end_child(const Child& child);

}  // namespace container
