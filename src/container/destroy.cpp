// Process: the runtime, on the host, with the caller's rights.
#include "container/destroy.h"

#include <algorithm>

#include "config/read.h"
#include "container/files.h"
#include "container/hooks.h"
#include "container/intel_rdt.h"
#include "container/state_file.h"
#include "sys/mount.h"
#include "sys/process.h"

namespace container {
namespace {
constexpr int kPatienceMs = 10'000;
constexpr int kShortPatienceMs = 500;

bool is_left(const cgroup::Member& member) {
  return member.made == cgroup::Member::Made::unknown && sys::faccessat(AT_FDCWD, member.directory.c_str(), F_OK, 0).has_value();
}

// A runtime that died before it had recorded which groups it made: cgroup::remove takes those that are free at that moment. Init is
// still on its way out of ours then; what stays busy belongs to somebody else.
Result<> remove_unrecorded(const cgroup::Group& group) {
  constexpr int kRounds = 100;
  for (int round = 0; round < kRounds && std::ranges::any_of(group, is_left); ++round) {
    (void)sys::poll({}, 10);
    TRY(cgroup::remove(group, kPatienceMs));
  }
  return {};
}

bool is_recorded(const cgroup::Group& group) {
  return std::ranges::none_of(group, [](const cgroup::Member& member) { return member.made == cgroup::Member::Made::unknown; });
}

// A scope ends with its last process, but one that was killed for want of memory stays as failed, and systemd's own directories are
// its to remove. A unit that no record says to be ours (the runtime died as it asked for it) is stopped when nobody is in it: init,
// on its way out, was the only one that can have been.
Result<> remove_unit(const State& state) {
  constexpr int kRounds = 100;
  const bool ours = is_recorded(state.cgroup);
  if (ours) TRY(cgroup::kill_all(state.cgroup, kPatienceMs));  // systemd would ask them politely first, and wait
  for (int round = 0; !ours; ++round) {
    const auto left = cgroup::processes(state.cgroup);
    if (!left || left->empty()) break;
    if (round == kRounds) return {};
    (void)sys::poll({}, 10);
  }
  return cgroup::stop_unit(state.systemd_unit());
}

// A container without a mount namespace: its mounts are the host's, all below one. A mount of another number is somebody else's, or
// ours never came to be.
Result<> detach_root(const State& state) {
  constexpr int kNoFollow = 8;  // UMOUNT_NOFOLLOW
  if (state.root_mount == 0) return {};
  const auto top = sys::stat_at(AT_FDCWD, state.rootfs.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!top || top->mount_id != state.root_mount) return {};
  TRY_DOING("unmount " + state.rootfs, sys::umount(state.rootfs.c_str(), MNT_DETACH | kNoFollow));
  return {};
}

}  // namespace

config::Hooks saved_hooks(const Entry& entry) {
  const auto text = read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes);
  if (!text) return {};
  auto spec = config::read_spec(*text);
  return spec ? std::move(spec->hooks) : config::Hooks{};
}

Result<> destroy(const Context& context, const Store& store, Entry&& entry, const State& state,
                 const std::vector<config::Hook>& poststop) {
  // The end of a pid namespace's first process was the end of all of them; any other container may have left some behind.
  const bool may_have_left = !state.private_pid_namespace || state.recorded == Status::creating;
  if (may_have_left) TRY(cgroup::kill_all(state.cgroup, kPatienceMs));
  if (!state.unit.empty()) TRY(remove_unit(state));
  if (!cgroup::remove(state.cgroup, may_have_left ? kPatienceMs : kShortPatienceMs)) {
    TRY(cgroup::kill_all(state.cgroup, kPatienceMs));
    TRY(cgroup::remove(state.cgroup, kPatienceMs));
  }
  if (state.recorded == Status::creating) TRY(remove_unrecorded(state.cgroup));
  TRY(remove_rdt(state));
  TRY(detach_root(state));
  if (!entry.lock) {
    auto locked = store.lock(entry);
    if (!locked) return {};  // someone else has removed it meanwhile, hooks and all
  }
  TRY(store.remove(std::move(entry)));
  if (!poststop.empty())
    run_all_hooks("poststop", poststop, hook_state(state, Status::stopped, 0), config::hook_files(state.annotations), context.warn);
  return {};
}

}  // namespace container
