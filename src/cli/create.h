// cli/create.h: what create and run have in common.
#pragma once
#include "cli/invocation.h"

namespace cli {

// The options of create's table into `options`; names in `call` the file that errors are of.
Result<> read_create_options(Invocation& call, container::CreateOptions& options);
// The config.json that an error's pointer is of. Absolute: the working directory is the bundle later. "" when there is no working
// directory.
std::string document_path(const container::CreateOptions& options);
// --rootless: nothing for "auto".
Result<std::optional<bool>> read_rootless(std::string_view word);

}  // namespace cli
