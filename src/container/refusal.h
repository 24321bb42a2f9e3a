// container/refusal.h: what an id or a status does not allow. First runc's words, which engines and scripts match; behind them, as
// the hint, which container it is about and what can be done.
#pragma once
#include "container/state.h"
#include "support/text.h"

namespace container {

inline std::unexpected<Error> does_not_exist(const std::string& id, const std::string& root) {
  return fail("container does not exist", "", "there is no " + text::quote(id) + " in " + root);
}

inline std::unexpected<Error> exists_already(const std::string& id, const std::string& root) {
  return fail("container with given ID already exists", "",
              text::quote(id) + " is in " + root + ": take another id, or delete that one");
}

inline std::string is_in(const std::string& id, Status status) {
  return text::quote(id) + " is " + std::string(status_name(status));
}

// kill, pause, update
inline std::unexpected<Error> not_running(const std::string& id, Status status) {
  return fail("container not running", "", is_in(id, status));
}

}  // namespace container
