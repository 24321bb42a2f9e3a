// cli/host_user.h: --user of a container over the host: names and numbers, by the passwd and group files of the lower directories.
// passwd(5), group(5). Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace cli {

struct HostUser {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary, by the group file
  std::string name, home = "/";       // name: "" when passwd has none
};

// `asked`: "", "NAME", "UID", either with ":GROUP" or ":GID". Digits are a number, always (CVE-2016-3697). A number need not be in
// passwd; its group is then 0.
Result<HostUser> find_user(std::string_view asked, std::string_view passwd, std::string_view group);

}  // namespace cli
