// What we have written ourselves, and somebody may have damaged; and what systemd and criu answer.
#include "cgroup/bus_message.h"
#include "container/protobuf.h"
#include "container/state_file.h"
#include "plan/facts_file.h"
#include "tests/fuzz/targets.h"

namespace fuzz {

// Of a state that is believed, nothing may lead to a process of the machine, and what is written is read as the same.
void state(std::string_view bytes) {
  if (const auto state = container::read_state(bytes)) {
    must(!state->id.empty() && state->init.pid >= 0 && state->init.pid != 1 && state->runtime.pid >= 0 && state->runtime.pid != 1);
    const std::string text = container::write_state(*state);
    const auto again = container::read_state(text);
    must(again.has_value());
    must(container::write_state(*again) == text);
    must(!container::hook_state(*state, state->recorded, state->init.pid).empty());
  }
  if (const auto names = container::read_names(bytes)) {
    const auto again = container::read_names(container::write_names(*names));
    must(again.has_value() && *again == *names);
  }
  (void)plan::read_facts(bytes);
}

void messages(std::string_view bytes) {
  if (const auto size = cgroup::bus::size_of(bytes.substr(0, cgroup::bus::kFixedBytes)); size && *size <= bytes.size())
    (void)cgroup::bus::unmarshal(bytes.substr(0, *size));
  if (const auto message = cgroup::bus::unmarshal(bytes)) {
    for (std::size_t i = 0; i <= message->body.size(); ++i) (void)message->text(i).size();
    // In our own words it is the same message.
    const auto again = cgroup::bus::unmarshal(cgroup::bus::marshal(*message));
    must(!again || (again->member == message->member && again->body.size() == message->body.size()));
  }
  std::size_t length = 0;
  (void)container::protobuf::read(bytes, [&](const container::protobuf::Field& field) {
    length += field.bytes.size();
    must(field.bytes.empty() || (field.bytes.data() >= bytes.data() && field.bytes.end() <= bytes.end()));
  });
  must(length <= bytes.size());
}

}  // namespace fuzz
