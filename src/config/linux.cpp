// The `linux` object: config-linux.md. Its larger chapters have files of their own; here are the table and the short ones: masked
// and read-only paths, propagation, memory policy (set_mempolicy(2)), personality(2), Intel RDT (the kernel's resctrl.rst).
#include "config/chapters.h"
#include "config/id_list.h"
#include "config/mount_options.h"
#include "config/names.h"
#include "config/read.h"
#include "config/words.h"
#include "support/text.h"

namespace config {

Fields fields_of(const IntelRdt*) {
  static constexpr Field kFields[] = {
      field<&IntelRdt::clos_id>("closID"),
      field<&IntelRdt::schemata>("schemata"),
      field<&IntelRdt::l3_cache_schema>("l3CacheSchema"),
      field<&IntelRdt::mem_bw_schema>("memBwSchema"),
      field<&IntelRdt::enable_monitoring>("enableMonitoring"),
  };
  return kFields;
}
Fields fields_of(const MemoryPolicy*) {
  static constexpr Field kFields[] = {
      field<&MemoryPolicy::mode>("mode"),
      field<&MemoryPolicy::nodes>("nodes"),
      field<&MemoryPolicy::flags>("flags"),
  };
  return kFields;
}
Fields fields_of(const Personality*) {
  static constexpr Field kFields[] = {required(field<&Personality::domain>("domain")), field<&Personality::flags>("flags")};
  return kFields;
}
Fields fields_of(const Linux*) {
  static constexpr Field kFields[] = {
      field<&Linux::uid_mappings>("uidMappings"),
      field<&Linux::gid_mappings>("gidMappings"),
      field<&Linux::sysctl>("sysctl"),
      field<&Linux::resources>("resources"),
      field<&Linux::cgroups_path>("cgroupsPath"),
      field<&Linux::namespaces>("namespaces"),
      field<&Linux::devices>("devices"),
      field<&Linux::net_devices>("netDevices"),
      field<&Linux::seccomp>("seccomp"),
      field<&Linux::rootfs_propagation>("rootfsPropagation"),
      field<&Linux::masked_paths>("maskedPaths"),
      field<&Linux::readonly_paths>("readonlyPaths"),
      field<&Linux::mount_label>("mountLabel"),
      field<&Linux::intel_rdt>("intelRdt"),
      field<&Linux::memory_policy>("memoryPolicy"),
      field<&Linux::personality>("personality"),
      field<&Linux::time_offsets>("timeOffsets"),
  };
  return kFields;
}

namespace {

// Without a mount namespace of the container's own these would be done to the host's tree.
Result<> validate_hidden_paths(const Spec& spec) {
  const Linux& section = spec.linux_;
  const bool own_mounts = section.find_namespace("mount") != nullptr;
  for (const auto& [key, paths] : {std::pair{"maskedPaths", &section.masked_paths}, {"readonlyPaths", &section.readonly_paths}}) {
    if (!paths->empty() && !own_mounts)
      return fail("unable to restrict sys entries without a private MNT namespace", text::pointer("/linux", key),
                  "add {\"type\": \"mount\"} to linux.namespaces");
    for (std::size_t each = 0; each < paths->size(); ++each)
      if (!(*paths)[each].starts_with('/'))
        return fail("path " + text::quote((*paths)[each]) + " is not absolute", text::pointer("/linux", key, each));
  }
  return {};
}

Result<> validate_propagation(const std::string& word) {
  if (word.empty() || propagation_flags(word) != 0) return {};
  return fail("rootfsPropagation " + text::quote(word) + " is not supported", "/linux/rootfsPropagation",
              "one of shared, slave, private, unbindable, with or without an r before it");
}

std::size_t count(const std::vector<IdRange>& ranges) {
  std::size_t ids = 0;
  for (const IdRange& range : ranges) ids += range.last - range.first + 1;
  return ids;
}

Result<> validate_memory_policy(const MemoryPolicy& policy) {
  constexpr char kHere[] = "/linux/memoryPolicy";
  const MemoryPolicyMode* mode = find(kMemoryPolicyModes, policy.mode);
  if (mode == nullptr)
    return fail("invalid memory policy mode " + text::quote(policy.mode),
                policy.mode.empty() ? kHere : text::pointer(kHere, "mode"), choices(kMemoryPolicyModes));
  std::uint32_t flags = 0;
  for (std::size_t each = 0; each < policy.flags.size(); ++each) {
    const Name* flag = find(kMemoryPolicyFlags, policy.flags[each]);
    if (flag == nullptr)
      return fail("invalid memory policy flag " + text::quote(policy.flags[each]), text::pointer(kHere, "flags", each),
                  choices(kMemoryPolicyFlags));
    flags |= flag->number;
  }
  constexpr std::uint32_t kRelative = 1U << 14, kStatic = 1U << 15;
  if ((flags & kRelative) && (flags & kStatic))
    return fail("memory policy flags MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other",
                text::pointer(kHere, "flags"));
  const auto nodes = parse_id_list(policy.nodes, kMaxNode);
  const bool none = policy.nodes.find_first_not_of(" \t,") == policy.nodes.npos;
  if (!nodes && !none)
    return fail("invalid memory policy nodes " + text::quote(policy.nodes), text::pointer(kHere, "nodes"),
                "numbers and ascending ranges: \"0-3,7\"");
  if (mode->nodes == MemoryPolicyMode::Nodes::none && nodes)
    return fail("memory policy mode requires 0 nodes but got " + std::to_string(count(*nodes)), text::pointer(kHere, "nodes"));
  if (mode->nodes == MemoryPolicyMode::Nodes::required && !nodes)
    return fail("memory policy mode requires at least one node but got 0",
                nodes || !policy.nodes.empty() ? text::pointer(kHere, "nodes") : kHere);
  return {};
}

Result<> validate_personality(const Personality& personality) {
  if (find(kPersonalityDomains, personality.domain) == nullptr)
    return fail("invalid personality domain " + text::quote(personality.domain), "/linux/personality/domain",
                choices(kPersonalityDomains));
  if (!personality.flags.empty())
    return fail("personality flag " + text::quote(personality.flags[0]) + " is not supported", "/linux/personality/flags/0",
                "the specification defines none");
  return {};
}

// Schemas become lines of one file: a newline inside would smuggle in another line.
Result<> validate_intel_rdt(const IntelRdt& rdt) {
  constexpr char kHere[] = "/linux/intelRdt";
  if (rdt.clos_id) {
    const std::string& id = *rdt.clos_id;
    if (id == "." || id == ".." || (id != "/" && id.find('/') != id.npos))
      return fail("invalid intelRdt closID " + text::quote(id), text::pointer(kHere, "closID"),
                  "a directory's name, or \"/\" for the root group");
  }
  if (rdt.l3_cache_schema && rdt.l3_cache_schema->find('\n') != std::string::npos)
    return fail("l3CacheSchema contains a newline", text::pointer(kHere, "l3CacheSchema"),
                "linux.intelRdt.schemata takes several lines");
  if (rdt.mem_bw_schema && rdt.mem_bw_schema->find('\n') != std::string::npos)
    return fail("memBwSchema contains a newline", text::pointer(kHere, "memBwSchema"),
                "linux.intelRdt.schemata takes several lines");
  if (rdt.mem_bw_schema && !rdt.mem_bw_schema->empty() && !rdt.mem_bw_schema->starts_with("MB:"))
    return fail("memBwSchema does not begin with \"MB:\"", text::pointer(kHere, "memBwSchema"));
  for (std::size_t each = 0; each < rdt.schemata.size(); ++each)
    if (rdt.schemata[each].find('\n') != std::string::npos)
      return fail("schema contains a newline", text::pointer(kHere, "schemata", each), "one line an element");
  return {};
}

}  // namespace

Result<> validate_linux(const Spec& spec) {
  const Linux& section = spec.linux_;
  TRY(validate_sysctl(spec));
  if (section.resources) TRY(validate_resources(*section.resources, "/linux/resources"));
  TRY(validate_devices(section.devices));
  TRY(validate_net_devices(section));
  if (section.seccomp) TRY(validate_seccomp(*section.seccomp));
  TRY(validate_propagation(section.rootfs_propagation));
  TRY(validate_hidden_paths(spec));
  if (section.intel_rdt) TRY(validate_intel_rdt(*section.intel_rdt));
  if (section.memory_policy) TRY(validate_memory_policy(*section.memory_policy));
  if (section.personality) TRY(validate_personality(*section.personality));
  return {};
}

}  // namespace config
