// cli/help.h: texts for people, out of the tables. Scripts look at the first two lines.
#pragma once
#include <string>

#include "cli/invocation.h"

namespace cli {

std::string app_help(std::string_view name);
std::string command_help(const Command& command, std::string_view name);
std::string completion_script(std::string_view shell);  // bash, zsh, fish; "" for any other

}  // namespace cli
