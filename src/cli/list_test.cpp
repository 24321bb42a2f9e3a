#include "cli/list.h"

#include <catch2/catch.hpp>

#include "cli/owners.h"
#include "cli/ps.h"
#include "cli/signals.h"
#include "cli/state_json.h"
#include "cli/table.h"

using namespace cli;

namespace {

container::Listed example(container::Status status = container::Status::running) {
  container::Listed listed;
  listed.status = status;
  listed.state.oci_version = "1.3.0";
  listed.state.id = "c1";
  listed.state.bundle = "/ct/bundle";
  listed.state.rootfs = "/ct/bundle/rootfs";
  listed.state.created = "2026-11-24T00:19:23.522426583Z";
  listed.state.init.pid = 4407;
  return listed;
}

constexpr std::string_view kPasswd =
    "broken\nroot:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n:x:7:7::/:\nlast:x:9";

}  // namespace

TEST_CASE("list: the table is laid out as Go's tabwriter does") {
  CHECK(list_table({example()}, kPasswd) ==
        "ID          PID         STATUS      BUNDLE       CREATED                          OWNER\n"
        "c1          4407        running     /ct/bundle   2026-11-24T00:19:23.522426583Z   root\n");
  CHECK(list_table({}, "") == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
}

TEST_CASE("list: columns count characters, not bytes") {
  CHECK(lay_out({{"a", "b"}, {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "c"}}) ==
        "a            b\n\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9   c\n");
}

TEST_CASE("list: JSON is one line, and null when there is nothing") {
  CHECK(list_json({}, "") == "null\n");
  CHECK(list_json({example()}, kPasswd) ==
        "[{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":4407,\"status\":\"running\",\"bundle\":\"/ct/bundle\","
        "\"rootfs\":\"/ct/bundle/rootfs\",\"created\":\"2026-11-24T00:19:23.522426583Z\",\"owner\":\"root\"}]\n");
  CHECK(list_ids({example(), example()}) == "c1\nc1\n");
}

TEST_CASE("state: two blanks a level, keys in runc's order, no newline at the end") {
  container::Listed listed = example(container::Status::stopped);
  listed.state.annotations = {{"z", "1"}, {"a<", "\"2\""}};
  JsonWriter json(2);
  write_state(json, listed, "");
  CHECK(json.take() ==
        "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"c1\",\n  \"pid\": 0,\n  \"status\": \"stopped\",\n  \"bundle\": "
        "\"/ct/bundle\",\n"
        "  \"rootfs\": \"/ct/bundle/rootfs\",\n  \"created\": \"2026-11-24T00:19:23.522426583Z\",\n"
        "  \"annotations\": {\n    \"z\": \"1\",\n    \"a\\u003c\": \"\\\"2\\\"\"\n  },\n  \"owner\": \"\"\n}");
}

TEST_CASE("JSON writer: empty arrays and objects stay on their line") {
  JsonWriter json(4);
  json.begin_object()
      .key("a")
      .begin_array()
      .end_array()
      .key("b")
      .begin_object()
      .end_object()
      .key("c")
      .strings(std::vector<std::string>{"x"})
      .end_object();
  CHECK(json.take() == "{\n    \"a\": [],\n    \"b\": {},\n    \"c\": [\n        \"x\"\n    ]\n}");
}

TEST_CASE("owners: a name from passwd, or the number") {
  CHECK(owner_name(kPasswd, 0) == "root");
  CHECK(owner_name(kPasswd, 1000) == "me");
  CHECK(owner_name(kPasswd, 7) == "#7");
  CHECK(owner_name(kPasswd, 9) == "last");
  CHECK(owner_name("", 4294967295U) == "#4294967295");
}

TEST_CASE("ps: the lines of the container's processes") {
  const std::string output = "UID   PID  PPID CMD\nroot    1     0 init\nroot   12     1 sh -c 1\nroot  112     1 x\n";
  CHECK(ps_lines(output, {12}).value() == "UID   PID  PPID CMD\nroot   12     1 sh -c 1\n");
  CHECK(ps_lines(output, {}).value() == "UID   PID  PPID CMD\n");
  CHECK(ps_lines("A B\n1 2\n", {1}).error().what == "couldn't find PID field in ps output");
  CHECK(ps_json({}) == "null\n");
  CHECK(ps_json({4407, 4410}) == "[4407,4410]\n");
}

TEST_CASE("kill: signals by number and by name") {
  CHECK(parse_signal("15").value() == 15);
  CHECK(parse_signal("0").value() == 0);
  CHECK(parse_signal("99").value() == 99);
  CHECK(parse_signal("TERM").value() == 15);
  CHECK(parse_signal("sigkill").value() == 9);
  CHECK(parse_signal("SIGWINCH").value() == 28);
  CHECK(parse_signal("SIGRTMIN+3").value() == 37);
  CHECK(parse_signal("RTMAX").value() == 64);
  CHECK(parse_signal("BADSIG").error().what == "unknown signal \"BADSIG\"");
  for (const char* word : {"", "SIG", "9 ", "RTMIN-1", "RTMIN+31"}) CHECK_FALSE(parse_signal(word).has_value());
  CHECK(parse_signal("-9").value() == -9);  // the kernel refuses it
}
