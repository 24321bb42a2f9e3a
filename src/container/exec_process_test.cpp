#include "container/exec_process.h"

#include <catch2/catch.hpp>

using namespace container;

namespace {
config::Spec sample() {
  config::Spec spec;
  spec.process.emplace();
  spec.process->args = {"sh"};
  spec.process->terminal = true;
  spec.process->env = {"A=1"};
  spec.process->cwd = "/";
  spec.process->user.gid = 7;
  spec.process->capabilities.emplace();
  spec.process->capabilities->inheritable = {"CAP_CHOWN"};
  return spec;
}
ExecOptions options() {
  ExecOptions given;
  given.args = {"id"};
  return given;
}
}  // namespace

TEST_CASE("exec: a user is one or two numbers, whole and in range") {
  ExecOptions given = options();
  for (const char* bad : {"x", "1x", "-1", "", "4294967296", "4294967295", "1:", "1:x", " 1"}) {
    given.user = bad;
    CHECK_FALSE(exec_process(sample(), given));
  }
  given.user = "x:1";
  CHECK(exec_process(sample(), given).error().what == "bad uid: strconv.Atoi: parsing \"x\": invalid syntax");
  given.user = "5";
  CHECK(exec_process(sample(), given)->user.gid == 7);
  given.user = "4294967294:3";
  const auto process = exec_process(sample(), given);
  REQUIRE(process);
  CHECK(process->user.uid == 4294967294U);
  CHECK(process->user.gid == 3);
}

TEST_CASE("exec: --cap raises what the process has, not what it hands on") {
  ExecOptions given = options();
  given.capabilities = {"CAP_KILL", "CAP_KILL"};
  const auto process = exec_process(sample(), given);
  REQUIRE(process);
  const std::vector<std::string> kill{"CAP_KILL"};
  CHECK(process->capabilities->bounding == kill);
  CHECK(process->capabilities->effective == kill);
  CHECK(process->capabilities->permitted == kill);
  CHECK(process->capabilities->inheritable == std::vector<std::string>{"CAP_CHOWN"});
  CHECK(process->capabilities->ambient.empty());
}

TEST_CASE("exec: --cap of an inheritable capability makes it ambient") {
  ExecOptions given = options();
  given.capabilities = {"CAP_CHOWN", "CAP_CHOWN", "CAP_KILL"};
  const auto process = exec_process(sample(), given);
  REQUIRE(process);
  CHECK(process->capabilities->ambient == std::vector<std::string>{"CAP_CHOWN"});
  CHECK(process->capabilities->inheritable == std::vector<std::string>{"CAP_CHOWN"});
}

TEST_CASE("exec: terminal is the command line's, env is appended") {
  ExecOptions given = options();
  given.env = {"B=2"};
  const auto process = exec_process(sample(), given);
  REQUIRE(process);
  CHECK_FALSE(process->terminal);
  CHECK(process->env == std::vector<std::string>{"A=1", "B=2"});
  given.args.clear();
  CHECK(exec_process(sample(), given).error().what == "exec args cannot be empty");
}

TEST_CASE("exec --cgroup: groups below the container's own, by controller") {
  const cgroup::Group own{
      {"cpu,cpuacct", "/sys/fs/cgroup/cpu/c", {}}, {"pids", "/sys/fs/cgroup/pids/c", {}}, {"", "/sys/fs/cgroup/unified/c", {}}};
  CHECK(choose_group(own, {}).value().size() == 3);
  CHECK(choose_group(own, {}, "a/b").value()[2].directory == "/sys/fs/cgroup/unified/c/a/b");
  CHECK(choose_group(own, {"/x"}, "a/b").value()[2].directory == "/sys/fs/cgroup/unified/c/x");
  CHECK(choose_group(own, {"cpuacct,pids:/a"}).value()[0].directory == "/sys/fs/cgroup/cpu/c/a");
  CHECK(choose_group(own, {"cpuacct,pids:/a"}).value()[1].directory == "/sys/fs/cgroup/pids/c/a");
  CHECK(choose_group(own, {"/x"}).value()[2].directory == "/sys/fs/cgroup/unified/c/x");
  CHECK(choose_group(own, {"/"}).value()[2].directory == "/sys/fs/cgroup/unified/c");
  CHECK(choose_group(own, {"pids:../d"}).error().what == "bad sub cgroup path: ../d");
  CHECK(choose_group(own, {"foo:/a"}).error().what == "unknown controller foo in SubCgroupPaths");
  CHECK(choose_group(own, {",pids:/a"}).error().what == "invalid --cgroup argument: ,pids:/a (empty <controller> prefix)");
  CHECK(choose_group(own, {"pids:/a", "/b"}).error().what == "invalid --cgroup argument: /b (missing <controller>: prefix)");
  CHECK(choose_group(own, {"pids:/a", "pids:/b"}).error().what ==
        "invalid --cgroup argument(s): controller pids specified multiple times");
}
