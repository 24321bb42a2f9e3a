#include "cli/list.h"
#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/owners.h"
#include "cli/state_json.h"
#include "cli/table.h"
#include "sys/file.h"

namespace cli {
namespace {

constexpr int kNotFound = 2;  // ENOENT

// A root that was named must be there; the default one need not.
Result<std::vector<container::Listed>> read_containers(const Invocation& call) {
  const auto root = sys::openat(AT_FDCWD, call.context.root.c_str(), O_PATH | O_DIRECTORY);
  if (!root && root.code() == kNotFound && !call.root_given) return std::vector<container::Listed>();
  if (!root) return fail("open " + call.context.root, root.error());
  return container::list(call.context, [](const std::string& complaint) {
    (void)sys::write(2, complaint + '\n');  // plain, as runc: the containers that load are still listed
  });
}

}  // namespace

std::string list_ids(const std::vector<container::Listed>& containers) {
  std::string text;
  for (const auto& listed : containers) text.append(listed.state.id) += '\n';
  return text;
}

std::string list_table(const std::vector<container::Listed>& containers, std::string_view passwd) {
  std::vector<Row> rows{{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  for (const auto& listed : containers) {
    const container::State& state = listed.state;
    rows.push_back({state.id, std::to_string(shown_pid(listed)), std::string(container::status_name(listed.status)),
                    printable(state.bundle), state.created, owner_name(passwd, state.owner)});
  }
  return lay_out(rows);
}

std::string list_json(const std::vector<container::Listed>& containers, std::string_view passwd) {
  JsonWriter json(0);
  if (containers.empty()) {
    json.null();  // as runc prints it
  } else {
    json.begin_array();
    for (const auto& listed : containers) write_state(json, listed, owner_name(passwd, listed.state.owner));
    json.end_array();
  }
  return json.take() + '\n';
}

Result<int> commands::list(Invocation& call) {
  std::string format = "table";
  bool quiet = false;
  TRY(bind(call.arguments, {{"format", &format}, {"quiet", &quiet}}));
  const auto containers = TRY(read_containers(call));
  if (quiet)
    TRY(print(list_ids(containers)));
  else if (format == "table")
    TRY(print(list_table(containers, containers.empty() ? "" : read_passwd())));
  else if (format == "json")
    TRY(print(list_json(containers, containers.empty() ? "" : read_passwd())));
  else
    return fail("invalid format option");
  return 0;
}

}  // namespace cli
