#include "cli/descriptors.h"

#include "container/bundle.h"
#include "sys/file.h"

namespace cli {
namespace {

constexpr std::uint32_t kFirstPassed = 3;

bool is_open(int fd) { return sys::fcntl(fd, F_GETFD).has_value(); }

}  // namespace

Result<> fill_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (is_open(fd)) continue;
    sys::UniqueFd null = TRY_DOING("open /dev/null", sys::openat(AT_FDCWD, "/dev/null", O_RDWR | O_NOFOLLOW));
    const sys::Stat stat = TRY_DOING("stat /dev/null", sys::stat_fd(null.get()));
    if (null.get() != fd || !stat.is_char_device(1, 3)) return fail("/dev/null is not the null device");
    TRY_DOING("fcntl", sys::fcntl(null.release(), F_SETFD, 0));  // the container's process inherits it
  }
  return {};
}

Result<> check_passed(bool exec, std::uint32_t preserve) {
  const std::uint32_t listen = exec ? 0 : container::listen_fds();
  for (std::uint32_t fd = kFirstPassed; fd < kFirstPassed + listen; ++fd)
    if (!is_open(static_cast<int>(fd)))
      return fail("LISTEN_FDS is " + std::to_string(listen) + ", but descriptor " + std::to_string(fd) + " is not open");
  return container::check_preserved(listen, preserve);
}

}  // namespace cli
