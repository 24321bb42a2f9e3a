// plan/compile_live_mounts.cpp: the order of a change of mounts in a container that runs: init joins it, mounts or unmounts, and
// ends.
#include "plan/compile.h"

namespace plan {
namespace {

// The filesystems whose content is a namespace's: the one of the process that makes them.
std::uint32_t namespaces_of(std::string_view type) {
  return type == "proc" ? kNewPid : type == "sysfs" ? kNewNetwork : type == "mqueue" ? kNewIpc : 0;
}

Result<> check_mount(const Compiler& c, const config::Mount& mount, const std::string& origin) {
  if (mount.type == "cgroup" && !config::is_bind(mount))
    return fail("a mount of type cgroup is made by create only", origin + "/type");
  if (read_mount_words(mount.options).remount) return fail("remount changes a mount, it adds none", origin + "/options");
  // The container's user namespace has no right over the host's mounts, and only the host's root can clone them before it is
  // joined.
  if (config::is_bind(mount) && c.facts.rootless)
    return fail("bind mounts of the host cannot be added to a rootless container that runs", origin + "/source");
  return {};
}

std::uint32_t namespaces_to_join(const Compiler& c, std::uint32_t all, bool remove) {
  std::uint32_t wanted = kNewMount | kNewUser;
  for (const config::Mount& mount : c.spec.mounts)
    if (!remove && !config::is_bind(mount)) wanted |= namespaces_of(mount.type.value_or(""));
  return all & wanted;
}

void add_join(Compiler& c) {
  const Slot container = c.build.descriptor(DescriptorKind::container, "", "");
  c.build.add(Kind::join_namespace).join = {container, c.namespaces.joined, kByPidfd};
  if (c.namespaces.joins(kNewUser)) c.build.add(Kind::become_root);
  if (!c.namespaces.joins(kNewPid)) return;
  c.build.add(Kind::fork_inside);
  c.plan.forks_inside = true;
}

// The last one first: it may lie within one before it.
Result<> add_unmount(Compiler& c) {
  std::vector<std::string> paths;
  for (std::size_t i = c.spec.mounts.size(); i-- > 0;) {
    paths.push_back(text::clean_path(c.spec.mounts[i].destination));
    if (paths.back() == "/") return fail("the root cannot be unmounted", text::pointer("/mounts", i, "destination"));
  }
  const Range range = c.build.texts(paths);
  c.build.add(Kind::unmount).unmount = {range};
  return {};
}

Result<> add_live_mounts(Compiler& c) {
  for (std::size_t i = 0; i < c.spec.mounts.size(); ++i) TRY(check_mount(c, c.spec.mounts[i], text::pointer("/mounts", i)));
  return add_mounts(c);
}

}  // namespace

Result<Plan> compile_live_mounts(const config::Spec& spec, const HostFacts& facts, const LiveMountsRequest& asked) {
  if ((asked.namespaces & kNewMount) == 0) return fail("the container has no mount namespace: its mounts are the host's");
  if (spec.mounts.size() > kMostLiveMounts)
    return fail("at most " + std::to_string(kMostLiveMounts) + " mounts at once", "/mounts");
  Request request;
  request.id = asked.id;
  request.bundle = asked.bundle;
  request.rootfs = asked.rootfs;
  Compiler c{spec, *spec.process, "/process", facts, request};
  c.live = true;
  c.namespaces.joined = namespaces_to_join(c, asked.namespaces, asked.remove);
  c.in_user_namespace = (asked.namespaces & kNewUser) != 0 || facts.rootless || !facts.initial_user_namespace;
  c.plan.reset_cpu_affinity = false;
  add_join(c);
  TRY(asked.remove ? add_unmount(c) : add_live_mounts(c));
  c.build.add(Kind::ask).ask = {Tell::ready, Await::proceed};
  c.build.add(Kind::finish);
  c.plan.image = c.build.finish();
  if (!View::check(c.plan.image)) return fail("the compiled plan is not a valid image: this is a fault of minc-oci");
  return std::move(c.plan);
}

}  // namespace plan
