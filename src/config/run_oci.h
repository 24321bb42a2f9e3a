// config/run_oci.h: crun's annotations `run.oci.*`, as far as they have a meaning here. crun(1); docs/extras.md.
#pragma once
#include <string>
#include <string_view>

#include "config/spec.h"
#include "support/result.h"

namespace config {

inline constexpr std::string_view kKeepGroups = "run.oci.keep_original_groups", kHookStdout = "run.oci.hooks.stdout",
                                  kHookStderr = "run.oci.hooks.stderr", kMountContextType = "run.oci.mount_context_type",
                                  kSystemdSubgroup = "run.oci.systemd.subgroup", kDelegateCgroup = "run.oci.delegate-cgroup";

// "" = there is no such annotation, or it is empty.
std::string_view annotation(const Object<std::string>& annotations, std::string_view name);

// What a hook prints goes there, at the end; "" = into the error of a hook that fails.
struct HookFiles {
  std::string out, err;
};
HookFiles hook_files(const Object<std::string>& annotations);

Result<> validate_run_oci(const Object<std::string>& annotations);

}  // namespace config
