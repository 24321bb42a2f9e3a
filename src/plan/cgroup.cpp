// plan/cgroup.cpp: linux.cgroupsPath → a directory in every hierarchy. Nothing is looked at: the layout comes with the facts.
#include "plan/cgroup.h"

#include <algorithm>
#include <array>

#include "config/run_oci.h"
#include "plan/resources.h"
#include "plan/systemd.h"
#include "support/text.h"

namespace plan {
namespace {

using Mode = CgroupLayout::Mode;

// In which order a v1 process joins. cpuset first: until it is joined the others may place memory; names not listed come after.
constexpr std::array<std::string_view, 15> kJoinOrder{"cpuset",     "devices", "memory",  "cpu",          "cpuacct",
                                                      "pids",       "blkio",   "hugetlb", "net_cls",      "net_prio",
                                                      "perf_event", "freezer", "rdma",    "name=systemd", "misc"};

// Lexically, with "/" before it and no ".." beyond the root: "../a//b/./c/.." → "/a/b".
std::string cleaned(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(part);
    else if (!parts.empty())
      parts.pop_back();
  }
  std::string clean;
  for (const std::string_view part : parts) clean.append("/").append(part);
  return clean.empty() ? "/" : clean;
}

std::string parent_of(const std::string& clean) {
  const std::size_t slash = clean.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : clean.substr(0, slash);
}

// Absolute: from the mount point. Relative or absent (then the id): below the runtime's own group; on pure v2 beside it, because a
// group with processes in it may not hand controllers to groups below.
std::string path_in(const CgroupHierarchy& hierarchy, Mode mode, const std::string& wanted) {
  if (wanted.starts_with('/')) return cleaned(wanted);
  const std::string own = cleaned(hierarchy.own_path);
  const std::string base = mode == Mode::v2 ? parent_of(own) : own;
  const std::string below = cleaned(wanted);
  return base == "/" ? below : below == "/" ? base : base + below;
}

std::size_t join_rank(const CgroupDirectory& directory) {
  if (directory.controllers.empty()) return kJoinOrder.size() + 1;  // the v2 tree of a hybrid host
  for (std::size_t rank = 0; rank < kJoinOrder.size(); ++rank)
    if (lists_controller(directory.controllers, kJoinOrder[rank])) return rank;
  return kJoinOrder.size();
}

std::vector<CgroupDirectory> directories_of(const CgroupLayout& layout, const std::string& wanted) {
  std::vector<CgroupDirectory> directories;
  directories.reserve(layout.hierarchies.size());
  for (const CgroupHierarchy& hierarchy : layout.hierarchies)
    directories.push_back({hierarchy.controllers, hierarchy.mount_point, path_in(hierarchy, layout.mode, wanted)});
  std::ranges::stable_sort(directories, {}, join_rank);
  return directories;
}

// In a user namespace that is not the host's the kernel lets nobody write device rules or load their program.
bool can_filter_devices(const HostFacts& facts) { return !facts.rootless && facts.initial_user_namespace; }

// Gives the rules that hold, whichever way they are enforced; none where none can be.
Result<std::vector<CgroupPlan::DeviceRule>> add_device_rules(CgroupPlan& plan, const config::Spec& spec, const HostFacts& facts) {
  const std::vector<config::DeviceRule> none;
  const auto& rules = spec.linux_.resources ? spec.linux_.resources->devices : none;
  auto reduced = TRY(reduce_device_rules(rules, spec.linux_.devices));  // read in any case: a wrong rule is an error everywhere
  if (!can_filter_devices(facts)) return std::vector<CgroupPlan::DeviceRule>{};
  if (const CgroupDirectory* directory = find_controller(plan.directories, "devices")) {
    plan.writes = device_writes(reduced, static_cast<std::size_t>(directory - plan.directories.data()));
    return reduced;
  }
  // No container without a device filter: on a host where v1 lacks the controller and there is no v2 tree, none can be made.
  if (plan.mode == Mode::v1) return fail("cgroup: subsystem does not exist: the devices controller is not mounted");
  plan.device_rules = reduced;
  return reduced;
}

bool has_option(const config::Mount& mount, std::string_view option) {
  return std::ranges::find(mount.options, option) != mount.options.end();
}

// The host's number of the container's uid; nothing when it is not mapped by what the config itself says.
std::optional<std::uint64_t> host_uid(const config::Linux& section, std::uint32_t uid) {
  const config::Namespace* user = section.find_namespace("user");
  if (user == nullptr) return uid;
  for (const config::IdMapping& map : section.uid_mappings)
    if (uid >= map.container_id && uid - map.container_id < map.size) return std::uint64_t{map.host_id} + (uid - map.container_id);
  return std::nullopt;
}

// config-linux.md, "Cgroup ownership": a container that gets its own cgroup namespace and a writable /sys/fs/cgroup may own its
// group.
std::uint64_t owner_of(const config::Spec& spec, Mode mode, std::uint32_t euid) {
  constexpr std::uint64_t kNobody = ~std::uint64_t{0};
  const config::Namespace* cgroup = spec.linux_.find_namespace("cgroup");
  if (mode != Mode::v2 || cgroup == nullptr || !cgroup->path.empty()) return kNobody;
  const bool writable = std::ranges::any_of(spec.mounts, [](const config::Mount& mount) {
    return mount.source == "cgroup" && cleaned(mount.destination) == "/sys/fs/cgroup" && !has_option(mount, "ro");
  });
  if (!writable) return kNobody;
  const auto uid = host_uid(spec.linux_, spec.process ? spec.process->user.uid : 0);
  return uid && *uid != euid ? *uid : kNobody;  // what we make is ours already
}

// crun's annotations: groups below the one that the container would have.
Result<> add_groups_below(CgroupPlan& plan, const config::Spec& spec, const HostFacts& facts) {
  plan.delegated = config::annotation(spec.annotations, config::kDelegateCgroup);
  if (plan.delegated.empty()) return {};
  const std::string pointer = text::pointer("/annotations", config::kDelegateCgroup);
  if (plan.mode != Mode::v2)  // on v1 whoever may write to a group may leave the limits of those above it
    return fail("a group can be delegated on cgroup v2 only", pointer);
  const auto root = host_uid(spec.linux_, 0);
  if (root && *root != facts.euid) plan.delegated_uid = *root;
  return {};
}

Result<> refuse_groups_below(const config::Spec& spec) {
  if (config::annotation(spec.annotations, config::kDelegateCgroup).empty()) return {};
  return fail("there is no group to be delegated: the container has none", text::pointer("/annotations", config::kDelegateCgroup));
}

}  // namespace

