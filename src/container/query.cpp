// Process: the runtime, on the host. What only looks: state, list, ps. No lock is taken, nothing is written.
#include "container/container.h"

namespace container {
namespace {

Result<Listed> look(const Store& store, const std::string& id) {
  const Entry entry = TRY(store.open(id));
  Listed listed;
  listed.state = TRY(store.load(entry));
  listed.status = TRY(status_of(entry, listed.state));
  return listed;
}

}  // namespace

Result<Listed> state(const Context& context, const std::string& id) { return look(Store(context.root), id); }

Result<std::vector<Listed>> list(const Context& context, const std::function<void(const std::string&)>& complain) {
  const Store store(context.root);
  std::vector<Listed> all;
  const std::vector<std::string> ids = TRY(store.ids());
  for (const std::string& id : ids) {
    auto listed = look(store, id);
    if (listed) {
      all.push_back(std::move(*listed));
      continue;
    }
    // Removed since its name was read: that is no fault.
    if (store.open(id)) complain("load container " + id + ": " + listed.error().what);
  }
  return all;
}

Result<std::vector<int>> processes(const Context& context, const std::string& id) {
  const Listed listed = TRY(state(context, id));
  auto members = cgroup::processes(listed.state.cgroup);
  if (!members && listed.status == Status::stopped) return std::vector<int>{};  // its group is gone
  return members;
}

}  // namespace container
