// Process: the runtime, on the host, with the caller's rights. runtime.md "Delete"; runc-cli.md §2.7.
#include <signal.h>
#include <sys/poll.h>

#include "container/container.h"
#include "container/destroy.h"
#include "container/process_id.h"
#include "sys/process.h"

namespace container {
namespace {

constexpr int kPatienceMs = 10'000;

std::unexpected<Error> does_not_exist() { return fail("container does not exist"); }

// True when `process` is gone, or has gone within the time.
bool end_process(const ProcessId& process) {
  const auto pidfd = open_process(process);
  if (!pidfd) return true;
  (void)sys::pidfd_send_signal(pidfd->get(), SIGKILL);
  sys::PollEntry end{pidfd->get(), POLLIN, 0};
  const auto ended = sys::poll({&end, 1}, kPatienceMs);
  return ended && *ended > 0;
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

// A directory without a state: a create died in it before it had made anything else. One that lives holds the lock until it has
// written its state.
Result<> remove_remains(const Store& store, Entry&& entry, bool force) {
  auto locked = store.lock(entry);
  if (!locked && force && locked.error().code == 0) return {};  // another delete was faster
  TRY(std::move(locked));
  if (has_state(entry) && !force) return fail("cannot delete container " + entry.id + " that is not stopped: creating");
  TRY(store.remove(std::move(entry)));
  if (force) return {};
  return does_not_exist();
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
    if (!has_state(entry) || force) return remove_remains(store, std::move(entry), force);
    return std::unexpected(std::move(loaded).error());
  }
  const State& state = *loaded;
  const Status status = TRY(status_of(entry, state));
  const bool may = force || status == Status::stopped || status == Status::created;
  if (!may) return fail("cannot delete container " + id + " that is not stopped: " + std::string(status_name(status)));
  if (status != Status::stopped) TRY(end_container(state, status));
  const config::Hooks hooks = state.poststop_hooks ? saved_hooks(entry) : config::Hooks{};
  return destroy(context, store, std::move(entry), state, hooks.poststop);
}

}  // namespace container
