// Process: the runtime, on the host, with the caller's rights.
#include "container/destroy.h"

#include "config/read.h"
#include "container/files.h"
#include "container/hooks.h"
#include "container/state_file.h"

namespace container {
namespace {
constexpr int kPatienceMs = 10'000;
constexpr int kShortPatienceMs = 500;
}  // namespace

config::Hooks saved_hooks(const Entry& entry) {
  const auto text = read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes);
  if (!text) return {};
  auto spec = config::read_spec(*text);
  return spec ? std::move(spec->hooks) : config::Hooks{};
}

Result<> destroy(const Context& context, const Store& store, Entry&& entry, const State& state, const std::vector<config::Hook>& poststop) {
  // The end of a pid namespace's first process was the end of all of them; any other container may have left some behind.
  const bool may_have_left = !state.private_pid_namespace || state.recorded == Status::creating;
  if (may_have_left) TRY(cgroup::kill_all(state.cgroup, kPatienceMs));
  if (!cgroup::remove(state.cgroup, may_have_left ? kPatienceMs : kShortPatienceMs)) {
    TRY(cgroup::kill_all(state.cgroup, kPatienceMs));
    TRY(cgroup::remove(state.cgroup, kPatienceMs));
  }
  if (!entry.lock) {
    auto locked = store.lock(entry);
    if (!locked) return {};  // someone else has removed it meanwhile, hooks and all
  }
  TRY(store.remove(std::move(entry)));
  if (!poststop.empty()) run_all_hooks("poststop", poststop, hook_state(state, Status::stopped, 0), context.warn);
  return {};
}

}  // namespace container
