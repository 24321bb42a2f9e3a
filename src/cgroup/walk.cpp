#include "cgroup/walk.h"

#include <cstring>

namespace cgroup {

sys::Result<std::vector<std::string>> subdirectories(int directory) {
  constexpr unsigned char kDirectory = 4;                                        // DT_DIR
  constexpr std::size_t kTypeOffset = 18, kNameOffset = 19, kLengthOffset = 16;  // struct linux_dirent64, getdents64(2)
  std::vector<std::string> names;
  alignas(8) char buffer[8192];
  for (;;) {
    const long got = SYS_TRY(sys::checked(sys::raw(__NR_getdents64, directory, sys::address(buffer), sizeof buffer)));
    if (got == 0) return names;
    for (long at = 0; at < got;) {
      std::uint16_t length = 0;
      std::memcpy(&length, buffer + at + kLengthOffset, sizeof length);
      const std::string_view name = buffer + at + kNameOffset;
      if (buffer[at + static_cast<long>(kTypeOffset)] == kDirectory && name != "." && name != "..") names.emplace_back(name);
      at += length;
    }
  }
}

}  // namespace cgroup
