// container/hooks.h: hooks that run on the host, in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
// config.md "POSIX-platform Hooks". Those inside are init's.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/run_oci.h"
#include "config/spec.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container {

// In order, each with `state_json` on its standard input; the first that fails ends it. `name`: "createRuntime".
Result<> run_hooks(std::string_view name, const std::vector<config::Hook>& hooks, const std::string& state_json,
                   const config::HookFiles& files = {});
// poststop: all of them; a failure is a warning.
void run_all_hooks(std::string_view name, const std::vector<config::Hook>& hooks, const std::string& state_json,
                   const config::HookFiles& files, const std::function<void(const std::string&)>& warn);

// A file of config::HookFiles, for appending. It may be a fifo: one that nobody reads is an error, not a wait.
sys::Result<sys::UniqueFd> open_hook_file(const std::string& path);

}  // namespace container
