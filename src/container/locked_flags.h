// container/locked_flags.h: the flags of a host's mount that a user namespace may not take off. Pure. mount_namespaces(7).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "plan/image.h"

namespace container {

// The MOUNT_ATTR_* that a mount with `before` would lose by `attributes`, or whose change the kernel refuses as well (access
// times), if it came with the user namespace. `top`: the mount itself, else one below it.
std::uint32_t locked_changes(std::uint32_t before, const plan::Attributes& attributes, bool top);
// MOUNT_ATTR_* of statfs(2)'s f_flags. There a read-only filesystem makes each of its mounts read-only.
std::uint32_t attributes_of_statfs(long flags);
// "ro", or what else is the first of them.
std::string_view locked_word(std::uint32_t changes);

// The first mount of a tree that has such a change, none = an empty place. `mount`: the id of the mount that `source`, a path
// without links, lies on.
struct LockedFlag {
  std::string place;
  std::uint32_t changes = 0;
};
LockedFlag find_locked_flag(std::string_view table, std::uint64_t mount, std::string_view source, bool recursive,
                            const plan::Attributes& attributes);

}  // namespace container
