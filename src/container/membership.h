// container/membership.h: how a process of the container gets into its cgroups. On v1 init moves itself, through files that the
// runtime has opened; on v2 it is born in its group. What neither way could do, `cgroup::join` does for it. cgroups(7), clone(2).
#pragma once
#include <vector>

#include "cgroup/cgroup.h"
#include "plan/plan.h"

namespace container {

class Membership {
  const cgroup::Group* group_ = nullptr;
  std::vector<sys::UniqueFd> tasks_;
  sys::UniqueFd v2_;
  bool born_inside_ = false;

 public:
  Membership() = default;
  // The runtime joins all of `group`.
  explicit Membership(const cgroup::Group& group) : group_(&group) {}
  // Opens what `group` has and writes the numbers into the plan's image. The group must exist and stay where it is.
  Membership(const cgroup::Group& group, plan::Plan& plan);

  // For clone3(2); -1 = none.
  int birthplace() const { return v2_.get(); }
  void set_born_inside(bool born) { born_inside_ = born; }
  bool born_inside() const { return born_inside_; }
  // What the runtime has to join for the process.
  cgroup::Group rest() const;
};

}  // namespace container
