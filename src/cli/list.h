// cli/list.h: the three forms of `list`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "container/container.h"

namespace cli {

// `passwd`: the text of a passwd(5) file, for the owners' names.
std::string list_ids(const std::vector<container::Listed>& containers);
std::string list_table(const std::vector<container::Listed>& containers, std::string_view passwd);
std::string list_json(const std::vector<container::Listed>& containers, std::string_view passwd);

}  // namespace cli
