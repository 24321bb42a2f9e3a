// support/mountinfo.h: the lines of /proc/PID/mountinfo. Pure. proc_pid_mountinfo(5).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mountinfo {

// "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [OPTIONAL...] - TYPE SOURCE SUPER", views of the text. What a damaged line lacks is
// empty or 0.
struct Line {
  std::uint64_t id = 0, parent = 0;
  std::string_view root, point;  // as the kernel writes them: `unescape`
  std::string_view options;      // of this mount
  std::string_view type;
  std::string_view super;  // options of the superblock
};

// Takes the first line off `text`; nothing when there is none.
std::optional<Line> next(std::string_view& text);

// The kernel writes blanks, tabs, newlines and backslashes of a name as \ooo.
std::string unescape(std::string_view field);

}  // namespace mountinfo
