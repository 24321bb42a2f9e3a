// overlay/overlay.h: a root filesystem that is an overlay, made of descriptors and attached by nobody but init.
// overlayfs (kernel Documentation/filesystems/overlayfs.rst), fsopen(2), open_tree(2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/spec.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace overlay {

// What becomes of a filesystem that is mounted below the lowest lower directory: an overlay shows one filesystem only.
enum class Submounts : std::uint8_t {
  overlay,  // an overlay of its own on the same tmpfs; read-only where that cannot be
  ro,       // the mount itself, read-only
  bind,     // the mount itself: what is written there reaches the host
  hide,     // an empty directory
};

// The annotations org.minc-oci.rootfs.*, read and checked (docs/overlay.md).
struct Request {
  std::vector<std::string> lowers;  // top first, absolute; "/" for the host
  enum class Upper { none, tmpfs, directory } upper = Upper::tmpfs;
  std::uint64_t tmpfs_bytes = 0;  // 0 = half of MemAvailable, at most 2 GiB
  std::string upper_directory, work_directory;
  Submounts submounts = Submounts::overlay;
  std::vector<std::pair<std::string, std::string>> options;  // of overlayfs, over our own choice; no value = a flag
};

// Nothing when the config does not ask for an overlay (org.minc-oci.rootfs.type is not "overlay").
Result<std::optional<Request>> read_annotations(const config::Spec& spec, const std::string& bundle);

// A detached overlay mount (nodev). With an upper on tmpfs nothing of it has a name anywhere: it goes with its last descriptor.
struct Mounted {
  sys::UniqueFd tree;   // the overlay's mount, with those of its submounts
  sys::UniqueFd upper;  // the tmpfs that holds upper and work ("up", "work"; submounts "up1", "work1" ...), or the upper directory
  std::vector<std::string> warnings;  // submounts that are not as asked for
};
Result<Mounted> make(const Request& request);

}  // namespace overlay
