// cli/run.h: `run` over a bundle, or over the host's own files.
#pragma once
#include <span>
#include <string>

namespace cli {

// One of the options before "--" asks for a container without a bundle: cli/host.h reads the words then.
bool over_host(std::span<const std::string> words);

}  // namespace cli
