#include <catch2/catch.hpp>

#include "config/samples.h"

namespace {

std::string profile(const std::string& properties) { return config::samples::verdict_linux("\"seccomp\":{" + properties + "}"); }
std::string rule(const std::string& properties, const std::string& more = "") {
  return profile(R"("defaultAction":"SCMP_ACT_ERRNO","syscalls":[{)" + properties + "}]" + more);
}

}  // namespace

TEST_CASE("seccomp: an empty profile is none, rules need a default") {
  CHECK(profile("") == "");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_ALLOW")") == "");
  CHECK(profile(R"("syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}])") ==
        "/linux/seccomp: required property \"defaultAction\" is missing");
}

TEST_CASE("seccomp: words must be known") {
  CHECK(profile(R"("defaultAction":"ALLOW")") == "/linux/seccomp/defaultAction: invalid seccomp action \"ALLOW\"");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","X86"])") ==
        "/linux/seccomp/architectures/1: invalid seccomp architecture \"X86\"");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG","X"])") ==
        "/linux/seccomp/flags/1: invalid seccomp flag \"X\"");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_X")") ==
        "/linux/seccomp/syscalls/0/action: invalid seccomp action \"SCMP_ACT_X\"");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"EQ"}])") ==
        "/linux/seccomp/syscalls/0/args/0/op: invalid seccomp operator \"EQ\"");
}

TEST_CASE("seccomp: an errno goes with an action that has one") {
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":38)") == "");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_TRACE","errnoRet":1)") == "");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","errnoRet":null)") == "");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","errnoRet":1)") ==
        "/linux/seccomp/syscalls/0/errnoRet: errnoRet cannot be given with SCMP_ACT_ALLOW");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":4095)") ==
        "/linux/seccomp/syscalls/0/errnoRet: expected integer 0..4094, found 4095");
  CHECK(rule(R"("names":["read"],"action":"SCMP_ACT_TRACE","errnoRet":65536)") ==
        "/linux/seccomp/syscalls/0/errnoRet: expected integer 0..65535, found 65536");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4094)") == "");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4095)") ==
        "/linux/seccomp/defaultErrnoRet: expected integer 0..4094, found 4095");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_KILL","defaultErrnoRet":1)") ==
        "/linux/seccomp/defaultErrnoRet: defaultErrnoRet cannot be given with SCMP_ACT_KILL");
}

TEST_CASE("seccomp: a rule names calls and arguments that exist") {
  CHECK(rule(R"("names":[],"action":"SCMP_ACT_ALLOW")") == "/linux/seccomp/syscalls/0/names: seccomp rule names no system call");
  CHECK(rule(R"("names":["a",""],"action":"SCMP_ACT_ALLOW")") == "/linux/seccomp/syscalls/0/names/1: empty name of a system call");
  CHECK(rule(R"("names":["no_such_call"],"action":"SCMP_ACT_ALLOW")") == "");
  CHECK(rule(R"("names":["a"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}])") ==
        "/linux/seccomp/syscalls/0/args/0/index: expected argument index 0..5, found 6");
}

TEST_CASE("seccomp: a listener is there for who is notified, and only then has metadata") {
  const std::string notify = R"("names":["mount"],"action":"SCMP_ACT_NOTIFY")";
  CHECK(rule(notify, R"(,"listenerPath":"/run/l","listenerMetadata":"m")") == "");
  CHECK(rule(notify) == "/linux/seccomp: seccomp listenerPath is not set");
  CHECK(rule(notify, R"(,"listenerPath":"l")") == "/linux/seccomp/listenerPath: seccomp listenerPath \"l\" is not absolute");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_ALLOW","listenerMetadata":"m")") ==
        "/linux/seccomp/listenerMetadata: seccomp listenerMetadata is set without listenerPath");
  CHECK(profile(R"("defaultAction":"SCMP_ACT_NOTIFY","listenerPath":"/l")") ==
        "/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY cannot be used as default action");
  CHECK(rule(R"("names":["write","sendmsg"],"action":"SCMP_ACT_NOTIFY")", R"(,"listenerPath":"/l")") == "");
}
