// cgroup/below.cpp: groups below the container's, or the container's below its unit's (v2). cgroups(7), "Delegation".
#include "cgroup/room.h"

namespace cgroup {
namespace {

constexpr int kExists = 17 /* EEXIST */;

// All levels of `path` below `top`, which is there.
Result<> make_levels(Tree& tree, const std::string& top, const std::string& path) {
  for (std::size_t end = path.find('/', top.size() + 1);; end = path.find('/', end + 1)) {
    const std::string level = path.substr(0, end);
    const auto made = tree.make_directory(level);
    if (!made && made.error().code != kExists) return fail("mkdir " + level, made.error());
    if (end == std::string::npos) return {};
  }
}

Result<> enter(Tree& tree, const std::string& directory, int pid) {
  const std::string number = std::to_string(pid), file = directory + "/cgroup.procs";
  const auto entered = tree.write(file, number);
  if (!entered) return fail("failed to write " + number + ": write " + file, entered.error());
  return {};
}

// The v2 tree's, which is the one that systemd has moved the process in.
const plan::CgroupDirectory* v2_directory(const plan::CgroupPlan& plan) {
  for (const plan::CgroupDirectory& directory : plan.directories)
    if (directory.controllers.empty()) return &directory;
  return nullptr;
}

}  // namespace

Result<> enter_subgroup(const plan::CgroupPlan& plan, int pid) {
  const plan::CgroupDirectory* directory = v2_directory(plan);
  if (!plan.unit || plan.unit->subgroup.empty() || directory == nullptr || plan.mode != plan::CgroupLayout::Mode::v2) return {};
  Tree tree;
  const std::string group = directory->directory();
  TRY(make_levels(tree, group.substr(0, group.size() - plan.unit->subgroup.size() - 1), group));
  return enter(tree, group, pid);
}

Result<> delegate(const plan::CgroupPlan& plan, int pid) {
  const plan::CgroupDirectory* directory = v2_directory(plan);
  if (plan.delegated.empty() || directory == nullptr) return {};
  Tree tree;
  plan::CgroupDirectory below = *directory;
  (below.path += '/') += plan.delegated;
  const std::string group = below.directory();
  TRY(make_levels(tree, directory->directory(), group));
  TRY(enter(tree, group, pid));
  // Only now: a group with processes in it may not hand controllers down.
  TRY(enable_controllers(tree, below, false));
  if (plan.delegated_uid == ~std::uint64_t{0}) return {};
  return give_away(tree, group, static_cast<std::uint32_t>(plan.delegated_uid));
}

}  // namespace cgroup
