// Process: the runtime, on the host, with the caller's rights. runtime.md "Delete".
#include <signal.h>

#include "config/read.h"
#include "container/container.h"
#include "container/destroy.h"
#include "container/facts.h"
#include "container/files.h"
#include "container/process_id.h"
#include "container/refusal.h"
#include "plan/cgroup.h"
#include "sys/process.h"

namespace container {
namespace {

constexpr int kPatienceMs = 10'000;

// True when `process` is gone, or has gone within the time.
bool end_process(const ProcessId& process) {
  const auto pidfd = open_process(process);
  if (!pidfd) return true;
  (void)sys::pidfd_send_signal(pidfd->get(), SIGKILL);
  return sys::await_end(pidfd->get(), kPatienceMs);
}

Result<> end_container(const State& state, Status status) {
  // First who makes it: init dies with its runtime, and nobody makes more while we remove.
  if (status == Status::creating) (void)end_process(state.runtime);
  const auto pidfd = open_process(state.init);
  if (pidfd) (void)sys::pidfd_send_signal(pidfd->get(), SIGKILL);
  // The signal first, then the thaw: nothing of the container runs in between (v1; on v2 it dies frozen).
  if (status == Status::paused) TRY(cgroup::thaw(state.cgroup));
  if (!end_process(state.init)) return fail("container init still running");
  return {};
}

bool has_state(const Entry& entry) { return sys::faccessat(entry.directory.get(), "state.json", F_OK, 0).has_value(); }

// A state file that cannot be read any more: the cgroup follows from the id and the config as it was at create. `create` takes no
// group that others are in, so whoever is found there belongs to the container.
Result<> end_unknown(const Context& context, const Entry& entry) {
  // The copy of the config is written before the first effect: without it there is none.
  if (!sys::faccessat(entry.directory.get(), "config.json", F_OK, 0)) return {};
  const std::string what = "cannot find the processes of container " + entry.id + ", whose state is damaged";
  const std::string text = TRY_DOING(what, read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes));
  const config::Spec spec = TRY_DOING(what, config::read_spec(text));
  const plan::HostFacts facts = TRY_DOING(what, read_facts(context, spec));
  plan::Request request;
  request.id = entry.id;
  request.cgroup_disabled = context.cgroup_manager == Context::CgroupManager::disabled;
  request.systemd_cgroup = context.systemd_cgroup || context.cgroup_manager == Context::CgroupManager::systemd;
  std::vector<std::string> warnings;
  const plan::CgroupPlan plan = TRY_DOING(what, plan::compile_cgroup(spec, facts, request, warnings));
  cgroup::Group group = cgroup::planned(plan);
  for (cgroup::Member& member : group) member.made = cgroup::Member::Made::by_us;
  TRY(cgroup::kill_all(group, kPatienceMs));
  return cgroup::remove(group, kPatienceMs);
}

// A directory without a state: a create died in it before it had made anything else. One that lives holds the lock until it has
// written its state.
Result<> remove_remains(const Store& store, Entry&& entry, bool force) {
  auto locked = store.lock(entry);
  if (!locked && force && locked.error().code == 0) return {};  // another delete was faster
  TRY(std::move(locked));
  if (has_state(entry) && !force) return fail("cannot delete container " + entry.id + " that is not stopped: creating");
  const std::string id = entry.id;
  TRY(store.remove(std::move(entry)));
  if (force) return {};
  return does_not_exist(id, store.root());
}

}  // namespace

Result<> remove(const Context& context, const std::string& id, bool force) {
  TRY(Store::check_id(id));
  const Store store(context.root);
  auto opened = store.open(id);
  if (!opened && force && opened.error().code == 0) return {};
  Entry entry = TRY(std::move(opened));
  auto loaded = store.load(entry);
  if (!loaded) {
    if (has_state(entry) && !force) return std::unexpected(std::move(loaded).error());
    if (has_state(entry)) TRY(end_unknown(context, entry));
    return remove_remains(store, std::move(entry), force);
  }
  const State& state = *loaded;
  const Status status = TRY(status_of(entry, state));
  const bool may = force || status == Status::stopped || status == Status::created;
  if (!may)
    return fail("cannot delete container " + id + " that is not stopped: " + std::string(status_name(status)), "",
                "kill it first, or delete with --force");
  if (status != Status::stopped) TRY(end_container(state, status));
  const config::Hooks hooks = state.poststop_hooks ? saved_hooks(entry) : config::Hooks{};
  return destroy(context, store, std::move(entry), state, hooks.poststop);
}

}  // namespace container
