// cgroup/room.h: what the files of this room give each other.
#pragma once
#include "cgroup/cgroup.h"
#include "cgroup/tree.h"

namespace cgroup {

// apply.cpp: writes in the order of the list. A value that the kernel calls invalid is tried once more when the others of its
// directory are written: a limit may be bounded by the old value of another one. With `former`, what each file had before is added
// there, after its write.
Result<> apply_writes(Tree& tree, const plan::CgroupPlan& plan, const std::vector<plan::CgroupWrite>& writes,
                      std::vector<Former>* former = nullptr);
// update.cpp: what to write to `file` (its name) so that it says again what it says in `text`, after `value` was written to it.
std::string former_value(std::string_view file, std::string_view text, std::string_view value);
// cpuset.cpp: cpus and mems of `directory` and of the levels above it, below `mount_point`, where they are empty.
sys::Result<> fill_cpuset(Tree& tree, const std::string& mount_point, const std::string& directory, bool is_new);
// v2.cpp: every level above `directory` hands its controllers down; a threaded parent makes it threaded, if no limit forbids.
Result<> enable_controllers(Tree& tree, const plan::CgroupDirectory& directory, bool domain_controllers);
Result<> give_away(Tree& tree, const std::string& directory, std::uint32_t uid);
// device_program.cpp: replaces the programs that are attached to the group.
Result<> attach_device_program(int directory, const std::vector<plan::CgroupPlan::DeviceRule>& rules);
// freeze.cpp: of one member that has a freezer (v1's freezer, or any v2 group).
const Member* freezer_of(const Group& group);
bool has_v1_freezer(const Member& member);
sys::Result<bool> member_is_frozen(Tree& tree, const Member& member);
sys::Result<> thaw_member(Tree& tree, const Member& member);
// processes.cpp: of a directory and all below it.
sys::Result<std::vector<int>> processes_below(Tree& tree, const std::string& directory);

}  // namespace cgroup
