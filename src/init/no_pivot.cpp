// init/no_pivot.cpp. Process: init, host_root, all capabilities of its user namespace. Only with --no-pivot.
//
// A root that was entered by chroot(2) leaves the host's mounts in the namespace, out of reach by name. But root of a user
// namespace may mount a new proc or sysfs only while a fully visible one is there (mount_too_revealing() in the kernel), and those
// of the host still are: so they are taken off first, or covered.
#include "init/line.h"
#include "init/steps.h"
#include "sys/mount.h"

namespace init {
namespace {

// One line of mountinfo, proc(5): "36 35 98:0 /root /mount/point options - type source super".
struct MountLine {
  std::string_view root, point, type;
};

std::string_view next_word(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return word;
}

MountLine read_line(std::string_view line) {
  MountLine mount;
  for (int field = 0; field < 3; ++field) next_word(line);
  mount.root = next_word(line);
  mount.point = next_word(line);
  const std::size_t dash = line.find(" - ");
  if (dash != line.npos) {
    line.remove_prefix(dash + 3);
    mount.type = next_word(line);
  }
  return mount;
}

// mountinfo writes blank, tab, newline and backslash as \ooo.
bool unescape(std::string_view text, Line<4096>& into) {
  into.clear();
  while (!text.empty()) {
    if (text.size() >= 4 && text[0] == '\\') {
      const char c = static_cast<char>((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
      into.add({&c, 1});
      text.remove_prefix(4);
    } else {
      const std::size_t plain = text.find('\\', 1);
      into.add(text.substr(0, plain));
      text.remove_prefix(plain == text.npos ? text.size() : plain);
    }
  }
  return into.whole();
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// A locked mount (one that came with the user namespace) cannot be taken off: EINVAL, EPERM. An empty tmpfs then lies over it.
Result<> take_off(const char* point) {
  if (sys::umount(point, MNT_DETACH)) return {};
  TRY_ABOUT(Trouble::none, point, sys::mount("tmpfs", point, "tmpfs", 0, nullptr));
  return {};
}

}  // namespace

// Takes every whole proc and sysfs out of this mount namespace but those below `except`, the container's root.
Result<> hide_kernel_filesystems(std::string_view except) {
  static Line<4096> point;
  static std::array<char, 8192> buffer;
  const sys::UniqueFd file = TRY(sys::openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY));
  std::size_t filled = 0;
  for (bool more = true; more || filled != 0;) {
    const auto room = std::as_writable_bytes(std::span{buffer}).subspan(filled);
    const std::size_t got = more && !room.empty() ? TRY(sys::read(file.get(), room)) : 0;
    more = got != 0;
    filled += got;
    const std::string_view text{buffer.data(), filled};
    const std::size_t newline = text.find('\n');
    if (newline == text.npos) {
      if (more) continue;
      if (filled != 0) return fail(Trouble::none, kEnametoolong, "/proc/self/mountinfo");
      break;
    }
    const MountLine mount = read_line(text.substr(0, newline));
    const bool whole = (mount.type == "proc" || mount.type == "sysfs") && mount.root == "/";
    if (whole && unescape(mount.point, point) && !is_below(point.view(), except)) TRY(take_off(point.c_str()));
    __builtin_memmove(buffer.data(), buffer.data() + newline + 1, filled - newline - 1);
    filled -= newline + 1;
    more = true;  // the file may hold more even when this read brought nothing into a full buffer
  }
  return {};
}

}  // namespace init
