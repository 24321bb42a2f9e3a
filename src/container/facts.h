// container/facts.h: what a plan depends on beside config.json, asked of the kernel once. uname(2), capabilities(7), cgroups(7).
#pragma once
#include "config/spec.h"
#include "container/container.h"
#include "plan/facts.h"
#include "support/result.h"

namespace container {

// Only what `spec` gives a reason to ask for: LSMs, huge page sizes and the cgroup layout cost system calls. Refuses kernels older
// than 5.14. For exec `with_cgroups` is false, since the group exists, and `added` its process, which has labels of its own.
Result<plan::HostFacts> read_facts(const Context& context, const config::Spec& spec, bool with_cgroups = true,
                                   const config::Process* added = nullptr);

// The numbers of uname(2)'s release, "6.12.3-amd64". A kernel that is too old is an error.
Result<> read_release(std::string_view release, plan::HostFacts& facts);

}  // namespace container
