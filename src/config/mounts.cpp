// The `mounts` array: config.md "Mounts", mount(8). What depends on the tree behind a destination is checked when it is opened.
#include "config/chapters.h"
#include "config/mount_options.h"
#include "config/read.h"
#include "support/text.h"

namespace config {

Fields fields_of(const Mount*) {
  static constexpr Field kFields[] = {
      required(field<&Mount::destination>("destination")),
      field<&Mount::source>("source"),
      field<&Mount::type>("type"),
      field<&Mount::options>("options"),
      field<&Mount::uid_mappings>("uidMappings"),
      field<&Mount::gid_mappings>("gidMappings"),
  };
  return kFields;
}

namespace {

// Files of procfs that may be covered, by lxcfs and the like. Everything else there is the runtime's own view of what it does:
// a cover over /proc/self/attr or /proc/sys would catch its writes (CVE-2019-16884, CVE-2025-52881).
constexpr std::array<std::string_view, 10> kCoverableInProc{
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/slabinfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/sys/crypto/fips_enabled",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/uptime",
};
static_assert(std::ranges::is_sorted(kCoverableInProc));

bool has_effect(const Mount& mount, Effect effect) {
  return std::ranges::any_of(mount.options, [&](const std::string& word) {
    const MountOption* option = find_mount_option(word);
    return option != nullptr && option->effect == effect;
  });
}

Result<> validate_destination(const Mount& mount, const std::string& here) {
  if (mount.destination.empty()) return fail("mount destination must not be empty", here + "/destination");
  const std::string clean = text::clean_path(mount.destination);
  if (clean == "/")
    return fail("mount destination " + text::quote(mount.destination) + " is on the top of rootfs", here + "/destination");
  // A bind of the host's procfs is legal; whether the source is one is found out where it is opened.
  if (clean == "/proc" && !is_bind(mount) && mount.type != "proc")
    return fail(text::quote(mount.destination) + " cannot be mounted because it is not of type proc", here + "/type");
  if (clean.starts_with("/proc/") && !std::ranges::binary_search(kCoverableInProc, clean))
    return fail(text::quote(mount.destination) + " cannot be mounted because it is inside /proc", here + "/destination",
                "linux.maskedPaths hides what is there");
  return {};
}

bool is_about_links(Effect effect) {
  return effect == Effect::copy_symlink || effect == Effect::source_nofollow || effect == Effect::target_nofollow;
}

Result<> validate_link_word(const Mount& mount, Effect effect, std::string_view word, const std::string& here) {
  if (!is_bind(mount) || has_effect(mount, Effect::remount))
    return fail(std::string(word) + " works with new bind mounts only", here);
  if (effect != Effect::copy_symlink && has_effect(mount, Effect::copy_symlink))
    return fail("copy-symlink makes no mount of a link: " + std::string(word) + " has no meaning beside it", here);
  return {};
}

Result<> validate_options(const Mount& mount, const std::string& here) {
  const bool bind = is_bind(mount);
  for (std::size_t each = 0; each < mount.options.size(); ++each) {
    const std::string& word = mount.options[each];
    const MountOption* option = find_mount_option(word);
    if (bind && option == nullptr && !word.empty())
      return fail("bind mounts cannot have any filesystem-specific options applied: " + text::quote(word),
                  text::pointer(here, "options", each));
    if (option == nullptr) continue;
    if (option->effect == Effect::copy_up && (bind || mount.type != "tmpfs"))
      return fail("tmpcopyup works with tmpfs only", text::pointer(here, "options", each));
    if ((option->effect == Effect::idmap || option->effect == Effect::ridmap) && !bind)
      return fail("id-mapped mounts are only supported for bind mounts", text::pointer(here, "options", each));
    if (is_about_links(option->effect)) TRY(validate_link_word(mount, option->effect, word, text::pointer(here, "options", each)));
  }
  return {};
}

Result<> validate_id_mapped(const Mount& mount, const std::string& here, bool own_users) {
  const bool uids = !mount.uid_mappings.empty(), gids = !mount.gid_mappings.empty();
  if (uids != gids)
    return fail("id-mapped mounts must have both uidMappings and gidMappings", here + (uids ? "/uidMappings" : "/gidMappings"));
  if (uids && !is_bind(mount)) return fail("id-mapped mounts are only supported for bind mounts", here + "/uidMappings");
  if (!uids && !own_users && (has_effect(mount, Effect::idmap) || has_effect(mount, Effect::ridmap)))
    return fail("id-mapped mounts need uidMappings and gidMappings, or a user namespace to take them from", here + "/options");
  TRY(validate_id_mappings(mount.uid_mappings, here + "/uidMappings"));
  return validate_id_mappings(mount.gid_mappings, here + "/gidMappings");
}

}  // namespace

Result<> validate_mounts(const Spec& spec) {
  const bool own_users = spec.linux_.find_namespace("user") != nullptr;
  for (std::size_t each = 0; each < spec.mounts.size(); ++each) {
    const Mount& mount = spec.mounts[each];
    const std::string here = text::pointer("/mounts", each);
    TRY(validate_destination(mount, here));
    if (!is_bind(mount) && mount.type.value_or("").empty() && !has_effect(mount, Effect::remount))
      return fail("mount on " + text::quote(mount.destination) + " has no type", here,
                  "give a type, or the option \"bind\" or \"rbind\"");
    if (is_bind(mount) && mount.source.value_or("").empty())
      return fail("bind mount on " + text::quote(mount.destination) + " has no source", here,
                  "source is the file or directory to bind");
    TRY(validate_options(mount, here));
    TRY(validate_id_mapped(mount, here, own_users));
  }
  return {};
}

}  // namespace config
