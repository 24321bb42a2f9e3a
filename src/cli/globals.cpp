#include "cli/globals.h"

#include <array>
#include <cstdlib>

#include "cli/bind.h"
#include "container/files.h"
#include "sys/file.h"

namespace cli {
namespace {

constexpr std::string_view kDefaultRoot = "/run/minc-oci";
constexpr unsigned kXdgMode = 01700;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string read_uid_map() {
  const auto file = sys::openat(AT_FDCWD, "/proc/self/uid_map", O_RDONLY);
  if (!file) return {};
  std::array<std::byte, 256> buffer;
  const auto got = sys::read(file->get(), buffer);
  return got ? std::string(reinterpret_cast<const char*>(buffer.data()), *got) : "";
}

// Real root keeps its state in /run whatever the environment says; root of a user namespace that came there by su(1) or a login as
// root does as well.
bool honours_xdg() {
  if (variable("XDG_RUNTIME_DIR").empty()) return false;
  if (sys::raw(__NR_geteuid) != 0) return true;
  return variable("USER") != "root" && !is_initial_user_namespace(read_uid_map());
}

Result<> make_directories(const std::string& path) {
  constexpr int kExists = 17, kNoParent = 2;  // EEXIST, ENOENT
  const auto made = sys::mkdirat(AT_FDCWD, path.c_str(), 0700);
  if (made || made.code() == kExists) return {};
  if (made.code() != kNoParent || path == "/") return fail("mkdir " + path, made.error());
  TRY(make_directories(container::split_path(path).directory));
  TRY_DOING("mkdir " + path, sys::mkdirat(AT_FDCWD, path.c_str(), 0700));
  return {};
}

Result<std::string> xdg_root() {
  std::string root = std::string(variable("XDG_RUNTIME_DIR")) + "/minc-oci";
  if (auto made = make_directories(root); !made) {
    made.error().hint = "the path in $XDG_RUNTIME_DIR must be writable by the user";
    return std::unexpected(made.error());
  }
  if (const auto changed = sys::fchmodat(AT_FDCWD, root.c_str(), kXdgMode); !changed)
    return fail("chmod " + root, changed.error(), "", "you should check permission of the path in $XDG_RUNTIME_DIR");
  return root;
}

Result<> set_manager(const Globals& globals, container::Context& context) {
  using Manager = container::Context::CgroupManager;
  context.systemd_cgroup = globals.systemd_cgroup;
  if (globals.cgroup_manager) {
    if (*globals.cgroup_manager == "systemd")
      context.systemd_cgroup = true;
    else if (*globals.cgroup_manager == "disabled")
      context.cgroup_manager = Manager::disabled;
    else if (*globals.cgroup_manager != "cgroupfs")
      return fail("invalid cgroup-manager: " + *globals.cgroup_manager);
  }
  if (context.systemd_cgroup && context.cgroup_manager != Manager::disabled) context.cgroup_manager = Manager::systemd;
  return {};
}

}  // namespace

Result<Globals> read_globals(const Arguments& arguments) {
  Globals globals;
  TRY(bind(arguments, {{"debug", &globals.debug},
                       {"systemd-cgroup", &globals.systemd_cgroup},
                       {"log", &globals.log},
                       {"rootless", &globals.rootless},
                       {"root", &globals.root},
                       {"log-format", &globals.log_format},
                       {"log-level", &globals.log_level},
                       {"cgroup-manager", &globals.cgroup_manager}}));
  return globals;
}

Result<> apply_globals(const Globals& globals, Invocation& call) {
  if (globals.log_format) TRY(call.report.set_format(*globals.log_format));
  if (globals.log_level) TRY(call.report.set_level(*globals.log_level));
  if (globals.debug) call.report.set_debug();
  call.rootless = globals.rootless;
  call.root_given = globals.root.has_value();
  TRY(set_manager(globals, call.context));
  Report& report = call.report;
  call.context.warn = [&report](const std::string& message) { report.warn(message); };
  if (report.debugging()) call.context.debug = [&report](const std::string& message) { report.debug(message); };
  return {};
}

bool is_initial_user_namespace(std::string_view uid_map) {
  std::array<std::string_view, 3> fields;
  for (std::string_view& field : fields) {
    uid_map.remove_prefix(std::min(uid_map.find_first_not_of(" \t"), uid_map.size()));
    field = uid_map.substr(0, uid_map.find_first_of(" \t\n"));
    uid_map.remove_prefix(field.size());
  }
  // Without procfs, or on a kernel without user namespaces, there is no other.
  return fields[0].empty() || (fields[0] == "0" && fields[1] == "0" && fields[2] == "4294967295");
}

Result<std::string> state_root(const std::optional<std::string>& given) {
  if (!given) return honours_xdg() ? xdg_root() : Result<std::string>(std::string(kDefaultRoot));
  std::string root = TRY(container::absolute_path(*given));
  // Every container's directory would be one of the host's first level, and `delete` would remove it.
  if (root == "/") return fail("Option --root argument should not be set to /");
  return root;
}

}  // namespace cli
