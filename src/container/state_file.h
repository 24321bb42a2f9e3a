// container/state_file.h: state.json and the state object that hooks and seccomp agents get. runtime.md, "State".
#pragma once
#include <string>
#include <string_view>

#include "config/version.h"
#include "container/state.h"
#include "support/result.h"

namespace container {

using config::kSpecVersion;
inline constexpr std::size_t kMaxStateBytes = 16U << 20;  // annotations may be large

// A JSON array of strings: descriptors.json beside criu's images.
std::string write_names(const std::vector<std::string>& names);
Result<std::vector<std::string>> read_names(std::string_view text);

std::string write_state(const State& state);
// Strict: any doubt is an error, and then nobody is signalled on its word.
Result<State> read_state(std::string_view text);

// Compact, in runc's order: ociVersion, id, status, pid (left out when 0), bundle, annotations (left out when empty).
std::string hook_state(const State& state, Status status, int pid);

}  // namespace container
