#include "support/mountinfo.h"

#include <catch2/catch.hpp>

TEST_CASE("mountinfo: the fields of a line, with and without optional ones") {
  std::string_view text =
      "36 35 98:0 /mnt1 /a\\040b rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n"
      "37 36 0:5 / /c ro - cgroup none rw,cpu,cpuacct\n";
  auto line = mountinfo::next(text);
  REQUIRE(line);
  CHECK(line->id == 36);
  CHECK(line->parent == 35);
  CHECK(line->root == "/mnt1");
  CHECK(line->point == "/a\\040b");
  CHECK(line->options == "rw,noatime");
  CHECK(line->type == "ext3");
  CHECK(line->super == "rw,errors=continue");
  line = mountinfo::next(text);
  REQUIRE(line);
  CHECK(line->id == 37);
  CHECK(line->type == "cgroup");
  CHECK(line->super == "rw,cpu,cpuacct");
  CHECK_FALSE(mountinfo::next(text));
}

TEST_CASE("mountinfo: a damaged line has empty fields, the next one is whole") {
  std::string_view text = "\nx 3\n12 1 0:1 / /p rw - \n13 1 0:1 / /q rw - proc";
  CHECK(mountinfo::next(text)->point.empty());
  CHECK(mountinfo::next(text)->parent == 3);
  const auto without_type = mountinfo::next(text);
  CHECK(without_type->point == "/p");
  CHECK(without_type->type.empty());
  const auto last = mountinfo::next(text);
  CHECK(last->id == 13);
  CHECK(last->type == "proc");
  CHECK(last->super.empty());
  CHECK_FALSE(mountinfo::next(text));
}

TEST_CASE("mountinfo: names with blanks and backslashes") {
  CHECK(mountinfo::unescape("/a\\040b\\134c\\011") == "/a b\\c\t");
  CHECK(mountinfo::unescape("/a\\04") == "/a\\04");
  CHECK(mountinfo::unescape("/a\\0x9b") == "/a\\0x9b");
}
