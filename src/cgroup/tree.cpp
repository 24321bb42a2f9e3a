#include "cgroup/tree.h"

#include <time.h>

#include <algorithm>
#include <charconv>

namespace cgroup {
namespace {

constexpr std::string_view kUsual = "/sys/fs/cgroup";
// Mounts are crossed on the way down: the hierarchies are mounts below /sys/fs/cgroup.
constexpr std::uint64_t kResolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

sys::Result<int> opened(sys::UniqueFd& fd, const char* path) {
  if (!fd) fd = SYS_TRY(sys::openat(AT_FDCWD, path, O_PATH | O_DIRECTORY));
  return fd.get();
}

}  // namespace

sys::Result<Tree::Place> Tree::locate(const std::string& path) {
  const bool usual =
      path.starts_with(kUsual) && path.size() >= kUsual.size() && (path.size() == kUsual.size() || path[kUsual.size()] == '/');
  const int base = usual ? SYS_TRY(opened(usual_, kUsual.data())) : SYS_TRY(opened(root_, "/"));
  const std::size_t skip = std::min(path.find_first_not_of('/', usual ? kUsual.size() : 0), path.size());
  return Place{base, skip == path.size() ? "." : path.c_str() + skip};
}

sys::Result<sys::UniqueFd> Tree::open(const std::string& path, std::uint64_t flags) {
  const Place place = SYS_TRY(locate(path));
  return sys::openat2(place.base, place.below, flags, kResolve);
}

sys::Result<> Tree::make_directory(const std::string& path) {
  const Place place = SYS_TRY(locate(path));
  return sys::mkdirat(place.base, place.below, 0755);
}

sys::Result<> Tree::remove_directory(const std::string& path) {
  const Place place = SYS_TRY(locate(path));
  return sys::unlinkat(place.base, place.below, AT_REMOVEDIR);
}

sys::Result<> Tree::write(const std::string& path, std::string_view value) {
  const sys::UniqueFd file = SYS_TRY(open(path, O_WRONLY));
  SYS_TRY(sys::write(file.get(), value));
  return {};
}

sys::Result<std::string> Tree::read(const std::string& path) {
  const sys::UniqueFd file = SYS_TRY(open(path, O_RDONLY));
  std::byte buffer[4096];
  const std::size_t got = SYS_TRY(sys::read(file.get(), buffer));
  std::string text(reinterpret_cast<const char*>(buffer), got);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

sys::Result<std::string> read_all(int fd) {
  std::string text;
  std::byte buffer[4096];
  for (;;) {
    const std::size_t got = SYS_TRY(sys::read(fd, buffer));
    if (got == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer), got);
  }
}

bool lists(std::string_view controllers, std::string_view controller) {
  while (!controllers.empty()) {
    const std::size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == controller) return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

bool flat_number(std::string_view text, std::string_view key, std::uint64_t& number) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
    return std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), number).ec == std::errc{};
  }
  return false;
}

void sleep_ms(int milliseconds) {
  const timespec time{milliseconds / 1000, (milliseconds % 1000) * 1'000'000L};
  ::nanosleep(&time, nullptr);
}

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace cgroup
