// init/namespaces.cpp. Process: init, outside or on its way in; host_root. setns(2), unshare(2), clone3(2), namespaces(7).
#include <linux/if.h>
#include <linux/in.h>
#include <linux/sockios.h>

#include "init/steps.h"
#include "sys/mount.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace init {

// setns(2) takes a namespace's file and a pidfd alike; the type in the call refuses a file of another kind.
Result<> join_namespace(Run& run, const plan::Join& join) {
  if (run.dumpable) hide_from_ptrace(run);
  TRY(sys::setns(run.plan.fd(join.slot), join.type));
  run.joined = true;
  if ((join.type & CLONE_NEWNS) != 0) run.rootfs.set_root({});  // "/" is another one now
  return {};
}

// The doors are of no use to the child, and a container that can trace it could go through them.
static void close_doors(const plan::View& plan) {
  for (const plan::Descriptor& door : plan.descriptors())
    if (door.kind == plan::DescriptorKind::namespace_file || door.kind == plan::DescriptorKind::container)
      sys::UniqueFd{door.fd}.reset();
}

// A joined pid namespace (and a new time namespace) takes in children only, so the rest of the plan is a child's. CLONE_PARENT
// makes it the runtime's child as we are; the pid in the report is our own pid namespace's, which is the runtime's.
Result<> fork_inside(Run& run) {
  static handshake::Report report;
  close_doors(run.plan);
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_PARENT | CLONE_PIDFD;
  args.pidfd = static_cast<std::uint64_t>(sys::address(&pidfd));
  const int child = TRY(sys::fork(args));
  if (child == 0) {
    arm_parent_death();  // not inherited: prctl(2)
    return {};
  }
  report.say = handshake::Say::child;
  report.number = child;
  // The runtime gone, nobody can let the child go on: it ends at its next ask.
  sys::exit_process(run.runtime.send(report, pidfd) ? 0 : 1);
}

// Where setgroups(2) is denied (a self-made gid map) the caller's groups have no power here: they are not mapped.
Result<> become_root() {
  TRY_ABOUT(Trouble::none, "setgid", sys::setresgid(0));
  TRY_ABOUT(Trouble::none, "setuid", sys::setresuid(0));
  const auto dropped = sys::setgroups({});
  if (!dropped && dropped.code() != kEperm) return fail(Trouble::none, dropped.code(), "setgroups");
  arm_parent_death();  // a change of credentials has cleared it
  return {};
}

// netdevice(7). A new namespace's lo has no flag that setting this one could lose.
Result<> bring_up_loopback() {
  const sys::UniqueFd socket = TRY(sys::as_fd(sys::raw(__NR_socket, 2 /* AF_INET */, 2 /* SOCK_DGRAM */ | O_CLOEXEC, 0)));
  ifreq request{};
  __builtin_memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP;
  TRY(sys::ioctl(socket.get(), SIOCSIFFLAGS, sys::address(&request)));
  return {};
}

// netlink(7). The socket stays in this namespace whoever holds it, so nobody else has to enter it.
Result<> hand_out_network(Run& run) {
  static handshake::Report report;
  const sys::UniqueFd socket =
      TRY(sys::as_fd(sys::raw(__NR_socket, 16 /* AF_NETLINK */, 3 /* SOCK_RAW */ | O_CLOEXEC, 0 /* NETLINK_ROUTE */)));
  report.say = handshake::Say::network;
  TRY_AS(Trouble::parent_gone, run.runtime.send(report, socket.get()));
  return {};
}

}  // namespace init
