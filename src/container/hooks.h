// container/hooks.h: hooks that run on the host, in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
// config.md "POSIX-platform Hooks". Those inside are init's.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/spec.h"
#include "support/result.h"

namespace container {

// In order, each with `state_json` on its standard input; the first that fails ends it. `name`: "createRuntime".
Result<> run_hooks(std::string_view name, const std::vector<config::Hook>& hooks, const std::string& state_json);
// poststop: all of them; a failure is a warning.
void run_all_hooks(std::string_view name, const std::vector<config::Hook>& hooks, const std::string& state_json,
                   const std::function<void(const std::string&)>& warn);

}  // namespace container
