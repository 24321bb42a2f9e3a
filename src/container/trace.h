// container/trace.h: what --debug tells of a process on its way into a container, for whoever looks for the step that hangs.
// Scripts and tests look for some of runc's phrases: they stand here where they are true of us too.
#pragma once
#include "container/child.h"
#include "container/container.h"

namespace container {

class Trace {
  const std::function<void(const std::string&)>& tell_;  // empty: nobody listens

 public:
  explicit Trace(const Context& context) : tell_(context.debug) {}
  void tell(const char* what) const {
    if (tell_) tell_(what);
  }
  // Init exists and has its plan. `born_inside`: in its cgroup of v2 from its first moment.
  void launched(const plan::Plan& plan, const Child& process, bool born_inside) const;
  // The CPUs that `pid` may run on at this moment: sched_getaffinity(2).
  void affinity(int pid) const;
};

}  // namespace container
