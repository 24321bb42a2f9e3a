#include "cli/host_user.h"

#include <array>
#include <limits>
#include <optional>

#include "support/text.h"

namespace cli {
namespace {

constexpr std::uint64_t kLargestId = std::numeric_limits<std::uint32_t>::max() - 1;  // all ones means "leave it" to setuid(2)

// The fields of one line; those that are not there are empty.
template <std::size_t Count>
std::array<std::string_view, Count> fields_of(std::string_view line) {
  std::array<std::string_view, Count> fields;
  for (std::string_view& field : fields) {
    const std::size_t colon = line.find(':');
    field = line.substr(0, colon);
    line = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  }
  return fields;
}

// Calls `use(line)` for each line until it says true.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (use(text.substr(0, end))) return;
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

bool is_number(std::string_view word) { return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos; }

std::optional<std::uint32_t> id_of(std::string_view field) {
  const auto number = text::parse_unsigned(field, kLargestId);
  if (!number) return {};
  return static_cast<std::uint32_t>(*number);
}

Result<std::uint32_t> read_id(std::string_view word) {
  const auto id = id_of(word);
  if (!id) return fail("--user: " + text::quote(word) + " is no id");
  return *id;
}

Result<HostUser> look_up_user(std::string_view word, std::string_view passwd) {
  HostUser user;
  std::optional<std::uint32_t> wanted;
  if (is_number(word)) wanted = TRY(read_id(word));
  bool found = false;
  each_line(passwd, [&](std::string_view line) {
    const auto [name, password, uid, gid, comment, home] = fields_of<6>(line);
    const auto number = id_of(uid), primary = id_of(gid);
    if (name.empty() || !number || !primary || (wanted ? *number != *wanted : name != word)) return false;
    user = {*number, *primary, {}, std::string(name), home.starts_with('/') ? std::string(home) : "/"};
    return found = true;
  });
  if (!found && !wanted) return fail("--user: there is no user " + text::quote(word) + " in the container's /etc/passwd");
  if (!found) user.uid = *wanted;
  return user;
}

Result<std::uint32_t> look_up_group(std::string_view word, std::string_view group) {
  if (is_number(word)) return read_id(word);
  std::optional<std::uint32_t> found;
  each_line(group, [&](std::string_view line) {
    const auto [name, password, gid] = fields_of<3>(line);
    if (!name.empty() && name == word) found = id_of(gid);
    return found.has_value();
  });
  if (!found) return fail("--user: there is no group " + text::quote(word) + " in the container's /etc/group");
  return *found;
}

bool is_member(std::string_view members, std::string_view name) {
  while (!members.empty()) {
    const std::size_t comma = members.find(',');
    if (members.substr(0, comma) == name) return true;
    members = comma == std::string_view::npos ? std::string_view{} : members.substr(comma + 1);
  }
  return false;
}

void add_groups(HostUser& user, std::string_view group) {
  if (user.name.empty()) return;
  each_line(group, [&](std::string_view line) {
    const auto [name, password, gid, members] = fields_of<4>(line);
    const auto number = id_of(gid);
    if (number && *number != user.gid && is_member(members, user.name)) user.groups.push_back(*number);
    return false;
  });
}

}  // namespace

Result<HostUser> find_user(std::string_view asked, std::string_view passwd, std::string_view group) {
  const std::size_t colon = asked.find(':');
  const std::string_view word = asked.empty() ? "0" : asked.substr(0, colon);
  if (word.empty()) return fail("--user " + text::quote(asked) + ": no user");
  HostUser user = TRY(look_up_user(word, passwd));
  if (colon != std::string_view::npos)
    user.gid = TRY(look_up_group(asked.substr(colon + 1), group));
  else
    add_groups(user, group);  // an explicit group stands alone
  return user;
}

}  // namespace cli
