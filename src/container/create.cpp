// Process: the runtime, on the host, with the caller's rights. runtime.md "Create", "Start" follows in start.cpp.
#include "container/creation.h"

namespace container {

Error create(const Context& context, const CreateOptions& options) {
  Creation creation(context, options, Mode::create);
  auto prepared = creation.prepare();
  if (!prepared) return creation.refused(std::move(prepared).error());
  auto made = creation.make();
  if (made) made = creation.release();
  return creation.give_up(std::move(made).error());
}

}  // namespace container
