#include "cli/commands.h"
#include "cli/state_json.h"

namespace cli {

// The keys and their order are runc's: scripts match the text.
void write_state(JsonWriter& json, const container::Listed& listed, std::string_view owner) {
  const container::State& state = listed.state;
  json.begin_object();
  json.key("ociVersion").value(state.oci_version).key("id").value(state.id).key("pid").value(shown_pid(listed));
  json.key("status").value(container::status_name(listed.status)).key("bundle").value(state.bundle);
  json.key("rootfs").value(state.rootfs).key("created").value(state.created);
  if (!state.annotations.empty()) {
    json.key("annotations").begin_object();
    for (const auto& [name, value] : state.annotations) json.key(name).value(value);
    json.end_object();
  }
  json.key("owner").value(owner).end_object();
}

Result<int> commands::state(Invocation& call) {
  const container::Listed listed = TRY(container::state(call.context, call.arguments.positional[0]));
  JsonWriter json(2);
  write_state(json, listed, "");
  TRY(print(json.take()));  // without a newline, as runc
  return 0;
}

}  // namespace cli
