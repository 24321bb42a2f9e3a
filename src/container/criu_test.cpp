#include "container/criu.h"

#include <catch2/catch.hpp>

#include "container/outside.h"
#include "container/state_file.h"

using namespace container;

TEST_CASE("criu: words of options become its numbers") {
  CHECK(*criu::cgroup_mode("") == 6);
  CHECK(*criu::cgroup_mode("ignore") == 0);
  CHECK(*criu::cgroup_mode("strict") == 5);
  CHECK(criu::cgroup_mode("none").error().what == "invalid manage-cgroups-mode value");
  CHECK(*criu::network_lock("nftables") == 2);
  CHECK(criu::network_lock("no").error().what == "invalid network-lock value");
}

TEST_CASE("criu: of a log the last errors are told, but not that all has failed") {
  CHECK(criu::last_errors("").empty());
  CHECK(criu::last_errors("(0.1) Dumping\n").empty());
  CHECK(criu::last_errors("(0.1) Error (a.c:1): one\n(0.2) x\n(0.3) Error (b.c:2): two\n(0.4) Error (c.c:3): Dumping FAILED.") ==
        "Error (a.c:1): one; Error (b.c:2): two");
  CHECK(criu::last_errors("Error (1\nError (2\nError (3\nError (4\n") == "Error (2; Error (3; Error (4");
}

TEST_CASE("criu: descriptors.json is an array of strings") {
  CHECK(write_names({}) == "[]");
  CHECK(write_names({"pipe:[1]", "/x"}) == "[\"pipe:[1]\",\"/x\"]");
  CHECK(*read_names("[\"pipe:[1]\", \"\"]") == std::vector<std::string>{"pipe:[1]", ""});
  for (const char* text : {"", "{}", "[1]", "[\"x\""}) CHECK_FALSE(read_names(text));
  CHECK(criu::read_descriptors("/nonexistent/descriptors.json").error().what ==
        "open /nonexistent/descriptors.json: no such file or directory");
}

TEST_CASE("criu: the annotation names its file of options, or that there is none") {
  CHECK(criu::config_file({{"org.criu.config", "/x.conf"}}) == "/x.conf");
  CHECK(criu::config_file({{"org.criu.config", ""}}).empty());
}
