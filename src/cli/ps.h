// cli/ps.h: the parts of `ps` that need no container.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace cli {

// "[1,2]" or "null", with a newline.
std::string ps_json(const std::vector<int>& pids);
// The header and those lines of ps(1)'s `output` whose PID column holds one of `pids`.
Result<std::string> ps_lines(std::string_view output, const std::vector<int>& pids);

}  // namespace cli
