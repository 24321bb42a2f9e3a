// Process: the runtime, on the host, with the caller's rights.
#include "container/limits.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "config/names.h"
#include "sys/process.h"

namespace container {

bool limits_come_first(const plan::HostFacts& facts, std::uint32_t namespaces) {
  const bool privileged = (facts.permitted_capabilities >> CAP_SYS_RESOURCE & 1) != 0;
  // Over a user namespace that is ours every capability is there.
  return facts.euid == 0 && !privileged && (namespaces & CLONE_NEWUSER) == 0;
}

Result<> set_limits(const plan::Plan& plan, int pid) {
  for (const plan::ResourceLimit& limit : plan.limits) {
    const auto set = sys::set_resource_limit(pid, limit.resource, {limit.soft, limit.hard});
    if (!set) return std::unexpected(limit_refused(limit, set.error()));
  }
  return {};
}

Error limit_refused(const plan::ResourceLimit& limit, sys::Errno error) {
  std::string hint;
  for (const config::Name& name : config::kRlimits)
    if (name.number == static_cast<std::uint32_t>(limit.resource))
      hint = std::string(name.name) + " above the caller's hard limit takes CAP_SYS_RESOURCE";
  if (limit.resource == RLIMIT_NOFILE) hint += ", above fs.nr_open nothing helps";
  return fail("unable to start container process: error setting rlimits for ready process: error setting rlimit type " +
                  std::to_string(limit.resource),
              error, limit.pointer, hint)
      .error();
}

}  // namespace container
