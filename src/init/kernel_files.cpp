// init/kernel_files.cpp. Process: init, own_root. proc(5): sysctl and the labels of security modules. They are written through a
// procfs of our own that is mounted nowhere, so nothing of the container can stand in for a file of the kernel (CVE-2025-52881).
#include <linux/openat2.h>

#include "init/line.h"
#include "init/steps.h"
#include "sys/mount.h"
#include "sys/process.h"

namespace init {
namespace {

constexpr std::uint64_t kInside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
constexpr long kProcMagic = 0x9fa0;

sys::Result<sys::UniqueFd> make_proc() {
  const sys::UniqueFd fs = SYS_TRY(sys::fsopen("proc"));
  SYS_TRY(sys::fsconfig_create(fs.get()));
  return sys::fsmount(fs.get(), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

// In a user namespace the kernel may refuse a new one (EPERM): to exec, where the container's proc is partly covered; and to
// anybody whose pid namespace is not its own. Then the one that is there serves: it must be the root of a procfs, and below it no
// mount and no link is crossed.
Result<sys::UniqueFd> open_proc(Run& run) {
  auto own = make_proc();
  if (own) return std::move(*own);
  if (own.code() != kEperm) return fail(Trouble::filesystem_create, own.code(), "proc");
  sys::UniqueFd found = TRY(sys::openat2(run.rootfs.root(), "/proc", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS));
  const auto filesystem = TRY(sys::fstatfs(found.get()));
  const sys::Stat stat = TRY(sys::stat_fd(found.get()));
  if (filesystem.type != kProcMagic || stat.inode != 1) return fail(Trouble::not_the_device, 0, "/proc");
  return found;
}

Result<> write_file(int proc, const char* path, std::string_view value) {
  const sys::UniqueFd file = TRY(sys::openat2(proc, path, O_WRONLY, kInside));
  TRY(sys::write(file.get(), value));
  return {};
}

// Our own attributes by our pid: "self" is a link.
Result<> write_attribute(Run& run, std::string_view name, std::string_view fallback, std::string_view value) {
  const sys::UniqueFd proc = TRY(open_proc(run));
  Line<64> path;
  path.add_number(static_cast<std::uint64_t>(sys::getpid())).add("/attr/").add(name);
  const auto written = write_file(proc.get(), path.c_str(), value);
  if (written || fallback.empty() || written.error().error != kEnoent) return written;
  path.clear();
  path.add_number(static_cast<std::uint64_t>(sys::getpid())).add("/attr/").add(fallback);
  return write_file(proc.get(), path.c_str(), value);
}

}  // namespace

Result<> write_sysctl(Run& run, const plan::Sysctl& sysctl) {
  if (!run.proc) run.proc = TRY(open_proc(run));
  static Line<1024> path;
  path.clear();
  path.add("sys/").add(run.text(sysctl.path));
  if (!path.whole()) return fail(Trouble::none, kEnametoolong, run.text(sysctl.path));
  return write_file(run.proc.get(), path.c_str(), run.text(sysctl.value));
}

Result<> set_apparmor(Run& run, std::string_view profile) {
  static Line<1024> command;
  command.clear();
  command.add("exec ").add(profile);
  if (!command.whole()) return fail(Trouble::none, kEnametoolong, profile);
  return write_attribute(run, "apparmor/exec", "exec", command.view());  // the directory of its own is of Linux 5.8
}

// A newline takes the label back: what comes later is labelled as the process is.
Result<> label_new_keys(Run& run, std::string_view label) { return write_attribute(run, "keycreate", {}, label); }

Result<> set_selinux(Run& run, std::string_view label) { return write_attribute(run, "exec", {}, label); }

}  // namespace init
