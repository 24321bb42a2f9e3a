// init/process.cpp. Process: init, any stage. What belongs to this process alone.
#include "init/line.h"
#include "init/steps.h"
#include "sys/confine.h"

namespace init {

void arm_parent_death() { (void)sys::prctl(PR_SET_PDEATHSIG, 9 /* SIGKILL */); }

void hide_from_ptrace(Run& run) {
  run.dumpable = false;
  (void)sys::prctl(PR_SET_DUMPABLE, 0);
}

// The files below /proc/self belong to the host's root while we are not dumpable, and root of a new user namespace may not write
// them then. Nobody is inside yet to look at us, so dumpable comes back for the length of one open; never after a join.
static sys::Result<sys::UniqueFd> open_own(Run& run, const char* path) {
  auto opened = sys::openat(AT_FDCWD, path, O_WRONLY);
  if (opened || opened.code() != kEacces || run.dumpable || run.joined) return opened;
  (void)sys::prctl(PR_SET_DUMPABLE, 1);
  opened = sys::openat(AT_FDCWD, path, O_WRONLY);
  (void)sys::prctl(PR_SET_DUMPABLE, 0);
  return opened;
}

Result<> set_oom_score(Run& run, std::int64_t score) {
  Line<24> text;
  if (score < 0) text.add("-");
  text.add_number(static_cast<std::uint64_t>(score < 0 ? -score : score));
  const auto file = TRY(open_own(run, "/proc/self/oom_score_adj"));
  TRY(sys::write(file.get(), text.view()));
  return {};
}

// time_namespaces(7): the offsets are fixed once a process has entered, so this stands between unshare and fork.
Result<> set_time_offsets(Run& run, std::string_view lines) {
  const auto file = TRY(open_own(run, "/proc/self/timens_offsets"));
  TRY(sys::write(file.get(), lines));
  return {};
}

Result<> set_scheduler(const plan::SetScheduler& scheduler) {
  sys::SchedulingAttributes attributes;
  attributes.policy = scheduler.policy;
  attributes.flags = scheduler.flags;
  attributes.nice = scheduler.nice;
  attributes.priority = scheduler.priority;
  attributes.runtime = scheduler.runtime;
  attributes.deadline = scheduler.deadline;
  attributes.period = scheduler.period;
  TRY(sys::sched_setattr(attributes));
  return {};
}

Result<> set_memory_policy(Run& run, const plan::MemoryPolicy& policy) {
  TRY(sys::set_mempolicy(policy.mode, run.plan.array<std::uint64_t>(policy.nodes)));
  return {};
}

// The user must be able to open /proc/self/fd/1 and the like. /dev/null is everyone's and keeps its owner (CVE-2026-88265); what
// the kernel does not let us give away (another user namespace's pipe, a read-only filesystem, a socket) stays as it is.
Result<> own_stdio(std::uint32_t uid) {
  for (int fd = 0; fd < 3; ++fd) {
    const auto stat = sys::stat_fd(fd);
    if (!stat || stat->uid == uid || stat->is_char_device(1, 3)) continue;
    const auto owned = sys::fchownat(fd, "", uid, ~std::uint32_t{0}, AT_EMPTY_PATH);
    if (!owned && owned.code() != kEperm && owned.code() != kErofs && owned.code() != kEinval)
      return fail(Trouble::none, owned.code());
  }
  return {};
}

// The host's /dev/null on 0..2 is a node of the host's filesystem: the container gets its own instead, when its own really is one.
// Type and number both count: the number of any regular file is 0:0 (CVE-2026-88265).
Result<> reopen_null(Run& run) {
  sys::UniqueFd own;
  for (int fd = 0; fd < 3; ++fd) {
    const auto stat = sys::stat_fd(fd);
    if (!stat || !stat->is_char_device(1, 3)) continue;
    if (!own) {
      const auto node = run.rootfs.find("/dev/null", O_PATH | O_NOFOLLOW);
      if (!node) return {};
      const sys::Stat found = TRY(sys::stat_fd(node->get()));
      if (!found.is_char_device(1, 3)) return {};
      // Between the two looks it may have been exchanged, for a terminal that would become ours, or for what keeps an open waiting.
      own = TRY(run.rootfs.find("/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
      const sys::Stat opened = TRY(sys::stat_fd(own.get()));
      if (!opened.is_char_device(1, 3)) return fail(Trouble::not_the_device, 0, "/dev/null");
      TRY(sys::fcntl(own.get(), F_SETFL, O_RDWR));
    }
    TRY(sys::dup3(own.get(), fd, 0));
  }
  return {};
}

}  // namespace init
