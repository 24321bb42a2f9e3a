// cgroup/make.cpp: the directories of a group, in every hierarchy, and what they need before a process may join.
#include <algorithm>

#include "cgroup/room.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kExists = 17 /* EEXIST */;

class Maker {
 public:
  explicit Maker(const plan::CgroupPlan& plan) : plan_(plan) {}

  Result<> make_all(Group& group) {
    for (std::size_t index = 0; index < plan_.directories.size(); ++index) {
      if (auto made = make(plan_.directories[index], group[index]); !made) return made;
    }
    std::erase_if(group, [](const Member& member) { return member.directory.empty(); });
    return apply_writes(tree_, plan_, plan_.writes_before_join);
  }

  // Leaves first: parents were made before them.
  void undo() {
    for (auto directory = made_.rbegin(); directory != made_.rend(); ++directory)
      if (!tree_.remove_directory(*directory)) continue;
  }

 private:
  // A denied directory leaves a member without a path, where the container can do without it.
  Result<> make(const plan::CgroupDirectory& directory, Member& member) {
    const auto made = make_leaf(directory.mount_point, member.directory);
    if (!made && made.error().code == kExists && plan_.unit) {
      member.made = Member::Made::by_us;  // by systemd, for us: it would have refused a unit that others have
    } else if (!made && made.error().code == kExists) {
      member.made = Member::Made::before_us;
      TRY(refuse_occupied(member));
    } else if (!made) {
      if (plan_.ignore_denied && is_denied(made.error())) {
        member.directory.clear();
        return {};
      }
      std::string doing = "mkdir " + member.directory;
      if (plan_.rootless_limits && is_denied(made.error()))
        doing.insert(0, "rootless needs no limits + no cgrouppath when no permission is granted for cgroups: ");
      return fail(std::move(doing), made.error());
    } else {
      member.made = Member::Made::by_us;
    }
    return prepare(directory, member);
  }

  // One call where the parents are there already.
  sys::Result<> make_leaf(const std::string& mount_point, const std::string& leaf) {
    auto made = tree_.make_directory(leaf);
    if (!made && made.error().code == kMissing && leaf.size() > mount_point.size()) {
      for (std::size_t end = leaf.find('/', mount_point.size() + 1); end != std::string::npos; end = leaf.find('/', end + 1)) {
        const std::string parent = leaf.substr(0, end);
        const auto level = tree_.make_directory(parent);
        if (level) made_.push_back(parent);
        if (!level && level.error().code != kExists) return level;
      }
      made = tree_.make_directory(leaf);
    }
    if (made) made_.push_back(leaf);
    return made;
  }

  // In a group where others live, our limits would be theirs, and delete would kill them; a frozen one would stop init for ever.
  Result<> refuse_occupied(const Member& member) {
    const auto pids = processes_below(tree_, member.directory);
    if (pids && !pids->empty())
      return fail("container's cgroup is not empty: " + std::to_string(pids->size()) + " process(es) found", "/linux/cgroupsPath");
    if (has_v1_freezer(member) || member.controllers.empty()) {
      const auto frozen = member_is_frozen(tree_, member);
      if (frozen && *frozen) return fail("container's cgroup unexpectedly frozen", "/linux/cgroupsPath");
    }
    return {};
  }

  Result<> prepare(const plan::CgroupDirectory& directory, const Member& member) {
    if (lists(member.controllers, "cpuset")) {
      const auto filled = fill_cpuset(tree_, directory.mount_point, member.directory, member.made == Member::Made::by_us);
      if (!filled && !(plan_.ignore_denied && is_denied(filled.error())))
        return fail("filling the cpuset of " + member.directory, filled.error());
    }
    if (plan_.mode != plan::CgroupLayout::Mode::v2) return {};
    TRY(enable_controllers(tree_, directory, plan_.domain_controllers));
    if (plan_.own_uid != ~std::uint64_t{0}) TRY(give_away(tree_, member.directory, static_cast<std::uint32_t>(plan_.own_uid)));
    return {};
  }

  const plan::CgroupPlan& plan_;
  Tree tree_;
  std::vector<std::string> made_;
};

}  // namespace

Group planned(const plan::CgroupPlan& plan) {
  Group group;
  if (!plan.enabled) return group;
  group.reserve(plan.directories.size());
  for (const plan::CgroupDirectory& directory : plan.directories)
    group.push_back({directory.controllers, directory.directory(), Member::Made::unknown});
  return group;
}

Result<> make(const plan::CgroupPlan& plan, Group& group) {
  if (!plan.enabled) return {};
  group = planned(plan);
  Maker maker(plan);
  auto made = maker.make_all(group);
  if (made) return made;
  maker.undo();
  group = planned(plan);
  return within("unable to apply cgroup configuration", std::move(made).error());
}

}  // namespace cgroup
