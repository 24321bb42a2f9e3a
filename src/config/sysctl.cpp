// linux.sysctl: only what belongs to a namespace of the container; anything else would change the host. sysctl(8), namespaces(7).
#include "config/sysctl.h"

#include <algorithm>
#include <array>

#include "config/chapters.h"
#include "support/text.h"

namespace config {

std::string sysctl_path(std::string_view key) {
  std::string path(key);
  const std::size_t separator = path.find_first_of("./");
  if (separator == path.npos || path[separator] == '/') return path;
  for (char& letter : path) {
    if (letter == '.')
      letter = '/';
    else if (letter == '/')
      letter = '.';
  }
  return path;
}

namespace {

constexpr std::array<std::string_view, 8> kIpcKeys{
    "kernel/msgmax",          "kernel/msgmnb", "kernel/msgmni", "kernel/sem",
    "kernel/shm_rmid_forced", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
};
static_assert(std::ranges::is_sorted(kIpcKeys));

// Every part a name: no "..", no "." and nothing empty, so that the path stays where its first part says it is.
bool is_plain_path(std::string_view path) {
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
}

Result<> validate_key(const Spec& spec, const std::string& key, const std::string& value) {
  const std::string here = text::pointer("/linux/sysctl", key);
  const std::string path = sysctl_path(key);
  if (!is_plain_path(path)) return fail("sysctl " + text::quote(key) + " is not a path below /proc/sys", here);
  if (path == "kernel/hostname")
    return fail("sysctl " + text::quote(key) + " is not allowed as it conflicts with the OCI \"hostname\" field", here,
                "use the property hostname");
  const std::string_view owner = sysctl_namespace(path);
  if (owner.empty())
    return fail("sysctl " + text::quote(key) + " is not in a separate kernel namespace", here, "it would change the host");
  if (spec.linux_.find_namespace(owner) == nullptr) {
    if (owner == "network") return fail("sysctl " + text::quote(key) + " not allowed in host network namespace", here);
    return fail("sysctl " + text::quote(key) + " is not allowed without a private " + std::string(owner) + " namespace", here,
                "add {\"type\": \"" + std::string(owner) + "\"} to linux.namespaces");
  }
  if (path == "kernel/domainname" && !spec.domainname.empty() && value != spec.domainname)
    return fail("sysctl " + text::quote(key) + " differs from the OCI \"domainname\" field", here);
  return {};
}

}  // namespace

std::string_view sysctl_namespace(std::string_view path) {
  if (std::ranges::binary_search(kIpcKeys, path) || path.starts_with("fs/mqueue/")) return "ipc";
  if (path.starts_with("net/")) return "network";
  if (path == "kernel/domainname") return "uts";
  if (path.starts_with("user/")) return "user";
  return {};
}

Result<> validate_sysctl(const Spec& spec) {
  for (const auto& [key, value] : spec.linux_.sysctl) TRY(validate_key(spec, key, value));
  return {};
}

}  // namespace config
