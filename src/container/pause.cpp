// Process: the runtime, on the host, with the caller's rights. cgroups(7), freezer.
#include "container/container.h"
#include "container/refusal.h"

namespace container {
namespace {

constexpr int kEacces = 13;

Result<> explained(const Context& context, Result<> done, std::string_view operation) {
  if (!done && done.error().code == kEacces)
    context.warn("minc-oci " + std::string(operation) + " failure might be caused by lack of full access to cgroups");
  return done;
}

}  // namespace

Result<> pause(const Context& context, const std::string& id) {
  const Store store(context.root);
  const Entry entry = TRY(store.open(id));
  const State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status != Status::running && status != Status::created) return not_running(id, status);
  if (state.cgroup.empty()) return fail("cannot pause: the container has no cgroup", "", text::quote(id) + " was created without");
  return explained(context, cgroup::freeze(state.cgroup), "pause");
}

Result<> resume(const Context& context, const std::string& id) {
  const Store store(context.root);
  const Entry entry = TRY(store.open(id));
  const State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status != Status::paused) return fail("container not paused", "", is_in(id, status));
  return explained(context, cgroup::thaw(state.cgroup), "resume");
}

}  // namespace container
