// cli/state_json.h: a container's state as `state` and `list` print it: the specification's object and runc's additions.
#pragma once
#include <string_view>

#include "cli/json_writer.h"
#include "container/container.h"

namespace cli {

// The host pid of the first process, 0 once it has ended.
inline int shown_pid(const container::Listed& listed) {
  return listed.status == container::Status::stopped ? 0 : listed.state.init.pid;
}
void write_state(JsonWriter& json, const container::Listed& listed, std::string_view owner);

}  // namespace cli
