// cli/descriptors.h: which descriptors the caller gave us. To be asked before this program opens anything of its own: later,
// one of ours would stand for one that the caller does not have, and be handed to the container.
#pragma once
#include <cstdint>

#include "support/result.h"

namespace cli {

// 0, 1 and 2 are open afterwards, on /dev/null where they were not: a file opened later must not become somebody's stdout.
Result<> fill_standard_descriptors();

// --preserve-fds N and, unless `exec`, the descriptors of LISTEN_FDS before them: all of them are open, from 3 on, or an error
// names the first that is not.
Result<> check_passed(bool exec, std::uint32_t preserve);

}  // namespace cli
