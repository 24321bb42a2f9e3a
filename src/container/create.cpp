// Process: the runtime, on the host, with the caller's rights. runtime.md "Create", "Start" follows in start.cpp.
#include "container/creation.h"

namespace container {

Result<> create(const Context& context, const CreateOptions& options) {
  Creation creation(context, options, Mode::create);
  auto prepared = creation.prepare();
  if (!prepared) return std::unexpected(creation.refused(std::move(prepared).error()));
  auto made = creation.make();
  if (!made) return std::unexpected(creation.give_up(std::move(made).error()));
  return {};
}

}  // namespace container
