// Process: the runtime, on the host, with the caller's rights.
#include "container/idmap.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "container/child.h"
#include "container/files.h"
#include "support/text.h"

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

// The child: says that it has joined, and ends with its parent, whatever becomes of that. It has the runtime's descriptors, so
// nobody who has rights in that namespace may trace it (CVE-2016-9962).
[[noreturn]] void be_member(int user_namespace, int tell) {
  (void)sys::prctl(PR_SET_DUMPABLE, 0);
  if (!sys::setns(user_namespace, CLONE_NEWUSER)) sys::exit_process(1);
  (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of credentials clears it
  if (!sys::write(tell, "0")) sys::exit_process(1);
  for (;;) (void)sys::poll({}, -1);
}

// The maps of a namespace are told of a process in it only.
Result<Child> start_member(int user_namespace) {
  int ends[2] = {-1, -1};
  TRY_DOING("pipe", sys::checked_void(sys::raw(__NR_pipe2, sys::address(ends), O_CLOEXEC)));
  const sys::UniqueFd read_end{ends[0]};
  sys::UniqueFd write_end{ends[1]};
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_PIDFD;
  arguments.pidfd = static_cast<std::uint64_t>(sys::address(&pidfd));
  arguments.exit_signal = SIGCHLD;
  const int pid = TRY_DOING("fork", sys::fork(arguments));
  if (pid == 0) be_member(user_namespace, write_end.get());
  Child member{pid, sys::UniqueFd(pidfd)};
  write_end.reset();
  std::array<std::byte, 1> word;
  const auto got = sys::read(read_end.get(), word);
  if (got && *got == 1) return member;
  end_child(member);
  return fail("the user namespace to join cannot be entered", "/linux/namespaces");
}

// The numbers of a map, a line each; the kernel pads them, and may have sorted the lines.
std::vector<std::array<std::uint64_t, 3>> numbers_of(std::string_view map) {
  std::vector<std::array<std::uint64_t, 3>> lines;
  std::size_t count = 0;
  while (!map.empty()) {
    const std::size_t end = std::min(map.find_first_of(" \n"), map.size());
    if (end != 0) {
      if (count % 3 == 0) lines.emplace_back();
      lines.back()[count++ % 3] = text::parse_unsigned(map.substr(0, end), 0xffffffff).value_or(0);
    }
    map.remove_prefix(std::min(end + 1, map.size()));
  }
  std::ranges::sort(lines);
  return lines;
}

Result<> check_map(int pid, const std::string& name, std::string_view wanted, std::string_view pointer) {
  const std::string path = "/proc/" + std::to_string(pid) + '/' + name;
  const std::string found = TRY_DOING("read " + path, read_whole(AT_FDCWD, path.c_str(), 1U << 16));
  if (numbers_of(found) == numbers_of(wanted)) return {};
  return fail("user namespaces enabled, but both namespace path and non-matching mapping specified", std::string(pointer),
              "leave the mappings out: those of the namespace hold");
}

}  // namespace

Result<> check_id_maps(int user_namespace, const plan::IdMaps& maps) {
  const Child member = TRY(start_member(user_namespace));
  auto checked = check_map(member.pid, "uid_map", maps.uid_map, "/linux/uidMappings");
  if (checked) checked = check_map(member.pid, "gid_map", maps.gid_map, "/linux/gidMappings");
  end_child(member);
  return checked;
}

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
