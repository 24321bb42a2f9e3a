#include <catch2/catch.hpp>

#include "config/samples.h"

using namespace config;
using samples::verdict;
using samples::verdict_process;
using samples::verdict_top;

namespace {

std::string without_process_words(const std::string& process) {
  return verdict(R"({"ociVersion":"1.0.0","root":{"path":"r"},"process":)" + process + "}");
}

}  // namespace

TEST_CASE("spec: the version must be a semantic one of major 1") {
  const auto version = [](const std::string& text) {
    return verdict(R"({"ociVersion":)" + text + R"(,"root":{"path":"r"},"process":{"cwd":"/","args":["x"]}})");
  };
  for (const char* good : {R"("1.0.0")", R"("1.0.2-dev")", R"("1.3.0")", R"("1.99.0+build.01")", R"("1.0.0-rc.1+x-y")",
                           R"("1.99999999999999999999.0")"})
    CHECK(version(good) == "");
  CHECK(version(R"("")") == "/ociVersion: ociVersion must be specified");
  CHECK(version("null") == "/ociVersion: ociVersion must be specified");
  for (const char* bad : {R"("1")", R"("1.0")", R"("1.0.0.0")", R"("01.0.0")", R"("1.0.0-")", R"("1.0.0-01")", R"("1.0.0+")",
                          R"("v1.0.0")", R"("1.0.x")"})
    CHECK(version(bad).ends_with("is not a semantic version"));
  CHECK(version(R"("2.0.0")").ends_with("is not supported: this runtime reads 1.x"));
  CHECK(version(R"("0.9.0")").ends_with("is not supported: this runtime reads 1.x"));
}

TEST_CASE("spec: process and root must be there") {
  CHECK(verdict(R"({"ociVersion":"1.0.0"})") == "/process: process property must not be empty");
  CHECK(verdict(R"({"ociVersion":"1.0.0","process":{"cwd":"/","args":["x"]}})") == "/root: root must be specified");
  CHECK(verdict(R"({"ociVersion":"1.0.0","process":{"cwd":"/","args":["x"]},"root":{}})") ==
        "/root/path: root.path must not be empty");
}

TEST_CASE("process: a program and an absolute directory to run it in") {
  CHECK(without_process_words(R"({"args":["x"]})") == "/process/cwd: Cwd property must not be empty");
  CHECK(without_process_words(R"({"args":["x"],"cwd":"tmp"})") == "/process/cwd: Cwd must be an absolute path");
  CHECK(without_process_words(R"({"cwd":"/"})") == "/process/args: args must not be empty");
  CHECK(without_process_words(R"({"cwd":"/","args":[]})") == "/process/args: args must not be empty");
}

TEST_CASE("process: exec's own file has its own pointers") {
  const auto process = read_process(R"({"cwd":"x","args":["sh"]})");
  REQUIRE(process);
  CHECK(samples::in_words(validate_process(*process, "").error()) == "/cwd: Cwd must be an absolute path");
}

TEST_CASE("process: an environment variable has a name and an equals sign") {
  CHECK(verdict_process(R"("env":["A=","B=c=d"])") == "");
  CHECK(verdict_process(R"("env":["A=b","PATH"])") == "/process/env/1: invalid environment variable \"PATH\": missing '='");
  CHECK(verdict_process(R"("env":["=b"])") == "/process/env/0: invalid environment variable: name cannot be empty");
}

TEST_CASE("process: the console's size counts only with a terminal") {
  CHECK(verdict_process(R"("terminal":true,"consoleSize":{"height":65535,"width":65535})") == "");
  CHECK(verdict_process(R"("terminal":true,"consoleSize":{"height":24,"width":65536})") ==
        "/process/consoleSize/width: expected integer 0..65535, found 65536");
  CHECK(verdict_process(R"("consoleSize":{"height":24,"width":65536})") == "");
}

TEST_CASE("process: umask and oom score have their ranges") {
  CHECK(verdict_process(R"("user":{"umask":4095})") == "");
  CHECK(verdict_process(R"("user":{"umask":4096})").starts_with("/process/user/umask: "));
  CHECK(verdict_process(R"("oomScoreAdj":-1000)") == "");
  CHECK(verdict_process(R"("oomScoreAdj":1001)") == "/process/oomScoreAdj: expected integer -1000..1000, found 1001");
}

