// cli/statistics_json.h: what `events` says about a container, in runc's keys and order (runc-cli.md §2.12).
#pragma once
#include "cgroup/statistics.h"
#include "cli/json_writer.h"

namespace cli {

void write_statistics(JsonWriter& json, const cgroup::Statistics& statistics);

}  // namespace cli
