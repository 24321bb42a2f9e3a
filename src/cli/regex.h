// cli/regex.h: --regex of kill and delete: one call for many containers.
#pragma once
#include <functional>
#include <string>

#include "cli/invocation.h"

namespace cli {

// `act` on the container of that id; with --regex on every one whose id the POSIX extended regular expression `id` matches
// somewhere. All of them get their turn: who fails is reported with its name, and the status is 1.
Result<int> for_containers(Invocation& call, const std::string& id, const std::function<Result<>(const std::string&)>& act);

}  // namespace cli
