// cgroup/cgroup.h: the one interface to control groups; v1, hybrid and v2 behind it. cgroups(7).
// Directories are named by the plan (plan/cgroup.cpp decides all paths and values); this room makes, fills, reads and removes.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace cgroup {

// What of this host plan::HostFacts::cgroup holds. Reads /proc/self/cgroup and, only where /sys/fs/cgroup is not laid out as
// usual, /proc/self/mountinfo.
Result<plan::CgroupLayout> read_layout();

// A container's group in one hierarchy, as the state file keeps it.
struct Member {
  std::string controllers;                                             // "cpu,cpuacct", "name=systemd", "" = v2
  std::string directory;                                               // absolute
  enum class Made { unknown, by_us, before_us } made = Made::unknown;  // unknown: the runtime died between mkdir and its record
};
using Group = std::vector<Member>;

// The group that `plan` will make; no side effect. Goes into the state file first.
Group planned(const plan::CgroupPlan& plan);
// Makes the directories (parents too), fills cpusets, applies `writes_before_join`. Refuses a leaf with processes in it or a
// frozen one ("container's cgroup is not empty: N process(es) found"). Records in `group` what was made. On failure removes
// what it made. With a unit (cgroup/systemd.h) it comes after the unit's start: what systemd left out is made, the rest is ours.
Result<> make(const plan::CgroupPlan& plan, Group& group);
// The unit has begun with `pid` in its own group: the process goes on into the group below it that the plan wants. Before `make`,
// since the unit's group may hand controllers down only when no process is in it. Without such a group nothing is done.
Result<> enter_subgroup(const plan::CgroupPlan& plan, int pid);
// The group below the container's that is the container's own business (CgroupPlan::delegated), with `pid` in it. After the limits.
Result<> delegate(const plan::CgroupPlan& plan, int pid);
// All limits and device rules. Call after `make`; before or after `join`.
Result<> apply(const plan::CgroupPlan& plan);
// The writes of an update, to a group in use. `former` becomes what stood in each file that was written, as far as it can be read;
// on failure it is put back already, best effort.
struct Former {
  std::string path, value;  // the value in the file's own input format
};
Result<> update(const plan::CgroupPlan& plan, std::vector<Former>& former);
// The latest first. False: not all could be put back.
bool put_back(const std::vector<Former>& former);
Result<> join(const Group& group, int pid);
// For a process that joins by itself, which is cheaper by a grace period: the `tasks` files of the v1 members, in their order, open
// for writing. All or none: empty when one of them cannot be opened (then `join` says why).
std::vector<sys::UniqueFd> open_tasks(const Group& group);
// The v2 member's directory, for CLONE_INTO_CGROUP. Empty without one, or without the right to it.
sys::UniqueFd open_v2(const Group& group);

Result<bool> is_frozen(const Group& group);
Result<> freeze(const Group& group);
Result<> thaw(const Group& group);
// Every process of the group and those below it, the runtime's own pid namespace counting.
Result<std::vector<int>> processes(const Group& group);
// SIGKILL to all, again until none is left (cgroup.kill, or freeze, kill, thaw); at most `timeout_ms`. Never touches a member
// that existed before us.
Result<> kill_all(const Group& group, int timeout_ms);
// rmdir from the bottom up, sub-groups too, again while busy, at most `timeout_ms`. What is gone already is success; members
// that existed before us stay.
Result<> remove(const Group& group, int timeout_ms);
// memory.events' oom_kill, or memory.oom_control's: has the kernel killed somebody of this group for want of memory?
bool oom_killed(const Group& group);

}  // namespace cgroup
