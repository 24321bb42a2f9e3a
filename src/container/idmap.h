// container/idmap.h: uid_map, gid_map and setgroups of a new user namespace, written from outside. user_namespaces(7),
// newuidmap(1).
#pragma once
#include "plan/plan.h"
#include "support/result.h"

namespace container {

// `pid`: the namespace's first process, our child.
Result<> write_id_maps(int pid, const plan::IdMaps& maps);

// The user namespace must have these, or the config speaks of other ids than the kernel.
Result<> check_id_maps(int user_namespace, const plan::IdMaps& maps);

}  // namespace container