Result<CgroupPlan> compile_cgroup(const config::Spec& spec, const HostFacts& facts, const Request& request,
                                  std::vector<std::string>& warnings) {
  CgroupPlan plan;
  if (request.cgroup_disabled) TRY(refuse_groups_below(spec));
  if (request.cgroup_disabled) return plan;
  plan.mode = facts.cgroup.mode;
  const std::string path = spec.linux_.cgroups_path.value_or("");
  std::optional<UnitPlace> place;
  if (request.systemd_cgroup) place = TRY(place_unit(path, facts, request.id));
  const std::string_view subgroup = config::annotation(spec.annotations, config::kSystemdSubgroup);
  if (place && !subgroup.empty()) TRY(place_below_unit(*place, subgroup));
  plan.directories = directories_of(facts.cgroup, place ? place->path : path.empty() ? request.id : path);
  const bool may_do_without = facts.rootless && path.empty() && !place;

  // The limits are compiled even where there is no cgroup: they say whether the container can do without.
  const config::Resources nothing;
  const config::Resources& resources = spec.linux_.resources ? *spec.linux_.resources : nothing;
  auto limits = TRY(plan.mode == Mode::v2 ? compile_resources_v2(resources, facts, warnings)
                                          : compile_resources_v1(resources, facts, plan.directories, warnings));
  if (plan.mode == Mode::none || plan.directories.empty()) {
    if (may_do_without) TRY(refuse_groups_below(spec));
    if (may_do_without) return CgroupPlan{};
    return fail("no cgroup hierarchy is mounted", "", "mount cgroup2 on /sys/fs/cgroup");
  }
  plan.enabled = true;
  const auto device_rules = TRY(add_device_rules(plan, spec, facts));
  plan.writes_before_join = std::move(limits.before_join);
  const bool limited = !limits.writes.empty() || !plan.writes_before_join.empty();
  for (CgroupWrite& write : limits.writes) plan.writes.push_back(std::move(write));
  plan.domain_controllers = limits.domain_controllers;
  plan.ignore_denied = may_do_without && !limited;
  plan.rootless_limits = may_do_without && limited;
  plan.own_uid = owner_of(spec, plan.mode, facts.euid);
  TRY(add_groups_below(plan, spec, facts));
  if (place) {
    plan.unit = std::move(place->unit);
    TRY(add_unit_properties(plan, spec, place->slice, path.empty() ? request.id : path.substr(path.rfind(':') + 1), device_rules));
  }
  return plan;
}

}  // namespace plan
