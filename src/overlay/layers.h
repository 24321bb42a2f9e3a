// overlay/layers.h: the directories that an overlay is made of: lowers opened, upper and work made and checked. By descriptors.
#pragma once
#include <string>
#include <vector>

#include "overlay/overlay.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace overlay {

// Every refusal that needs no effect: directories that are none, too many of them, an upper that overlayfs cannot use.
Result<> check_layers(const Request& request);

// A lower directory. `detached`: a private clone of its mount without submounts; else the directory itself (O_PATH).
Result<sys::UniqueFd> open_lower(const std::string& path, bool detached);

// An upper directory and its work directory on one mount; `empty` alone for an overlay without an upper.
struct Pair {
  sys::UniqueFd upper, work;
};
// The detached tmpfs for uppers and empty lowers. `bytes` 0 = half of MemAvailable, at most 2 GiB.
Result<sys::UniqueFd> make_tmpfs(std::uint64_t bytes);
// "up<suffix>" and "work<suffix>" in the tmpfs; the upper's mode, owner and attributes are those of `lower`, because its root
// becomes the overlay's.
Result<Pair> make_pair(int tmpfs, const std::string& suffix, int lower);
// The directories of the request, made when they are not there. An upper that no overlay has used yet gets the lower root's
// attributes.
Result<Pair> open_pair(const Request& request, int lower);

}  // namespace overlay
