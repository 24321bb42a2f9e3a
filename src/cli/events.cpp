#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/statistics_json.h"

namespace cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// One line an event: whoever reads them takes them apart by lines.
Result<> print_event(const std::string& id, std::string_view type, const cgroup::Statistics* statistics) {
  JsonWriter json(0);
  json.begin_object().key("type").value(type).key("id").value(id);
  if (statistics != nullptr) write_statistics(json.key("data"), *statistics);
  json.end_object();
  return print(json.take() + '\n');
}

}  // namespace

Result<int> commands::events(Invocation& call) {
  const std::string& id = call.arguments.positional[0];
  std::string interval = "5s";
  bool once = false;
  TRY(bind(call.arguments, {{"interval", &interval}, {"stats", &once}}));
  const std::int64_t every = parse_duration(interval).value_or(5 * kSecond);  // the table lets only durations through
  if (every <= 0) {
    TRY(container::state(call.context, id));  // whoever names no container hears that first
    return fail("duration interval must be greater than 0");
  }
  if (once) {
    const auto statistics = TRY(container::statistics(call.context, id));
    TRY(print_event(id, "stats", &statistics));
    return 0;
  }
  TRY(container::events(call.context, id, every, [&id](const container::Event& event) {
    if (event.kind == container::Event::Kind::oom) return print_event(id, "oom", nullptr);
    return print_event(id, "stats", &event.statistics);
  }));
  return 0;
}

}  // namespace cli
