// cli/host.h: `run --host` and `run --base DIR`: a throw-away container over the host's own files, without a bundle.
#pragma once
#include <string>
#include <vector>

#include "container/container.h"
#include "support/result.h"

namespace cli {

// `words`: those after "run". Prints the config for --print-config and the options for --help; else runs the command in the
// foreground and returns its exit code, 124 after --timeout.
Result<int> run_host(const container::Context& context, const std::vector<std::string>& words);

}  // namespace cli
