// Process: the runtime, on the host, with the caller's rights. No lock is taken: a signal changes no state of ours.
#include <signal.h>

#include "container/container.h"
#include "container/process_id.h"
#include "container/refusal.h"
#include "sys/process.h"

namespace container {
namespace {

constexpr int kEsrch = 3;
constexpr int kPatienceMs = 10'000;

Result<> signal_init(const State& state, int signal, bool all) {
  const auto pidfd = open_process(state.init);
  const auto sent = pidfd ? sys::pidfd_send_signal(pidfd->get(), signal) : sys::Result<>(std::unexpected(pidfd.error()));
  if (sent) return {};
  if (sent.code() != kEsrch) return fail("unable to signal init", sent.error());
  if (all) return {};
  return not_running(state.id, Status::stopped);
}

// Without a pid namespace of its own the first process takes nobody along: the cgroup tells who belongs to the container, also
// when the first process is gone.
Result<> kill_group(const State& state, bool all) {
  const auto left = cgroup::processes(state.cgroup);
  if (left && !left->empty()) return cgroup::kill_all(state.cgroup, kPatienceMs);
  if (all || is_alive(state.init)) return signal_init(state, SIGKILL, all);
  return within("unable to kill all processes", not_running(state.id, Status::stopped).error());
}

}  // namespace

Result<> kill(const Context& context, const std::string& id, int signal, bool all) {
  const Store store(context.root);
  const Entry entry = TRY(store.open(id));
  const State state = TRY(store.load(entry));
  if (state.recorded == Status::creating) return not_running(id, Status::creating);
  if (signal != SIGKILL) return signal_init(state, signal, all);
  if (!state.private_pid_namespace && !state.cgroup.empty()) return kill_group(state, all);
  TRY(signal_init(state, signal, all));
  // A frozen process of cgroup v1 does not die before it is thawed.
  const auto frozen = cgroup::is_frozen(state.cgroup);
  if (frozen && *frozen) return cgroup::thaw(state.cgroup);
  return {};
}

}  // namespace container
