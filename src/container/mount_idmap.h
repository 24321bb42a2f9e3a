// container/mount_idmap.h: binds whose files belong to other ids than on disk. mount_setattr(2), "ID-mapped mounts";
// user_namespaces(7). The kernel takes a map only as a user namespace that has it.
#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container {

class MountIdMapper {
  struct Known {
    std::string key;
    sys::UniqueFd user_namespace;
  };
  std::vector<Known> known_;  // one namespace a map, however many mounts have it

  Result<int> user_namespace(const plan::MountIdMap& map);

 public:
  // Maps the ids of `tree`, a mount that is detached, as `plan` wants it for the bind of step `step`. An error names the place in
  // config.json; EINVAL is mostly a filesystem that cannot do it. Needs rights over the filesystem.
  Result<> map(const plan::Plan& plan, std::uint32_t step, int tree);
};

}  // namespace container
