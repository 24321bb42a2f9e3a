// Process: the runtime, on the host, with the caller's rights.
#include "container/membership.h"

namespace container {

Membership::Membership(const cgroup::Group& group, plan::Plan& plan)
    : group_(&group), tasks_(cgroup::open_tasks(group)), v2_(cgroup::open_v2(group)) {
  const auto table = plan.view().descriptors();
  std::size_t next = 0;
  for (plan::Slot slot = 0; slot < static_cast<plan::Slot>(table.size()) && next < tasks_.size(); ++slot)
    if (table[static_cast<std::size_t>(slot)].kind == plan::DescriptorKind::cgroup_tasks)
      plan::set_descriptor(plan.image, slot, tasks_[next++].get());
}

cgroup::Group Membership::rest() const {
  cgroup::Group rest;
  if (group_ == nullptr) return rest;
  for (const cgroup::Member& member : *group_)
    if (member.controllers.empty() ? !born_inside_ : tasks_.empty()) rest.push_back(member);
  return rest;
}

}  // namespace container
