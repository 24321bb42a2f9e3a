// plan/hide.cpp: linux.sysctl, readonlyPaths, maskedPaths. proc(5).
#include <unordered_set>

#include "config/sysctl.h"
#include "plan/compile.h"

namespace plan {
namespace {

// Each path once: engines join lists of their own and of users, and a second mount would hide nothing more.
class Seen {
  std::unordered_set<std::string> paths_;

 public:
  bool first(const std::string& path) { return paths_.insert(text::clean_path(path)).second; }
};

}  // namespace

Result<> add_sysctls(Compiler& c) {
  for (const auto& [key, value] : c.spec.linux_.sysctl) {
    const std::string path = config::sysctl_path(key), origin = text::pointer("/linux/sysctl", key);
    if (!text::leads_below(path)) return fail("sysctl " + text::quote(key) + " is no name of a kernel parameter", origin);
    const Text where = c.build.text(path), what = c.build.text(value);
    c.build.add(Kind::write_sysctl, origin).sysctl = {where, what};
  }
  return {};
}

// Read-only first: a mask may lie below a read-only path, never the other way round.
void add_hidden_paths(Compiler& c) {
  const auto& linux_ = c.spec.linux_;
  Seen readonly, masked;
  for (std::size_t i = 0; i < linux_.readonly_paths.size(); ++i) {
    if (!readonly.first(linux_.readonly_paths[i])) continue;
    const Text path = c.build.text(linux_.readonly_paths[i]);
    c.build.add(Kind::make_path_readonly, text::pointer("/linux/readonlyPaths", i)).text = path;
  }
  if (linux_.masked_paths.empty()) return;
  // The host's /dev/null, opened and verified before anything of the image can be in the way (CVE-2025-31133).
  const Slot null_device =
      c.facts.rootless ? -1 : c.build.descriptor(DescriptorKind::null_device, "/dev/null", "/linux/maskedPaths");
  const KeyValue label = mount_label(c);
  for (std::size_t i = 0; i < linux_.masked_paths.size(); ++i) {
    if (!masked.first(linux_.masked_paths[i])) continue;
    const Text path = c.build.text(linux_.masked_paths[i]);
    c.build.add(Kind::mask_path, text::pointer("/linux/maskedPaths", i)).mask_path = {path, null_device, label};
  }
}

}  // namespace plan
