// cli/globals.h: the options before the command, and the state directory that follows from them.
#pragma once
#include <optional>
#include <string>

#include "cli/arguments.h"
#include "cli/invocation.h"

namespace cli {

struct Globals {
  bool debug = false, systemd_cgroup = false;
  std::string log, rootless = "auto";
  std::optional<std::string> root, log_format, log_level, cgroup_manager;
};
Result<Globals> read_globals(const Arguments& arguments);

// Format and level of the report, the context's fields but for the root. Opens nothing.
Result<> apply_globals(const Globals& globals, Invocation& call);

// --root, or the default. Where the default is below XDG_RUNTIME_DIR it is made, with the sticky bit that keeps it from being
// cleaned away (XDG Base Directory Specification).
Result<std::string> state_root(const std::optional<std::string>& given);
// Pure parts of it: whether XDG_RUNTIME_DIR says where the state is. `uid_map`: text of /proc/self/uid_map.
bool is_initial_user_namespace(std::string_view uid_map);

}  // namespace cli
