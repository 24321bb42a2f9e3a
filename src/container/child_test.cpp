#include "container/child.h"

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace container;

namespace {

Child sleeper() {
  const char* const argv[] = {"sleep", "100", nullptr};
  const char* const envp[] = {nullptr};
  return start_program({"/bin/sleep", argv, envp}).value();
}

}  // namespace

TEST_CASE("child: a pidfd is a child of ours or refused, and its pid is the kernel's") {
  Child child = sleeper();
  const int pid = child.pid;
  auto same = as_child(std::move(child.pidfd));
  REQUIRE(same);
  CHECK(same->pid == pid);
  end_child(*same);
  CHECK_FALSE(as_child(std::move(same->pidfd)));  // reaped
}

TEST_CASE("child: another's process, a file and nothing are no children") {
  auto parent = sys::pidfd_open(::getppid());
  REQUIRE(parent);
  CHECK_FALSE(as_child(std::move(*parent)));
  auto file = sys::openat(AT_FDCWD, "/dev/null", O_RDONLY);
  REQUIRE(file);
  CHECK_FALSE(as_child(std::move(*file)));
  CHECK_FALSE(as_child({}));
}
