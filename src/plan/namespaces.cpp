// plan/namespaces.cpp: linux.namespaces, uidMappings, gidMappings, timeOffsets, hostname. namespaces(7), user_namespaces(7),
// time_namespaces(7), session-keyring(7).
#include "plan/compile.h"

#include "config/names.h"

namespace plan {
namespace {

constexpr std::uint32_t kOtherSearch = 0x8, kUserSearch = 0x80000;  // KEY_OTH_SEARCH, KEY_USR_SEARCH of <linux/keyctl.h>

// exec(2) takes a task into its new time namespace since Linux 6.3 (2b5f9dad32ed); before, only a fork does.
bool exec_enters_time(const HostFacts& facts) {
  return facts.kernel_major > 6 || (facts.kernel_major == 6 && facts.kernel_minor >= 3);
}

Result<> check_rootless(const Compiler& c) {
  if (!c.facts.rootless || c.facts.euid == 0) return {};
  if (!c.namespaces.has(kNewUser)) return fail("rootless container requires user namespaces", "/linux/namespaces");
  if (c.namespaces.joins(kNewUser)) return {};
  if (c.spec.linux_.uid_mappings.empty()) return fail("rootless containers require at least one UID mapping", "/linux/uidMappings");
  if (c.spec.linux_.gid_mappings.empty()) return fail("rootless containers require at least one GID mapping", "/linux/gidMappings");
  return {};
}

Result<> check_combination(const Compiler& c) {
  const Namespaces& all = c.namespaces;
  if (!all.has(kNewMount) && (c.in_user_namespace || c.request.overlay))
    return fail(
        "a container without a mount namespace would mount in the host's, which takes the host's root and its right to mount",
        "/linux/namespaces", "add {\"type\": \"mount\"} to linux.namespaces");
  if (!all.has(kNewMount) && c.request.rootfs == "/")
    return fail("without a mount namespace the host's own root cannot be the container's", "/root/path",
                "add {\"type\": \"mount\"} to linux.namespaces");
  if (all.joins(kNewMount) && all.creates(kNewUser))
    return fail("a new user namespace has no right to mount in a mount namespace that is joined", "/linux/namespaces",
                "join the user namespace that owns it");
  // setns(2) wants rights in our own user namespace too, and an ordinary user has them only in the new one, which owns none of
  // those.
  if (all.creates(kNewUser) && all.joined != 0 && c.facts.rootless && c.facts.euid != 0)
    return fail("rootless containers cannot join namespaces (" + clone_flag_names(all.joined) + ") from a new user namespace",
                "/linux/namespaces", "join the user namespace that owns them, or let all of them be new");
  return check_rootless(c);
}

void add_join(Compiler& c, const config::Namespace& entry, std::uint32_t type, std::size_t index) {
  const std::string origin = text::pointer("/linux/namespaces", index);
  Step& step = c.build.add(Kind::join_namespace, origin);
  step.join = {c.build.descriptor(DescriptorKind::namespace_file, entry.path, origin + "/path", type), type, 0};
}

// The user namespace comes last when we have the host's rights, which joining it gives up, and first when they come from it.
void add_joins(Compiler& c) {
  const auto& entries = c.spec.linux_.namespaces;
  const auto add_those = [&](bool user) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const config::NamespaceType* type = config::find(config::kNamespaceTypes, entries[i].type);
      if (!entries[i].path.empty() && (type->number == kNewUser) == user) add_join(c, entries[i], type->number, i);
    }
  };
  add_those(c.facts.rootless);
  add_those(!c.facts.rootless);
}

bool is_only(const std::vector<config::IdMapping>& maps, std::uint32_t own) {
  return maps.size() == 1 && maps[0].size == 1 && maps[0].host_id == own;
}

IdMaps compile_id_maps(const Compiler& c) {
  const auto& linux_ = c.spec.linux_;
  IdMaps maps;
  maps.uid_map = map_lines(linux_.uid_mappings);
  maps.gid_map = map_lines(linux_.gid_mappings);
  maps.root_uid = mapped(linux_.uid_mappings, 0).value_or(0);  // config::validate makes sure that root is mapped
  maps.root_gid = mapped(linux_.gid_mappings, 0).value_or(0);
  if (!c.facts.rootless || c.facts.euid == 0) return maps;
  // Without privilege the kernel takes only a map of one's own id, the group's only with setgroups(2) denied (CVE-2014-8989).
  maps.use_helpers = !is_only(linux_.uid_mappings, c.facts.euid) || !is_only(linux_.gid_mappings, c.facts.egid);
  maps.deny_setgroups = !maps.use_helpers;
  return maps;
}

