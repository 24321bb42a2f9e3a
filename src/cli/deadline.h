// cli/deadline.h: --timeout: a process beside the runtime that ends the container when its time is over.
#pragma once
#include <cstdint>
#include <string>

#include "container/container.h"
#include "sys/unique_fd.h"

namespace cli {

// SIGTERM after `seconds` (counted from `start`), SIGKILL ten seconds later: a first process that has no handler for SIGTERM is not
// touched by it (pid_namespaces(7)). Goes with this object, and with the runtime if that is killed.
class Deadline {
  int pid_ = 0;
  sys::UniqueFd passed_;  // readable once the time is over

 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  ~Deadline();
  Result<> start(const container::Context& context, const std::string& id, std::uint32_t seconds);
  bool has_passed() const;
};

}  // namespace cli
