// cli/level.h: how much a message matters.
#pragma once

namespace cli {

enum class Level { debug, info, warning, error };

}  // namespace cli
