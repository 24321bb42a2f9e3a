// Process: the runtime, on the host, with the caller's rights.
#include "container/files.h"

#include <unistd.h>

#include <cstdlib>

#include "support/text.h"

namespace container {

sys::Result<std::string> read_rest(int fd, std::size_t limit, std::size_t expected) {
  std::string text;
  std::size_t filled = 0;
  // One byte more than expected: the read that fills less than it was given is the last one, without a second call for the end.
  std::size_t room = (expected != 0 ? expected : 4095) + 1;
  for (;;) {
    text.resize(filled + room);
    const std::size_t got = SYS_TRY(sys::read(fd, std::as_writable_bytes(std::span{text.data() + filled, room})));
    filled += got;
    if (filled > limit) return std::unexpected(sys::Errno{27});  // EFBIG
    const bool whole = got == 0 || (expected != 0 && filled == expected);
    if (whole) break;
    room = std::max<std::size_t>(room - got, filled);
  }
  text.resize(filled);
  return text;
}

sys::Result<std::string> read_whole(int dirfd, const char* path, std::size_t limit) {
  const auto file = SYS_TRY(sys::openat(dirfd, path, O_RDONLY | O_NOCTTY));
  return read_rest(file.get(), limit);
}

sys::Result<std::string> read_head(int dirfd, const char* path) {
  const auto file = SYS_TRY(sys::openat(dirfd, path, O_RDONLY | O_NOCTTY));
  char buffer[4096];
  const std::size_t got = SYS_TRY(sys::read(file.get(), std::as_writable_bytes(std::span{buffer})));
  return std::string(buffer, got);
}

sys::Result<> write_all(int fd, std::string_view text) {
  while (!text.empty()) text.remove_prefix(SYS_TRY(sys::write(fd, text)));
  return {};
}

sys::Result<> write_new(int dirfd, const char* path, std::string_view text, unsigned mode) {
  const auto file = SYS_TRY(sys::openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
  return write_all(file.get(), text);
}

namespace {
std::unexpected<Error> too_large(const std::string& path, std::size_t limit) {
  return fail(path + " is larger than " + std::to_string(limit >> 20) + " MiB");
}
}  // namespace

Result<std::string> read_document(const std::string& path, std::size_t limit) {
  const auto file = TRY_DOING("open " + path, sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
  const sys::Stat stat = TRY_DOING("stat " + path, sys::stat_fd(file.get()));
  if (stat.is_directory()) return fail(path + " is a directory");
  if (!stat.is_regular()) return fail(path + " is not a regular file");
  if (stat.size > limit) return too_large(path, limit);
  auto text = read_rest(file.get(), limit, static_cast<std::size_t>(stat.size));
  if (text.code() == 27) return too_large(path, limit);
  return TRY_DOING("read " + path, std::move(text));
}

Result<std::string> read_given(const std::string& path, std::size_t limit) {
  const sys::Stat named = TRY_DOING("open " + path, sys::stat_at(AT_FDCWD, path.c_str(), 0));
  if (!named.is_fifo()) return read_document(path, limit);
  const auto file = TRY_DOING("open " + path, sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NOCTTY));
  auto text = read_rest(file.get(), limit);
  if (text.code() == 27) return too_large(path, limit);
  return TRY_DOING("read " + path, std::move(text));
}

Result<std::string> working_directory() {
  char buffer[4096];
  const std::size_t length = TRY_DOING("getcwd", sys::getcwd(buffer));
  // "(unreachable)/x": the directory lies outside of our root.
  if (length < 2 || buffer[0] != '/') return fail("getcwd: the working directory cannot be reached from /");
  return std::string(buffer, length - 1);
}

Result<std::string> absolute_path(std::string_view path) {
  if (path.starts_with('/')) return text::clean_path(path);
  return text::clean_path(TRY(working_directory()) + '/' + std::string(path));
}

SplitPath split_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {".", std::string(path)};
  return {slash == 0 ? "/" : std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

std::string find_host_program(std::string_view program) {
  if (program.find('/') != std::string_view::npos) return std::string(program);
  const char* variable = std::getenv("PATH");  // engines call us without one
  std::string_view search =
      variable != nullptr && *variable != '\0' ? variable : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  while (!search.empty()) {
    const std::size_t colon = std::min(search.find(':'), search.size());
    const std::string_view directory = search.substr(0, colon);
    search.remove_prefix(std::min(colon + 1, search.size()));
    if (!directory.starts_with('/')) continue;  // a relative PATH entry runs what lies in someone else's directory
    std::string candidate = std::string(directory) + '/' + std::string(program);
    if (sys::faccessat(AT_FDCWD, candidate.c_str(), X_OK, AT_EACCESS)) return candidate;
  }
  return {};
}

}  // namespace container
