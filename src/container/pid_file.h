// container/pid_file.h: --pid-file: complete or not there at all.
#pragma once
#include <string>

#include "support/result.h"

namespace container {

// The number without a newline, by way of ".NAME" in the same directory, which must not exist.
Result<> write_pid_file(const std::string& path, int pid);

}  // namespace container
