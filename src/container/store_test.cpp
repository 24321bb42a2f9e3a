#include <catch2/catch.hpp>

#include "container/process_id.h"
#include "container/scratch_directory.h"
#include "container/state.h"
#include "sys/process.h"

using namespace container;

TEST_CASE("store: ids are letters, digits and _+-., never a path") {
  for (const char* good : {"a", "A-1_b+c.d", "..a", "0"}) CHECK(Store::check_id(good));
  for (const char* bad : {".", "..", "a/b", "@lock", "a b", "a\n", "\xc3\xa9"}) CHECK_FALSE(Store::check_id(bad));
  CHECK(Store::check_id("").error().what == "container id cannot be empty");
  CHECK(Store::check_id("a/b").error().what == "invalid container ID format");
  CHECK(Store::check_id(std::string(255, 'a')));
  CHECK_FALSE(Store::check_id(std::string(256, 'a')));
}

TEST_CASE("store: one claim of an id wins, and removal makes it free again") {
  const ScratchDirectory scratch;
  const Store store(scratch.path + "/deep/root");
  auto entry = store.claim("c1");
  REQUIRE(entry);
  CHECK(store.claim("c1").error().what == "container with given ID already exists");
  CHECK(store.load(*entry).error().what == "container does not exist");
  State state;
  state.id = "c1";
  REQUIRE(store.save(*entry, state));
  entry->lock.reset();
  auto second = store.open("c1");
  REQUIRE(second);
  CHECK(store.load(*second)->id == "c1");
  CHECK(store.ids().value() == std::vector<std::string>{"c1"});
  REQUIRE(sys::mkdirat(entry->directory.get(), "unexpected", 0700));
  REQUIRE(store.lock(*entry));
  REQUIRE(store.remove(std::move(*entry)));
  CHECK(store.ids()->empty());
  CHECK(store.lock(*second).error().what == "container does not exist");
  CHECK(store.open("c1").error().what == "container does not exist");
  CHECK(store.claim("c1"));
}

TEST_CASE("store: a symlink in place of a container's directory is nobody's container") {
  const ScratchDirectory scratch;
  const Store store(scratch.path);
  REQUIRE(sys::symlinkat("/", AT_FDCWD, (scratch.path + "/c1").c_str()));
  CHECK(store.open("c1").error().what == "container does not exist");
}

TEST_CASE("process: pid and start time together") {
  const int pid = sys::getpid();
  const auto start = start_time_of(pid);
  REQUIRE(start);
  CHECK(is_alive({pid, *start}));
  CHECK_FALSE(is_alive({pid, *start + 1}));
  CHECK(open_process({pid, *start}));
  CHECK(open_process({pid, *start + 1}).code() == 3);
  CHECK(open_process({0, 0}).code() == 3);
  CHECK(open_process({1, 0}).code() == 3);
}
