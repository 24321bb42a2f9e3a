// sys/unique_fd.h: the one owner of a descriptor. A `UniqueFd` parameter takes it over, an `int` parameter borrows it.
#pragma once
#include <utility>

#include "sys/arch.h"

namespace sys {

class [[nodiscard]] UniqueFd {
  int fd_ = -1;

 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }  // no operator int: handing out the number is always visible
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) raw(__NR_close, fd_);  // never retried: after EINTR the number may be someone else's
    fd_ = fd;
  }
};

}  // namespace sys
