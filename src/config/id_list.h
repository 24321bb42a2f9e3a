// config/id_list.h: "0-3,7" as cpuset(7) writes sets of processors and memory nodes.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace config {

inline constexpr std::uint32_t kMaxCpu = 65536;  // of execCPUAffinity
inline constexpr std::uint32_t kMaxNode = 1023;  // MAX_NUMNODES of the kernel's largest configuration

struct IdRange {
  std::uint32_t first = 0, last = 0;  // both included
};

// Blanks and empty items are passed over. Nothing when an item is neither a number nor an ascending range, a number is above
// `max`, or no item is left.
std::optional<std::vector<IdRange>> parse_id_list(std::string_view list, std::uint32_t max);

}  // namespace config
