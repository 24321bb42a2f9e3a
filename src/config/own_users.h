// config/own_users.h: the user namespace of an ordinary user's container whose config has none, as crun makes it. Pure: the host's
// files are read by who calls this.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/spec.h"

namespace config {

struct SubordinateIds {
  std::uint32_t first = 0, count = 0;
};
// The first range that subuid(5) or subgid(5) grants to the user, by name or number.
std::optional<SubordinateIds> find_subordinate(std::string_view table, std::string_view name, std::uint32_t uid);
// passwd(5): "" = there is no such user.
std::string_view find_user_name(std::string_view passwd, std::uint32_t uid);

struct OwnUsers {
  std::uint32_t euid = 0, egid = 0;
  std::optional<SubordinateIds> uids, gids;  // both or none
};
// Adds a user namespace where there is none, and mappings where there are none: the process's user and group are the caller, all
// other ids the subordinate ones; without these root alone is there, and it is the caller.
void add_user_namespace(Spec& spec, const OwnUsers& own);

}  // namespace config
