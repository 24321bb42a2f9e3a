#include "config/own_users.h"

#include <algorithm>
#include <array>

#include "support/text.h"

namespace config {
namespace {

constexpr std::uint64_t kLargestId = 0xfffffffe;

template <class Use>
void each_line(std::string_view table, Use use) {
  while (!table.empty()) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    std::array<std::string_view, 3> fields;  // name:password:uid, or name:first:count
    std::string_view rest = line;
    for (std::string_view& field : fields) {
      field = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    }
    if (!fields[0].empty() && use(fields)) return;
  }
}

void add(std::vector<IdMapping>& maps, std::uint32_t container_id, std::uint32_t host_id, std::uint32_t size) {
  if (size != 0) maps.push_back({container_id, host_id, size});
}

std::vector<IdMapping> map_of(std::uint32_t inside, std::uint32_t own, const std::optional<SubordinateIds>& others) {
  std::vector<IdMapping> maps;
  if (!others) {
    add(maps, 0, own, 1);
    return maps;
  }
  const std::uint32_t below = std::min(inside, others->count);
  add(maps, 0, others->first, below);
  add(maps, inside, own, 1);
  add(maps, inside + 1, others->first + below, others->count - below);
  return maps;
}

}  // namespace

std::optional<SubordinateIds> find_subordinate(std::string_view table, std::string_view name, std::uint32_t uid) {
  std::optional<SubordinateIds> found;
  each_line(table, [&](const auto& fields) {
    const auto number = text::parse_unsigned(fields[0], kLargestId);
    if (fields[0] != name && number != std::optional<std::uint64_t>(uid)) return false;
    const auto first = text::parse_unsigned(fields[1], kLargestId), count = text::parse_unsigned(fields[2], kLargestId);
    if (!first || !count || *count == 0 || *first + *count > kLargestId + 1) return false;
    found = {static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*count)};
    return true;
  });
  return found;
}

std::string_view find_user_name(std::string_view passwd, std::uint32_t uid) {
  std::string_view name;
  each_line(passwd, [&](const auto& fields) {
    if (text::parse_unsigned(fields[2], kLargestId) != std::optional<std::uint64_t>(uid)) return false;
    name = fields[0];
    return true;
  });
  return name;
}

void add_user_namespace(Spec& spec, const OwnUsers& own) {
  Linux& section = spec.linux_;
  if (section.find_namespace("user") != nullptr) return;
  section.namespaces.push_back({"user", ""});
  const User user = spec.process ? spec.process->user : User{};
  if (section.uid_mappings.empty()) section.uid_mappings = map_of(user.uid, own.euid, own.uids);
  if (section.gid_mappings.empty()) section.gid_mappings = map_of(user.gid, own.egid, own.gids);
}

}  // namespace config