void add_time_offsets(Compiler& c) {
  std::string lines;
  for (const auto& [clock, offset] : c.spec.linux_.time_offsets)
    lines += clock + ' ' + std::to_string(offset.secs) + ' ' + std::to_string(offset.nanosecs) + '\n';
  if (lines.empty()) return;
  Step& step = c.build.add(Kind::set_time_offsets, "/linux/timeOffsets");
  step.text = c.build.text(lines);
}

void add_unshare(Compiler& c, std::uint32_t flags) { c.build.add(Kind::unshare, "/linux/namespaces").flags = flags; }

void add_net_devices(Compiler& c) {
  for (const auto& [host_name, device] : c.spec.linux_.net_devices) {
    const bool renamed = device.name && !device.name->empty();
    c.plan.net_devices.push_back({host_name, renamed ? *device.name : host_name, text::pointer("/linux/netDevices", host_name)});
  }
  if (!c.plan.net_devices.empty()) c.build.add(Kind::hand_out_network, "/linux/netDevices");
}

// Which of the new namespaces the first clone makes, and which init makes itself.
//  - After joining a user namespace all of them: only then they belong to it.
//  - A new user namespace has no right over what is joined (setns(2): EPERM), so the joins come first, from outside.
//  - Offsets of a time namespace freeze at the next exec, and init is exec'd right after the clone.
//  - Where only a fork enters a time namespace, the pid namespace waits for the same fork: its first process must be the
//  container's.
std::uint32_t unshared_by_init(const Compiler& c) {
  const std::uint32_t created = c.namespaces.created & ~kNewCgroup;
  if (c.namespaces.joins(kNewUser) || (c.namespaces.creates(kNewUser) && c.namespaces.joined != 0)) return created;
  if (!c.namespaces.creates(kNewTime)) return 0;
  if (!exec_enters_time(c.facts)) return created & (kNewTime | kNewPid);
  return c.spec.linux_.time_offsets.empty() ? 0 : kNewTime;
}

}  // namespace

std::string map_lines(const std::vector<config::IdMapping>& maps) {
  std::string lines;
  for (const config::IdMapping& map : maps)
    lines += std::to_string(map.container_id) + ' ' + std::to_string(map.host_id) + ' ' + std::to_string(map.size) + '\n';
  return lines;
}

std::optional<std::uint32_t> mapped(const std::vector<config::IdMapping>& maps, std::uint32_t id) {
  for (const config::IdMapping& map : maps)
    if (id >= map.container_id && id - map.container_id < map.size) return map.host_id + (id - map.container_id);
  return std::nullopt;
}

Result<> read_namespaces(Compiler& c) {
  const auto& entries = c.spec.linux_.namespaces;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const config::NamespaceType* type = config::find(config::kNamespaceTypes, entries[i].type);
    if (type == nullptr)
      return fail("namespace " + text::quote(entries[i].type) + " does not exist", text::pointer("/linux/namespaces", i, "type"));
    (entries[i].path.empty() ? c.namespaces.created : c.namespaces.joined) |= type->number;
  }
  c.in_user_namespace = c.namespaces.has(kNewUser) || c.facts.rootless || !c.facts.initial_user_namespace;
  return check_combination(c);
}