TEST_CASE("process: limits are known, given once, and soft at most hard") {
  const auto limits = [](const std::string& list) { return verdict_process("\"rlimits\":[" + list + "]"); };
  CHECK(limits(R"({"type":"RLIMIT_NOFILE","soft":5,"hard":5},{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615})") == "");
  CHECK(limits(R"({"type":"NOFILE","soft":5,"hard":5})") == "/process/rlimits/0/type: wrong rlimit value: \"NOFILE\"");
  CHECK(limits(R"({"type":"RLIMIT_CPU","soft":5,"hard":5},{"type":"RLIMIT_CPU","soft":5,"hard":5})") ==
        "/process/rlimits/1/type: duplicated rlimit \"RLIMIT_CPU\"");
  CHECK(limits(R"({"type":"RLIMIT_CPU","soft":6,"hard":5})") ==
        "/process/rlimits/0/soft: soft limit 6 of RLIMIT_CPU is above its hard limit 5");
}

TEST_CASE("process: what a scheduling policy takes is checked with its policy") {
  const auto scheduler = [](const std::string& properties) { return verdict_process("\"scheduler\":{" + properties + "}"); };
  CHECK(scheduler(R"("policy":"SCHED_BATCH","nice":19,"flags":["SCHED_FLAG_RESET_ON_FORK"])") == "");
  CHECK(scheduler(R"("policy":"SCHED_RR","priority":99)") == "");
  CHECK(scheduler(R"("policy":"SCHED_DEADLINE","runtime":1,"deadline":2,"period":3)") == "");
  CHECK(scheduler(R"("nice":1)") == "/process/scheduler: required property \"policy\" is missing");
  CHECK(scheduler(R"("policy":"FIFO")") == "/process/scheduler/policy: invalid scheduler policy \"FIFO\"");
  CHECK(scheduler(R"("policy":"SCHED_OTHER","flags":["X"])") == "/process/scheduler/flags/0: invalid scheduler flag \"X\"");
  CHECK(scheduler(R"("policy":"SCHED_OTHER","nice":20)") == "/process/scheduler/nice: expected nice value -20..19, found 20");
  CHECK(scheduler(R"("policy":"SCHED_OTHER","priority":1)").starts_with("/process/scheduler/priority: "));
  CHECK(scheduler(R"("policy":"SCHED_FIFO")") == "/process/scheduler/priority: expected priority 1..99, found 0");
  CHECK(scheduler(R"("policy":"SCHED_IDLE","deadline":1)") ==
        "/process/scheduler/deadline: deadline can only be given with SCHED_DEADLINE");
}

TEST_CASE("process: io priority and cpu affinity") {
  CHECK(verdict_process(R"("ioPriority":{"class":"IOPRIO_CLASS_RT","priority":7})") == "");
  CHECK(verdict_process(R"("ioPriority":{"class":"RT","priority":7})") ==
        "/process/ioPriority/class: invalid ioPriority class \"RT\"");
  CHECK(verdict_process(R"("ioPriority":{"class":"IOPRIO_CLASS_RT","priority":8})") ==
        "/process/ioPriority/priority: expected priority 0..7, found 8");
  CHECK(verdict_process(R"("execCPUAffinity":{"initial":"0-3, 7","final":""})") == "");
  CHECK(verdict_process(R"("execCPUAffinity":{"final":"3-0"})") == "/process/execCPUAffinity/final: invalid list of CPUs \"3-0\"");
}

TEST_CASE("hooks: every kind has absolute paths and timeouts above zero, also those that run last") {
  for (const char* kind : {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}) {
    const auto hook = [&](const std::string& properties) {
      return verdict_top("\"hooks\":{\"" + std::string(kind) + "\":[{" + properties + "}]}");
    };
    const std::string here = "/hooks/" + std::string(kind) + "/0";
    CHECK(hook(R"("path":"/bin/x","timeout":1)") == "");
    CHECK(hook(R"("path":"/bin/x","args":["y"],"env":[])") == "");
    CHECK(hook(R"("path":"x")") == here + "/path: hook path \"x\" is not absolute");
    CHECK(hook(R"("path":"/x","timeout":0)") == here + "/timeout: hook timeout must be greater than zero, found 0");
    CHECK(hook(R"("path":"/x","timeout":-1)") == here + "/timeout: hook timeout must be greater than zero, found -1");
  }
}

TEST_CASE("annotations: no empty name, only strings") {
  CHECK(verdict_top(R"("annotations":{"a":"","org.systemd.property.X":"15"})") == "");
  CHECK(verdict_top(R"("annotations":{"":"x"})") == "/annotations/: annotation with an empty name");
  CHECK(verdict_top(R"("annotations":{"a":1})") == "/annotations/a: expected string, found integer 1");
}
