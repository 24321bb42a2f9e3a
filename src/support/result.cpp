#include "support/result.h"

#include <array>
#include <cstring>
#include <map>

std::string_view errno_text(int code) {
  // glibc's text with a small first letter is Go's for nearly every errno; the exceptions are those that runc's readers match.
  switch (code) {
    case 5:
      return "input/output error";
    case 6:
      return "no such device or address";
    case 8:
      return "exec format error";
    case 18:
      return "invalid cross-device link";
    case 22:
      return "invalid argument";
    case 25:
      return "inappropriate ioctl for device";
    default:
      break;
  }
  static std::map<int, std::string> texts;  // only failures come here
  auto [entry, added] = texts.try_emplace(code);
  if (added) {
    entry->second = std::strerror(code);
    if (!entry->second.empty() && entry->second[0] >= 'A' && entry->second[0] <= 'Z')
      entry->second[0] = static_cast<char>(entry->second[0] - 'A' + 'a');
  }
  return entry->second;
}
