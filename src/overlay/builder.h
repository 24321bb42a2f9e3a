// overlay/builder.h: from a checked request to a mounted tree, step by step. Two ways, by what the kernel can do:
//
//   detached   lowers, tmpfs and overlay are descriptors that are never attached to any mount namespace. Linux 6.15: overlayfs
//              takes layers by descriptor since 6.13, clones layers out of detached mounts and lets mounts be attached to detached
//              ones since 6.15.
//   attached   the same layers attached in a mount namespace of its own (overlay/in_namespace.cpp), put together by mount(2) with
//              names below /proc/self/fd, which need no escaping; the result is a detached clone.
#pragma once
#include <string>
#include <vector>

#include "overlay/layers.h"
#include "overlay/overlay.h"
#include "overlay/submounts.h"

namespace overlay {

class Builder {
  const Request& request_;
  bool attached_;
  bool lacks_descriptors_ = false;
  sys::UniqueFd scratch_;  // the tmpfs
  sys::UniqueFd upper_;    // the upper directory of the request
  unsigned count_ = 0;     // overlays made
  std::vector<std::string> warnings_;

  using Lowers = std::vector<sys::UniqueFd>;
  Result<> open_scratch();
  Result<Lowers> open_lowers();
  Result<Pair> open_root_pair(int lower);
  Result<> add_empty_lower(Lowers& lowers);
  std::string option_data() const;
  Result<sys::UniqueFd> overlay_by_descriptors(const Lowers& lowers, const Pair& pair, unsigned attributes);
  Result<sys::UniqueFd> overlay_by_mount(const Lowers& lowers, const Pair& pair, unsigned attributes);
  // A detached overlay; attached: also mounted on "root<n>" of the scratch tmpfs, n the number of those made before.
  Result<sys::UniqueFd> make_overlay(const Lowers& lowers, const Pair& pair, unsigned attributes);
  Result<sys::UniqueFd> make_root();
  Result<sys::UniqueFd> overlay_of(const Submount& mount);
  Result<sys::UniqueFd> clone_of(const Submount& mount, bool writable);
  Result<sys::UniqueFd> tree_of(const Submount& mount);
  Result<> add_submount(int root, const Submount& mount);
  Result<> add_submounts(int root);

 public:
  Builder(const Request& request, bool attached) : request_(request), attached_(attached) {}
  Result<Mounted> build();
  // After a failed `build` of the detached way: the kernel may be too old for it.
  bool lacks_descriptors() const { return lacks_descriptors_; }
};

// The attached way, by a child with a mount namespace of its own.
Result<Mounted> make_in_namespace(const Request& request);

}  // namespace overlay
