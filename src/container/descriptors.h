// container/descriptors.h: the host's objects that a plan names, opened before anything enters the container: the rootfs, bind
// sources, namespaces. open_tree(2), mount_setattr(2), ioctl_ns(2): afterwards no host path is looked up again.
#pragma once
#include <vector>

#include "container/explain.h"
#include "plan/plan.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container {

// What only the caller knows.
class MountIdMapper;
struct DescriptorSources {
  int state_directory = -1;            // of the two fifos
  MountIdMapper* id_mapper = nullptr;  // create: for binds with kMapIds; borrowed
  int container = -1;                  // exec, mounts: pidfd of the container's init; borrowed
  Purpose purpose = Purpose::create;   // for the words of an error
  sys::UniqueFd root_tree;             // an overlay instead of the descriptor's path
};

// True when `file` is a namespace of the type `type` (CLONE_NEW*).
bool is_namespace(int file, std::uint32_t type);

// Opens all of `plan`'s table and writes the numbers into its image. They are open as long as the result is, with close-on-exec.
// An optional bind source that is missing stays closed: init passes it over.
Result<std::vector<sys::UniqueFd>> open_descriptors(plan::Plan& plan, DescriptorSources&& sources);

}  // namespace container
