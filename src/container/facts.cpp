// Process: the runtime, on the host, with the caller's rights.
#include "container/facts.h"

#include <dirent.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "container/files.h"
#include "container/intel_rdt.h"

namespace container {
namespace {

constexpr std::uint32_t kOldestMajor = 5, kOldestMinor = 14;  // all of mount_setattr(2) that the r* options need

// The number behind "CapPrm:\t" and the like in /proc/PID/status.
std::uint64_t status_mask(std::string_view status, std::string_view key) {
  std::uint64_t mask = 0;
  const std::size_t at = status.find(key);
  if (at != std::string_view::npos) std::from_chars(status.data() + at + key.size(), status.data() + status.size(), mask, 16);
  return mask;
}

Result<> read_capabilities(plan::HostFacts& facts) {
  // One small file against one prctl(2) a capability: the same time, a tenth of the calls.
  const std::string status = TRY_DOING("read /proc/self/status", read_head(AT_FDCWD, "/proc/self/status"));
  facts.permitted_capabilities = status_mask(status, "\nCapPrm:\t");
  facts.bounding_capabilities = status_mask(status, "\nCapBnd:\t");
  const auto bounding = facts.bounding_capabilities;
  const bool full = bounding != 0 && (bounding & (bounding + 1)) == 0 && bounding >> 40 != 0;  // all bits up to one
  if (full) {
    facts.last_capability = static_cast<std::uint32_t>(std::bit_width(bounding)) - 1;
    return {};
  }
  const auto last = read_head(AT_FDCWD, "/proc/sys/kernel/cap_last_cap");
  if (last) std::from_chars(last->data(), last->data() + last->size(), facts.last_capability);
  return {};
}

// The initial user namespace has a fixed inode number (include/linux/proc_ns.h, PROC_USER_INIT_INO).
bool in_initial_user_namespace() {
  constexpr std::uint64_t kInitialUser = 0xEFFFFFFD;
  const auto stat = sys::stat_at(AT_FDCWD, "/proc/self/ns/user", 0);
  return !stat || stat->inode == kInitialUser;
}

bool apparmor_enabled() {
  const auto enabled = read_head(AT_FDCWD, "/sys/module/apparmor/parameters/enabled");
  return enabled && enabled->starts_with('Y');
}
bool selinux_enabled() {
  const auto directory = sys::openat(AT_FDCWD, "/sys/fs/selinux", O_PATH | O_DIRECTORY);
  if (!directory) return false;
  const auto filesystem = sys::fstatfs(directory->get());
  return filesystem && static_cast<std::uint32_t>(filesystem->type) == 0xf97cff8c;  // SELINUX_MAGIC
}

std::vector<std::uint64_t> hugepage_sizes() {
  std::vector<std::uint64_t> sizes;
  DIR* directory = ::opendir("/sys/kernel/mm/hugepages");
  if (directory == nullptr) return sizes;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;  // hugepages-2048kB
    constexpr std::string_view kPrefix = "hugepages-";
    std::uint64_t kilobytes = 0;
    if (!name.starts_with(kPrefix)) continue;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), kilobytes);
    if (kilobytes != 0) sizes.push_back(kilobytes * 1024);
  }
  ::closedir(directory);
  std::ranges::sort(sizes);
  return sizes;
}

bool given(const std::optional<std::string>& text) { return text && !text->empty(); }

}  // namespace

Result<> read_release(std::string_view release, plan::HostFacts& facts) {
  const char* end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, facts.kernel_major);
  if (major.ptr != end) std::from_chars(major.ptr + 1, end, facts.kernel_minor);
  if (std::pair{facts.kernel_major, facts.kernel_minor} < std::pair{kOldestMajor, kOldestMinor})
    return fail("Linux " + std::string(release) + " is too old", std::string(), "minc-oci needs 5.14 or newer");
  return {};
}

Result<plan::HostFacts> read_facts(const Context& context, const config::Spec& spec, bool with_cgroups,
                                   const config::Process* added) {
  plan::HostFacts facts;
  utsname name{};
  if (::uname(&name) != 0) return fail("uname failed");
  TRY(read_release(name.release, facts));
  facts.euid = ::geteuid();
  facts.egid = ::getegid();
  facts.initial_user_namespace = in_initial_user_namespace();
  facts.rootless = facts.euid != 0 || !facts.initial_user_namespace;
  TRY(read_capabilities(facts));
  facts.has_kcore = sys::faccessat(AT_FDCWD, "/proc/kcore", F_OK, 0).has_value();
  if (with_cgroups && context.cgroup_manager != Context::CgroupManager::disabled) facts.cgroup = TRY(cgroup::read_layout());

  // Only where maps have been written for us by someone else can it say "deny".
  if (facts.rootless) {
    const auto setgroups = read_head(AT_FDCWD, "/proc/self/setgroups");
    facts.setgroups_denied = setgroups && setgroups->starts_with("deny");
  }
  if (context.systemd_cgroup || context.cgroup_manager == Context::CgroupManager::systemd) {
    const auto running = sys::stat_at(AT_FDCWD, "/run/systemd/system", AT_SYMLINK_NOFOLLOW);
    facts.systemd = running && running->is_directory();
    if (facts.systemd && facts.rootless && with_cgroups) facts.systemd_group = TRY(cgroup::systemd_group(true));
  }
  const config::Process* process = added != nullptr ? added : spec.process ? &*spec.process : nullptr;
  const bool labelled = (process != nullptr && given(process->selinux_label)) || !spec.linux_.mount_label.empty();
  if (process != nullptr && given(process->apparmor_profile)) facts.apparmor = apparmor_enabled();
  if (labelled || spec.linux_.find_namespace("user") != nullptr) facts.selinux = selinux_enabled();
  if (spec.linux_.resources && !spec.linux_.resources->hugepage_limits.empty()) facts.hugepage_sizes = hugepage_sizes();
  if (spec.linux_.intel_rdt) facts.resctrl = TRY(find_resctrl());
  return facts;
}

}  // namespace container
