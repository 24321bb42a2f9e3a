// cli/owners.h: names of user ids from /etc/passwd, by a scanner of our own: the C library's would load modules of the host.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

// The name in the text of a passwd(5) file, or "#UID".
std::string owner_name(std::string_view passwd, std::uint32_t uid);
// /etc/passwd, at most 1 MiB of it; "" when it cannot be read.
std::string read_passwd();

}  // namespace cli
