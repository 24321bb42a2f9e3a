// init/terminal.cpp. Process: init, in the container's mount namespace, leader of its session. pty(7), ioctl_tty(2), devpts.
#include "init/steps.h"
#include "sys/mount.h"

namespace init {
namespace {

constexpr long kDevpts = 0x1cd1;                                                                               // DEVPTS_SUPER_MAGIC
constexpr unsigned long kUnlock = 0x40045431, kGetPeer = 0x5441, kSetSize = 0x5414, kSetControlling = 0x540e;  // TIOCSPTLCK, ...

// Inside a devpts nothing can be renamed or replaced, only mounted upon, and no mount is crossed: "ptmx" of one is the multiplexer.
// Its look is checked all the same.
Result<sys::UniqueFd> open_master(Run& run) {
  const sys::UniqueFd pts = TRY_ABOUT(Trouble::target_not_found, "/dev/pts", run.rootfs.find("/dev/pts", O_PATH | O_DIRECTORY));
  const auto filesystem = TRY(sys::fstatfs(pts.get()));
  if (filesystem.type != kDevpts) return fail(Trouble::not_the_device, 0, "/dev/pts");
  sys::UniqueFd master =
      TRY_ABOUT(Trouble::not_the_device, "/dev/pts/ptmx",
                sys::openat2(pts.get(), "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_XDEV));
  const sys::Stat stat = TRY(sys::stat_fd(master.get()));
  if (!stat.is_char_device(5, 2)) return fail(Trouble::not_the_device, 0, "/dev/pts/ptmx");
  return master;
}

// The slave comes from the master's descriptor, not by its name (CVE-2025-52565).
Result<sys::UniqueFd> open_slave(int master) {
  const int unlocked = 0;
  TRY(sys::ioctl(master, kUnlock, sys::address(&unlocked)));
  const long slave = TRY(sys::ioctl(master, kGetPeer, O_RDWR | O_NOCTTY | O_CLOEXEC));
  return sys::UniqueFd(static_cast<int>(slave));
}

Result<> set_size(int master, const plan::OpenTerminal& terminal) {
  if (terminal.rows == 0 || terminal.columns == 0) return {};
  const struct {
    std::uint16_t rows, columns, x, y;
  } size{static_cast<std::uint16_t>(terminal.rows), static_cast<std::uint16_t>(terminal.columns), 0, 0};
  TRY(sys::ioctl(master, kSetSize, sys::address(&size)));
  return {};
}

// What lies at /dev/console may be the image's: a link there is never followed (CVE-2026-88264).
Result<sys::UniqueFd> console_target(Run& run) {
  const Place place = TRY(run.rootfs.place("/dev/console"));
  auto made = sys::openat(place.directory, place.name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_NOCTTY, 0600);
  if (made) return std::move(*made);
  // On a read-only root it can only be there already.
  if (made.code() != kEexist && made.code() != kErofs) return fail(Trouble::target_not_found, made.code(), "/dev/console");
  sys::UniqueFd found =
      TRY_ABOUT(Trouble::target_not_found, "/dev/console", sys::openat(place.directory, place.name, O_PATH | O_NOFOLLOW));
  const sys::Stat stat = TRY(sys::stat_fd(found.get()));
  if (stat.is_symlink() || stat.is_directory()) return fail(Trouble::target_type, kEexist, "/dev/console");
  return found;
}

Result<> bind_console(Run& run, int slave) {
  const sys::UniqueFd target = TRY(console_target(run));
  const sys::UniqueFd tree = TRY_ABOUT(Trouble::attach, "/dev/console", sys::open_tree(slave, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
  TRY_ABOUT(Trouble::attach, "/dev/console", sys::attach(tree.get(), target.get()));
  return {};
}

}  // namespace

Result<> open_terminal(Run& run, const plan::OpenTerminal& terminal) {
  static handshake::Report report;
  const sys::UniqueFd master = TRY(open_master(run));
  const sys::UniqueFd slave = TRY(open_slave(master.get()));
  TRY(set_size(master.get(), terminal));
  if (terminal.uid != 0) TRY(sys::fchownat(slave.get(), "", terminal.uid, ~std::uint32_t{0}, AT_EMPTY_PATH));
  if ((terminal.flags & plan::kBindConsole) != 0) TRY(bind_console(run, slave.get()));
  report.say = handshake::Say::terminal;
  TRY_AS(Trouble::parent_gone, run.runtime.send(report, master.get()));
  for (int fd = 0; fd < 3; ++fd) TRY(sys::dup3(slave.get(), fd, 0));
  TRY(sys::ioctl(0, kSetControlling, 0));
  return {};
}

}  // namespace init
