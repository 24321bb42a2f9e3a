#include "container/files.h"

#include <catch2/catch.hpp>
#include <thread>

#include "container/clock.h"
#include "container/filter_cache.h"
#include "container/pid_file.h"
#include "container/scratch_directory.h"

using namespace container;

TEST_CASE("documents: regular files up to a limit, nothing that could hang us") {
  const ScratchDirectory scratch;
  const std::string file = scratch.path + "/f", fifo = scratch.path + "/p";
  REQUIRE(write_new(AT_FDCWD, file.c_str(), std::string(5000, 'x'), 0600));
  CHECK(read_document(file, 5000).value().size() == 5000);
  CHECK_FALSE(read_document(file, 4999));
  REQUIRE(sys::mknodat(AT_FDCWD, fifo.c_str(), S_IFIFO | 0600, 0));
  CHECK(read_document(fifo, 5000).error().what == fifo + " is not a regular file");
  CHECK(read_document(scratch.path + "/absent", 1).error().code == 2);
}

TEST_CASE("documents for one call may come through a pipe, up to the limit") {
  const ScratchDirectory scratch;
  const std::string fifo = scratch.path + "/p";
  REQUIRE(sys::mknodat(AT_FDCWD, fifo.c_str(), S_IFIFO | 0600, 0));
  const auto say = [&](std::size_t size) {
    return std::thread([&fifo, size] {
      const auto end = sys::openat(AT_FDCWD, fifo.c_str(), O_WRONLY);
      if (end) (void)write_all(end->get(), std::string(size, 'x'));
    });
  };
  for (const std::size_t size : {std::size_t{5000}, std::size_t{5001}}) {
    std::thread writer = say(size);
    CHECK(read_given(fifo, 5000).has_value() == (size == 5000));
    writer.join();
  }
  CHECK(read_given("/dev/null", 5000).error().what == "/dev/null is not a regular file");
  CHECK(read_given(scratch.path + "/absent", 1).error().code == 2);
}

TEST_CASE("pid file: the bare number, by rename; a temporary file in the way is an error") {
  const ScratchDirectory scratch;
  const std::string file = scratch.path + "/pid";
  REQUIRE(write_pid_file(file, 4711));
  CHECK(read_whole(AT_FDCWD, file.c_str(), 64).value() == "4711");
  REQUIRE(write_pid_file(file, 12));
  CHECK(read_whole(AT_FDCWD, file.c_str(), 64).value() == "12");
  REQUIRE(write_new(AT_FDCWD, (scratch.path + "/.pid").c_str(), "", 0600));
  CHECK_FALSE(write_pid_file(file, 13));
  CHECK(write_pid_file("/nonexistent/dir/pid", 1).error().what == "open /nonexistent/dir/.pid: no such file or directory");
}

TEST_CASE("time: RFC 3339, trailing zeros trimmed") {
  CHECK(rfc3339(0, 0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(951782399, 500'000'000) == "2000-02-28T23:59:59.5Z");
  CHECK(rfc3339(1795479563, 522'426'583) == "2026-11-24T00:19:23.522426583Z");
  CHECK(rfc3339(1795479563, 1) == "2026-11-24T00:19:23.000000001Z");
}

TEST_CASE("filter cache: gives back what was kept under the same key, and nothing else") {
  const ScratchDirectory scratch;
  DirectoryFilterCache cache(scratch.path);
  const std::vector<plan::Instruction> filter{{0x20, 0, 0, 4}, {0x06, 1, 2, 0x7fff0000}};
  CHECK_FALSE(cache.find("abc"));
  cache.keep("abc", filter);
  const auto found = cache.find("abc");
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK((*found)[1].k == 0x7fff0000);
  CHECK((*found)[1].jump_false == 2);
  CHECK_FALSE(cache.find("../abc"));
  REQUIRE(sys::fchmodat(AT_FDCWD, (scratch.path + "/@cache/abc").c_str(), 0666));
  CHECK_FALSE(cache.find("abc"));
}
