// overlay/overlay.h: a root filesystem that is an overlay, made of descriptors and attached by nobody but init.
// overlayfs (kernel Documentation/filesystems/overlayfs.rst), fsopen(2), open_tree(2).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/spec.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace overlay {

// The annotations org.minc-oci.rootfs.*, read and checked (docs/overlay.md).
struct Request {
  std::vector<std::string> lowers;  // top first, absolute; "/" for the host
  enum class Upper { none, tmpfs, directory } upper = Upper::tmpfs;
  std::uint64_t tmpfs_bytes = 0;    // 0 = half of MemAvailable, at most 2 GiB
  std::string upper_directory, work_directory;
};

// Nothing when the config does not ask for an overlay (org.minc-oci.rootfs.type is not "overlay").
Result<std::optional<Request>> read_annotations(const config::Spec& spec, const std::string& bundle);

// A detached overlay mount (nodev). With an upper on tmpfs nothing of it has a name anywhere: it goes with its last descriptor.
struct Mounted {
  sys::UniqueFd tree;   // the overlay's mount
  sys::UniqueFd upper;  // the tmpfs that holds upper and work, for who wants to read the changes; empty without one
};
Result<Mounted> make(const Request& request);

}  // namespace overlay
