// cli/signals.h: signals by number and by name. signal(7)
#pragma once
#include <string_view>

#include "support/result.h"

namespace cli {

// "15", "TERM", "sigterm", "RTMIN+3". A number is not checked: the kernel knows which there are.
Result<int> parse_signal(std::string_view word);

}  // namespace cli
