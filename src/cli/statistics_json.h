// cli/statistics_json.h: what `events` says about a container, in runc's keys and order.
#pragma once
#include "cgroup/statistics.h"
#include "cli/json_writer.h"

namespace cli {

void write_statistics(JsonWriter& json, const cgroup::Statistics& statistics);

}  // namespace cli
