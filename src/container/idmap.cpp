// Process: the runtime, on the host, with the caller's rights.
#include "container/idmap.h"

#include <unistd.h>

#include "container/child.h"
#include "container/files.h"

namespace container {
namespace {

// One write(2): the kernel takes a map once and whole.
Result<> write_file(int pid, const char* name, std::string_view content, std::string_view pointer) {
  const std::string path = "/proc/" + std::to_string(pid) + '/' + name;
  const auto file = sys::openat(AT_FDCWD, path.c_str(), O_WRONLY);
  if (!file) return fail(std::string("write ") + name, file.error(), std::string(pointer));
  const auto written = sys::write(file->get(), content);
  if (!written) return fail(std::string("write ") + name, written.error(), std::string(pointer));
  return {};
}

// newuidmap PID 0 1000 1 1 100000 65536: the map's numbers as they stand, blanks and newlines apart.
Result<> run_helper(const char* name, int pid, std::string_view map, std::string_view pointer) {
  const std::string path = find_host_program(name);
  if (path.empty())
    return fail(std::string(name) + ": executable file not found in $PATH", std::string(pointer),
                "install uidmap (shadow-utils), or map only your own id");
  std::vector<std::string> args{name, std::to_string(pid)};
  while (!map.empty()) {
    const std::size_t end = std::min(map.find_first_of(" \n"), map.size());
    if (end != 0) args.emplace_back(map.substr(0, end));
    map.remove_prefix(std::min(end + 1, map.size()));
  }
  const auto argv = c_strings(args);
  HostProgram helper;
  helper.path = path.c_str();
  helper.argv = argv.data();
  helper.envp = const_cast<const char* const*>(environ);
  const Child child = TRY_DOING("fork/exec " + path, start_program(helper));
  const sys::Exit exit = TRY_DOING("wait for " + path, reap(child));
  if (exit.exit_code() == 0) return {};
  return fail(path + " failed with exit status " + std::to_string(exit.exit_code()), std::string(pointer),
              "the ranges must be granted in /etc/subuid and /etc/subgid");
}

}  // namespace

Result<> write_id_maps(int pid, const plan::IdMaps& maps) {
  constexpr std::string_view kUids = "/linux/uidMappings", kGids = "/linux/gidMappings";
  if (maps.use_helpers) {
    TRY(run_helper("newuidmap", pid, maps.uid_map, kUids));
    return run_helper("newgidmap", pid, maps.gid_map, kGids);
  }
  TRY(write_file(pid, "uid_map", maps.uid_map, kUids));
  if (maps.deny_setgroups) TRY(write_file(pid, "setgroups", "deny", kGids));
  return write_file(pid, "gid_map", maps.gid_map, kGids);
}

}  // namespace container
