// linux.namespaces and what only exists inside of them: id mappings, clock offsets, host and domain name.
// namespaces(7), user_namespaces(7), time_namespaces(7), uts_namespaces(7).
#include <algorithm>

#include "config/chapters.h"
#include "config/names.h"
#include "config/words.h"
#include "support/text.h"

namespace config {

Fields fields_of(const Namespace*) {
  static constexpr Field kFields[] = {required(field<&Namespace::type>("type")), field<&Namespace::path>("path")};
  return kFields;
}
Fields fields_of(const IdMapping*) {
  static constexpr Field kFields[] = {
      required(field<&IdMapping::container_id>("containerID", kId)),
      required(field<&IdMapping::host_id>("hostID", kId)),
      required(field<&IdMapping::size>("size")),
  };
  return kFields;
}
Fields fields_of(const TimeOffset*) {
  static constexpr Field kFields[] = {field<&TimeOffset::secs>("secs"), field<&TimeOffset::nanosecs>("nanosecs")};
  return kFields;
}

namespace {

constexpr std::size_t kMaxUtsName = 64;  // __NEW_UTS_LEN
constexpr std::uint32_t kNanosecond = 999999999;

Result<> validate_entries(const std::vector<Namespace>& namespaces) {
  for (std::size_t each = 0; each < namespaces.size(); ++each) {
    const Namespace& entry = namespaces[each];
    const std::string here = text::pointer("/linux/namespaces", each);
    if (find(kNamespaceTypes, entry.type) == nullptr)
      return fail("namespace " + text::quote(entry.type) + " does not exist", here + "/type", choices(kNamespaceTypes));
    if (std::ranges::find(namespaces, entry.type, &Namespace::type) != namespaces.begin() + static_cast<std::ptrdiff_t>(each))
      return fail("malformed spec file: duplicated ns " + text::quote(entry.type), here + "/type");
    if (!entry.path.empty() && entry.path[0] != '/')
      return fail("namespace path " + text::quote(entry.path) + " is not absolute", here + "/path");
  }
  return {};
}

bool overlap(std::uint32_t one, std::uint32_t one_size, std::uint32_t other, std::uint32_t other_size) {
  return std::uint64_t{one} < std::uint64_t{other} + other_size && std::uint64_t{other} < std::uint64_t{one} + one_size;
}

Result<> validate_user_namespace(const Linux& section) {
  const Namespace* user = section.find_namespace("user");
  const bool mapped = !section.uid_mappings.empty() || !section.gid_mappings.empty();
  const std::string_view first = section.uid_mappings.empty() ? "/linux/gidMappings" : "/linux/uidMappings";
  if (user == nullptr) {
    if (mapped)
      return fail("user namespace mappings specified, but user namespace isn't enabled in the config", std::string(first));
    return {};
  }
  const bool both = !section.uid_mappings.empty() && !section.gid_mappings.empty();
  if (user->path.empty() && !both)
    return fail("user namespaces enabled, but no namespace path to join nor mappings to apply specified", "/linux/namespaces",
                "give linux.uidMappings and linux.gidMappings");
  TRY(validate_id_mappings(section.uid_mappings, "/linux/uidMappings"));
  TRY(validate_id_mappings(section.gid_mappings, "/linux/gidMappings"));
  if (!section.uid_mappings.empty() && !maps(section.uid_mappings, 0))
    return fail("no mapping found for uid 0", "/linux/uidMappings");
  if (!section.gid_mappings.empty() && !maps(section.gid_mappings, 0))
    return fail("no mapping found for gid 0", "/linux/gidMappings");
  return {};
}

// setuid(2) and setgroups(2) would answer EINVAL, long after everything else was built.
Result<> validate_user_is_mapped(const Spec& spec) {
  if (!spec.process) return {};
  const User& user = spec.process->user;
  const Linux& section = spec.linux_;
  const auto mapped = [](const std::vector<IdMapping>& mappings, std::uint32_t id) {
    return mappings.empty() || maps(mappings, id);
  };
  if (!mapped(section.uid_mappings, user.uid))
    return fail("cannot setuid to unmapped uid " + std::to_string(user.uid) + " in user namespace", "/process/user/uid");
  if (!mapped(section.gid_mappings, user.gid))
    return fail("cannot setgid to unmapped gid " + std::to_string(user.gid) + " in user namespace", "/process/user/gid");
  for (std::size_t each = 0; each < user.additional_gids.size(); ++each)
    if (!mapped(section.gid_mappings, user.additional_gids[each]))
      return fail("cannot set unmapped additional gid " + std::to_string(user.additional_gids[each]) + " in user namespace",
                  text::pointer("/process/user/additionalGids", each));
  return {};
}

Result<> validate_clocks(const Linux& section) {
  if (section.time_offsets.empty()) return {};
  const Namespace* time = section.find_namespace("time");
  if (time == nullptr)
    return fail("time namespace offsets specified, but time namespace isn't enabled in the config", "/linux/timeOffsets");
  if (!time->path.empty())
    return fail("time namespace enabled, but both namespace path and time offsets specified", "/linux/timeOffsets",
                "the clocks of a namespace that is joined are set already");
  for (const auto& [clock, offset] : section.time_offsets) {
    const std::string here = text::pointer("/linux/timeOffsets", clock);
    if (find(kTimeClocks, clock) == nullptr)
      return fail("clock " + text::quote(clock) + " has no offset", here, choices(kTimeClocks));
    if (offset.nanosecs > kNanosecond)
      return fail("expected integer 0..999999999, found " + std::to_string(offset.nanosecs), here + "/nanosecs");
  }
  return {};
}

Result<> validate_uts_name(std::string_view key, const std::string& name, bool own_uts) {
  const std::string here = text::pointer("", key);
  if (name.empty()) return {};
  if (!own_uts)
    return fail("unable to set " + std::string(key) + " without a private UTS namespace", here,
                "add {\"type\": \"uts\"} to linux.namespaces");
  if (name.size() > kMaxUtsName)
    return fail(std::string(key) + " of " + std::to_string(name.size()) + " bytes, at most 64 are allowed", here);
  return {};
}

}  // namespace

bool maps(const std::vector<IdMapping>& mappings, std::uint32_t container_id) {
  return std::ranges::any_of(mappings, [&](const IdMapping& mapping) {
    return container_id >= mapping.container_id && container_id - mapping.container_id < mapping.size;
  });
}

// What the kernel answers with EINVAL when the lines are written to uid_map.
Result<> validate_id_mappings(const std::vector<IdMapping>& mappings, std::string_view pointer) {
  constexpr std::size_t kMaxLines = 340;  // since Linux 4.15
  constexpr std::uint64_t kIdCount = 0xffffffff;
  if (mappings.size() > kMaxLines)
    return fail(std::to_string(mappings.size()) + " mappings, the kernel takes at most " + std::to_string(kMaxLines),
                std::string(pointer));
  for (std::size_t each = 0; each < mappings.size(); ++each) {
    const IdMapping& mapping = mappings[each];
    const std::string here = text::pointer(pointer, each);
    if (mapping.size == 0) return fail("id mapping of size 0", here + "/size");
    if (std::uint64_t{mapping.container_id} + mapping.size > kIdCount || std::uint64_t{mapping.host_id} + mapping.size > kIdCount)
      return fail("id mapping goes beyond the last id, 4294967294", here + "/size");
    for (std::size_t before = 0; before < each; ++before) {
      const IdMapping& other = mappings[before];
      if (overlap(mapping.container_id, mapping.size, other.container_id, other.size) ||
          overlap(mapping.host_id, mapping.size, other.host_id, other.size))
        return fail("id mapping overlaps with mapping " + std::to_string(before), here);
    }
  }
  return {};
}

Result<> validate_namespaces(const Spec& spec) {
  TRY(validate_entries(spec.linux_.namespaces));
  TRY(validate_user_namespace(spec.linux_));
  TRY(validate_user_is_mapped(spec));
  TRY(validate_clocks(spec.linux_));
  const bool own_uts = spec.linux_.find_namespace("uts") != nullptr;
  TRY(validate_uts_name("hostname", spec.hostname, own_uts));
  return validate_uts_name("domainname", spec.domainname, own_uts);
}

}  // namespace config
