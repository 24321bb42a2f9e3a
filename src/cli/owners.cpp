#include "cli/owners.h"

#include <array>

#include "support/text.h"
#include "sys/file.h"

namespace cli {

std::string owner_name(std::string_view passwd, std::uint32_t uid) {
  while (!passwd.empty()) {
    const std::string_view line = passwd.substr(0, passwd.find('\n'));
    passwd.remove_prefix(std::min(line.size() + 1, passwd.size()));
    const std::size_t name_end = line.find(':');
    if (name_end == std::string_view::npos || name_end == 0) continue;
    const std::size_t password_end = line.find(':', name_end + 1);
    if (password_end == std::string_view::npos) continue;
    const std::string_view number = line.substr(password_end + 1, line.find(':', password_end + 1) - password_end - 1);
    if (const auto found = text::parse_unsigned(number, UINT32_MAX); found && *found == uid)
      return std::string(line.substr(0, name_end));
  }
  return '#' + std::to_string(uid);
}

std::string read_passwd() {
  constexpr std::size_t kMost = 1U << 20;
  std::string text;
  const auto file = sys::openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (!file) return text;
  std::array<std::byte, 4096> buffer;
  while (text.size() < kMost) {
    const auto got = sys::read(file->get(), buffer);
    if (!got || *got == 0) break;
    text.append(reinterpret_cast<const char*>(buffer.data()), *got);
  }
  return text;
}

}  // namespace cli
