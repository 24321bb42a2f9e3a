// plan/cgroup_mounts.cpp: a mount of type cgroup, which is one of several things according to the host. cgroups(7),
// cgroup_namespaces(7).
#include "plan/compile.h"

namespace plan {
namespace {

constexpr std::uint32_t kNoPrograms = config::kAttrNosuid | config::kAttrNodev | config::kAttrNoexec;

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The container's own group in a hierarchy; without one (cgroups disabled, or not permitted) the group in which the runtime is.
struct Source {
  std::string directory;
  std::string runtimes;
  bool made_by_us = false;
};
std::string own_group(const CgroupHierarchy& hierarchy) {
  return hierarchy.own_path == "/" ? hierarchy.mount_point : hierarchy.mount_point + hierarchy.own_path;
}
Source source_of(const Compiler& c, const CgroupHierarchy& hierarchy) {
  for (const CgroupDirectory& entry : c.plan.cgroup.directories)
    if (entry.controllers == hierarchy.controllers) return {entry.directory(), own_group(hierarchy), c.plan.cgroup.enabled};
  return {own_group(hierarchy), {}, false};
}

Attributes attributes_of(const Compiler& c, const MountWords& words, bool bind) {
  Attributes attributes{};
  attributes.top_set = (words.top.set & ~words.tree.clear) | words.tree.set;
  if (!bind) return attributes;
  attributes.base_propagation = base_propagation(c);
  // The access time is one field: mount_setattr(2) wants all of it cleared when it is set.
  if (words.sets_atime || (attributes.top_set & config::kAttrAtimeMask) != 0) attributes.top_clear = config::kAttrAtimeMask;
  return attributes;
}

// Init clones it, which saves a descriptor a hierarchy: the runtime makes the directories before it makes init. Where it is
// allowed to fail (rootless), the process stays where the runtime is, and that group is what is seen; ours covers it if it is
// there.
void add_bind(Compiler& c, const Source& source, const std::string& target, const Attributes& attributes,
              const std::string& origin) {
  const Text to = c.build.text(target);
  const auto add = [&](const std::string& directory, std::uint32_t flags) {
    const Text from = c.build.text(directory);
    c.build.add(Kind::mount_bind, origin).bind = {-1, from, to, attributes, flags, 0, 0};
  };
  if (!source.made_by_us) return add(source.directory, 0);
  if (!c.plan.cgroup.ignore_denied) return add(source.directory, kFromCgroup);
  add(source.runtimes, 0);
  add(source.directory, kFromCgroup | kOptional);
}

// "cpu,cpuacct" → the flags cpu and cpuacct; "name=systemd" → name with its value (a named hierarchy needs no "none").
Range controller_options(Compiler& c, std::string_view controllers) {
  if (controllers.starts_with("name=")) {
    const KeyValue named{c.build.text("name"), c.build.text(controllers.substr(5))};
    return c.build.array<KeyValue>(std::span(&named, 1));
  }
  std::vector<KeyValue> options;
  for (std::size_t begin = 0; begin <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', begin), controllers.size());
    options.push_back({c.build.text(controllers.substr(begin, end - begin)), {}});
    begin = end + 1;
  }
  return c.build.array<KeyValue>(options);
}

void add_hierarchy(Compiler& c, const CgroupHierarchy& hierarchy, const std::string& target, const MountWords& words,
                   const std::string& origin) {
  const bool own_view = c.namespaces.has(kNewCgroup);
  if (!own_view) return add_bind(c, source_of(c, hierarchy), target, attributes_of(c, words, true), origin);
  const Range options = controller_options(c, hierarchy.controllers);
  const Text type = c.build.text("cgroup"), to = c.build.text(target);
  c.build.add(Kind::mount_filesystem, origin).filesystem = {type, type, to, options, attributes_of(c, words, false), 0};
}

// Controllers that share a hierarchy are found by each name: cpu → cpu,cpuacct.
void add_links(Compiler& c, const CgroupHierarchy& hierarchy, const std::string& target, const std::string& origin) {
  const std::string_view name = base_name(hierarchy.mount_point), controllers = hierarchy.controllers;
  if (controllers.find(',') == std::string_view::npos) return;
  for (std::size_t begin = 0; begin <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', begin), controllers.size());
    const std::string_view one = controllers.substr(begin, end - begin);
    begin = end + 1;
    if (one == name) continue;
    const Text to = c.build.text(name), path = c.build.text(target + '/' + std::string(one));
    c.build.add(Kind::make_symlink, origin).symlink = {to, path, 0};
  }
}

void add_v2(Compiler& c, const config::Mount& mount, const std::string& target, MountWords words, const std::string& origin) {
  if (c.facts.cgroup.hierarchies.empty()) return;
  const CgroupHierarchy& hierarchy = c.facts.cgroup.hierarchies.back();
  const Source source = source_of(c, hierarchy);
  if (!c.namespaces.has(kNewCgroup)) {
    // Rootless and seen with the host's paths: never writable (CVE-2023-25809).
    if (c.facts.rootless) words.top.set |= config::kAttrReadonly;
    Attributes attributes = attributes_of(c, words, true);
    attributes.propagation = c.build.array<std::uint32_t>(words.propagation);
    return add_bind(c, source, target, attributes, origin);
  }
  const std::uint32_t flags = c.in_user_namespace ? kBindOnEperm : 0;
  const Text type = c.build.text("cgroup2"), to = c.build.text(target);
  // A group that may not come into being is no fallback: the one that the process is in otherwise, the runtime's, is there.
  const std::string fallback = c.plan.cgroup.ignore_denied ? source.runtimes : source.directory;
  const Text from = c.build.text(flags != 0 ? fallback : mount.source.value_or("cgroup"));
  std::vector<KeyValue> options;
  for (const std::string& flag : words.flags) options.push_back({c.build.text(flag), {}});
  const Range range = c.build.array<KeyValue>(options);
  Attributes attributes = attributes_of(c, words, false);
  attributes.propagation = c.build.array<std::uint32_t>(words.propagation);
  c.build.add(Kind::mount_filesystem, origin).filesystem = {type, from, to, range, attributes, flags};
}

// A tmpfs with a directory for each v1 hierarchy. A cgroup2 tree beside them (hybrid) is not shown, as runc does not.
void add_v1(Compiler& c, const std::string& target, const MountWords& words, const std::string& origin) {
  std::vector<KeyValue> words_of_tmpfs{{c.build.text("mode"), c.build.text("755")}};
  if (const KeyValue label = mount_label(c); label.key) words_of_tmpfs.push_back(label);
  const Range options = c.build.array<KeyValue>(words_of_tmpfs);
  const Text type = c.build.text("tmpfs"), to = c.build.text(target);
  Attributes attributes{};
  attributes.top_set = kNoPrograms;
  attributes.propagation = c.build.array<std::uint32_t>(words.propagation);
  c.build.add(Kind::mount_filesystem, origin).filesystem = {type, type, to, options, attributes, 0};
  for (const CgroupHierarchy& hierarchy : c.facts.cgroup.hierarchies) {
    if (hierarchy.controllers.empty()) continue;
    add_hierarchy(c, hierarchy, target + '/' + std::string(base_name(hierarchy.mount_point)), words, origin);
    add_links(c, hierarchy, target, origin);
  }
  if (((words.top.set | words.tree.set) & config::kAttrReadonly) != 0) c.late_readonly.emplace_back(target, origin);
}

}  // namespace

void add_cgroup_mount(Compiler& c, const config::Mount& mount, const std::string& target, const MountWords& words,
                      const std::string& origin) {
  // What systemd makes is there only when it has our process; otherwise only the namespace's view depends on the join.
  if (c.namespaces.creates(kNewCgroup) || c.plan.cgroup.unit) join_cgroup_here(c);
  switch (c.facts.cgroup.mode) {
    case CgroupLayout::Mode::v2:
      return add_v2(c, mount, target, words, origin);
    case CgroupLayout::Mode::v1:
    case CgroupLayout::Mode::hybrid:
      return add_v1(c, target, words, origin);
    case CgroupLayout::Mode::none:
      c.plan.warnings.push_back("this host has no cgroup hierarchy to be mounted on " + target);
      return;
  }
}

}  // namespace plan
