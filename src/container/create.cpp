// Process: the runtime, on the host, with the caller's rights. runtime.md "Create", "Start" follows in start.cpp.
#include "container/creation.h"

namespace container {

Result<> create(const Context& context, const CreateOptions& options) {
  Creation creation(context, options, Mode::create);
  auto prepared = creation.prepare();
  if (!prepared) return std::unexpected(creation.finish(std::move(prepared).error()));
  auto made = creation.make();
  if (made) return {};
  Error error = creation.finish(std::move(made).error());  // before the cgroup, which knows of an OOM, is gone
  creation.undo();
  return std::unexpected(std::move(error));
}

}  // namespace container
