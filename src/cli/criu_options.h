// cli/criu_options.h: what checkpoint and restore have in common.
#pragma once
#include "cli/invocation.h"

namespace cli {

// "--empty-ns network" is what happens anyway; another type is refused: `namespace "x" is not supported`.
Result<> check_empty_namespaces(const std::vector<std::string>& types);
// ADDRESS:PORT, with an IPv6 address in brackets.
Result<> read_page_server(const std::string& word, container::CheckpointOptions& options);

}  // namespace cli
