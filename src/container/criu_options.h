// container/criu_options.h: what checkpoint and restore have in common: directories of images and logs, and criu's options.
#pragma once
#include <string>

#include "container/container.h"
#include "container/protobuf.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container::criu {

// Defaults, and the rules for --parent-path: "--parent-path must be relative", "invalid --parent-path: ...". Makes the directory of
// images with its parents.
Result<> check_paths(CheckpointOptions& options);
Result<> check_paths(RestoreOptions& options);  // makes nothing; the paths are absolute afterwards

// For reading; made with mode 0700 where it is missing, but not its parents.
Result<sys::UniqueFd> open_directory(const std::string& path);
// criu reads the descriptors from our table: they stay open until it has ended. `work`: -1 = none.
Result<> add_common(protobuf::Writer& request, const CriuOptions& options, int images, int work, std::string_view log);
// The cause, from criu's own log, as the error's hint.
void add_log(Error& error, const CriuOptions& options, std::string_view log);

}  // namespace container::criu
