#include "container/state_file.h"

#include <catch2/catch.hpp>

using namespace container;

namespace {
State sample() {
  State state;
  state.oci_version = kSpecVersion;
  state.boot = "11111111-2222-3333-4444-555555555555";
  state.id = "c1";
  state.bundle = "/b \"q\"\n";
  state.rootfs = "/b/rootfs";
  state.created = "2026-11-24T00:19:23.5Z";
  state.init = {4711, 123456789};
  state.runtime = {4710, 5};
  state.annotations = {{"z", "1"}, {"a", "\xc3\xa9"}};
  state.cgroup = {{"cpu,cpuacct", "/sys/fs/cgroup/cpu/c1", cgroup::Member::Made::by_us},
                  {"", "/sys/fs/cgroup/c1", cgroup::Member::Made::unknown}};
  state.namespaces = 0x6c020000;
  state.private_pid_namespace = true;
  state.poststop_hooks = true;
  state.owner = 1000;
  state.rdt_group = "/sys/fs/resctrl/c1";
  state.rdt_monitor = "/sys/fs/resctrl/c1/mon_groups/c1";
  state.rdt_group_ours = true;
  state.root_mount = 4711;
  state.recorded = Status::created;
  return state;
}
}  // namespace

TEST_CASE("state file: what is written is read back") {
  const State state = sample();
  const auto read = read_state(write_state(state));
  REQUIRE(read);
  CHECK(read->id == state.id);
  CHECK(read->bundle == state.bundle);
  CHECK(read->init.pid == 4711);
  CHECK(read->init.start_time == 123456789);
  CHECK(read->runtime.pid == 4710);
  CHECK(read->annotations == state.annotations);
  REQUIRE(read->cgroup.size() == 2);
  CHECK(read->cgroup[0].directory == "/sys/fs/cgroup/cpu/c1");
  CHECK(read->cgroup[0].made == cgroup::Member::Made::by_us);
  CHECK(read->cgroup[1].controllers.empty());
  CHECK(read->namespaces == state.namespaces);
  CHECK(read->root_mount == 4711);
  CHECK(read->rdt_group == state.rdt_group);
  CHECK(read->rdt_monitor == state.rdt_monitor);
  CHECK(read->rdt_group_ours);
  CHECK_FALSE(read->rdt_monitor_ours);
  CHECK(read->private_pid_namespace);
  CHECK_FALSE(read->poststart_hooks);
  CHECK(read->recorded == Status::created);
}

TEST_CASE("state file: damage is refused, and so is a pid that is nobody's container") {
  const std::string good = write_state(sample());
  CHECK_FALSE(read_state(""));
  CHECK_FALSE(read_state(good.substr(0, good.size() / 2)));
  CHECK_FALSE(read_state(good + "x"));
  CHECK_FALSE(read_state("{}"));
  CHECK_FALSE(read_state(R"({"id":"x","init_process_pid":1})"));
  CHECK_FALSE(read_state(R"({"id":"x","init_process_pid":-5})"));
  CHECK_FALSE(read_state(R"({"id":"x","init_process_pid":"7"})"));
  CHECK_FALSE(read_state(R"({"id":"x","init_process_pid":4294967303})"));
  CHECK_FALSE(read_state(R"({"id":7})"));
  CHECK_FALSE(read_state(R"({"id":"x","status":"flying"})"));
  CHECK_FALSE(read_state(R"({"id":"x","cgroups":[{"made":"somehow"}]})"));
  CHECK_FALSE(read_state(R"({"id":"x","annotations":{"a":1}})"));
}

TEST_CASE("state file: keys of a later version are passed over") {
  const auto read = read_state(R"({"later":[1,"a"],"id":"x","other":{"pid":7},"more":true})");
  REQUIRE(read);
  CHECK(read->id == "x");
}

TEST_CASE("hook state: runc's order, pid and annotations only where there are any") {
  State state = sample();
  state.bundle = "/b";
  CHECK(hook_state(state, Status::creating, 7) ==
        "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"creating\",\"pid\":7,\"bundle\":\"/"
        "b\",\"annotations\":{\"z\":\"1\",\"a\":\"\xc3\xa9\"}}");
  state.annotations.clear();
  CHECK(hook_state(state, Status::stopped, 0) == R"({"ociVersion":"1.3.0","id":"c1","status":"stopped","bundle":"/b"})");
}

TEST_CASE("state file: what the standard descriptors were is kept, in their order") {
  State state = sample();
  CHECK(read_state(write_state(state))->external_descriptors.empty());
  state.external_descriptors = {"pipe:[1]", "", "/a \"b\""};
  CHECK(read_state(write_state(state))->external_descriptors == state.external_descriptors);
}