void add_namespaces(Compiler& c) {
  const std::uint32_t by_init = unshared_by_init(c);
  c.plan.clone_flags = c.namespaces.created & ~kNewCgroup & ~by_init;
  const auto& linux_ = c.spec.linux_;
  if (c.namespaces.creates(kNewUser)) c.plan.id_maps = compile_id_maps(c);
  if (c.namespaces.joins(kNewUser) && !(linux_.uid_mappings.empty() && linux_.gid_mappings.empty())) {
    c.plan.joined_id_maps.emplace();
    c.plan.joined_id_maps->uid_map = map_lines(linux_.uid_mappings);
    c.plan.joined_id_maps->gid_map = map_lines(linux_.gid_mappings);
  }

  // Init that enters a user namespace without an exec keeps a /proc/self of the outer root (proc(5), PR_SET_DUMPABLE): it could
  // not write the offsets any more.
  // And a mount namespace that is joined may have no /proc.
  const bool time_first =
      (!c.facts.rootless && (c.namespaces.joins(kNewUser) || (by_init & kNewUser) != 0)) || c.namespaces.joins(kNewMount);
  const std::uint32_t early = time_first ? by_init & kNewTime : 0;
  if (early != 0) add_unshare(c, early);
  if (early != 0) add_time_offsets(c);
  add_joins(c);
  if ((by_init & kNewUser) != 0) add_unshare(c, kNewUser);  // alone: SELinux labels what is made with it as the outer user's
  if (c.namespaces.creates(kNewUser)) c.build.add(Kind::ask, "/linux/uidMappings").ask = {Tell::nothing, Await::id_maps_written};
  if (c.namespaces.has(kNewUser)) c.build.add(Kind::become_root);
  const std::uint32_t late = by_init & ~early & ~kNewUser;
  if (late != 0) add_unshare(c, late);
  if (early == 0) add_time_offsets(c);

  const bool fork_for_pid = c.namespaces.joins(kNewPid) || (by_init & kNewPid) != 0;
  const bool fork_for_time = c.namespaces.creates(kNewTime) && !exec_enters_time(c.facts);
  if (fork_for_pid || fork_for_time) {
    c.build.add(Kind::fork_inside);
    c.plan.forks_inside = true;
  }
  c.build.add(Kind::new_session);  // after the fork: a child is no session's leader
  add_keyring(c);
  if (c.namespaces.creates(kNewNetwork)) c.build.add(Kind::bring_up_loopback);
  add_net_devices(c);
}

void add_keyring(Compiler& c) {
  if (!c.request.new_keyring) return;
  Step& step = c.build.add(Kind::join_keyring);
  // exec joins by the same name. In a user namespace root is not the key's owner any more: "other" must be able to search it.
  const Text label = c.facts.selinux ? c.build.optional_text(c.process.selinux_label.value_or("")) : Text{};
  step.keyring = {c.build.text("_ses." + c.request.id), c.namespaces.has(kNewUser) ? kOtherSearch : kUserSearch, label};
}

// The limits are set when the runtime says so. The v2 group needs no step: init is born in it (CLONE_INTO_CGROUP).
void join_cgroups(Compiler& c, const std::vector<std::string>& tasks) {
  c.build.add(Kind::ask, "/linux/cgroupsPath").ask = {Tell::nothing, Await::cgroup_ready};
  JoinCgroups cgroups{-1, 0};
  for (const std::string& path : tasks) {
    const Slot slot = c.build.descriptor(DescriptorKind::cgroup_tasks, path, "/linux/cgroupsPath");
    if (cgroups.count++ == 0) cgroups.first = slot;
  }
  if (cgroups.count != 0) c.build.add(Kind::join_cgroups, "/linux/cgroupsPath").cgroups = cgroups;
}

void join_cgroup_here(Compiler& c) {
  if (c.cgroup_joined) return;
  c.cgroup_joined = true;
  if (c.plan.cgroup.enabled) {
    std::vector<std::string> tasks;
    for (const CgroupDirectory& entry : c.plan.cgroup.directories)
      if (!entry.controllers.empty() && !c.plan.cgroup.unit) tasks.push_back(entry.directory() + "/tasks");
    join_cgroups(c, tasks);
  }
  // Only now: the root of the namespace's view is the group in which the process is at that moment.
  if (c.namespaces.creates(kNewCgroup)) c.build.add(Kind::unshare, "/linux/namespaces").flags = kNewCgroup;
}

void add_host_names(Compiler& c) {
  if (!c.spec.hostname.empty()) {
    Step& step = c.build.add(Kind::set_hostname, "/hostname");
    step.text = c.build.text(c.spec.hostname);
  }
  if (!c.spec.domainname.empty()) {
    Step& step = c.build.add(Kind::set_domainname, "/domainname");
    step.text = c.build.text(c.spec.domainname);
  }
}

}  // namespace plan
