// cli/host_seccomp.h: the seccomp profile of containers over the host. seccomp(2).
#pragma once
#include <span>
#include <string_view>

namespace cli {

class JsonWriter;

// One sentence of the profile: these calls fail, unless the container has the capability that they are for.
struct Denied {
  std::string_view lifted_by;  // "CAP_SYS_ADMIN", "" = never
  int error;                   // errno; ENOSYS makes callers take an older way
  std::span<const std::string_view> calls;
  std::string_view reason;
};
std::span<const Denied> denied_calls();

// linux.seccomp as a JSON value. `strict`: also no sockets but unix ones.
void write_seccomp(JsonWriter& json, std::span<const std::string_view> capabilities, bool strict);

}  // namespace cli
