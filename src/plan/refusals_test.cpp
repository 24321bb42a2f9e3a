// A plan is never guessed: what the reader would not have let through, because it is checked there or because it depends on the
// host, is an error of the compiler too. The config is made by hand.
#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"

namespace {

using plan::samples::minimal;

config::Spec with_users() {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 10}};
  return spec;
}
plan::HostFacts host(std::uint32_t euid = 0) {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.kernel_minor = 1;
  facts.euid = facts.egid = euid;
  facts.rootless = euid != 0;
  facts.permitted_capabilities = facts.bounding_capabilities = 0x1ffffffffff;
  facts.cgroup.mode = plan::CgroupLayout::Mode::v1;
  facts.cgroup.hierarchies = {{"devices", "/sys/fs/cgroup/devices", "/"}, {"name=systemd", "/sys/fs/cgroup/systemd", "/"}};
  return facts;
}
plan::Request request() {
  plan::Request wanted;
  wanted.id = "c1";
  wanted.bundle = "/b";
  wanted.rootfs = "/b/rootfs";
  return wanted;
}
std::string refusal(const config::Spec& spec, const plan::HostFacts& facts = host()) {
  const auto result = plan::compile(spec, facts, request());
  return result ? "" : result.error().what;
}
std::string exec_refusal(const config::User& user, std::uint32_t namespaces = plan::kNewMount | plan::kNewUser) {
  config::Process process;
  process.args = {"ls"};
  process.cwd = "/";
  process.user = user;
  plan::ExecRequest wanted;
  wanted.id = "c1";
  wanted.namespaces = namespaces;
  const auto result = plan::compile_exec(with_users(), process, host(), wanted);
  return result ? "" : result.error().what;
}

}  // namespace

TEST_CASE("refusals: a root, a program, known namespaces") {
  config::Spec spec = minimal();
  spec.root.reset();
  CHECK(refusal(spec) == "root must be specified");
  spec = minimal();
  spec.process->args.clear();
  CHECK(refusal(spec) == "args must not be empty");
  spec = minimal();
  spec.linux_.namespaces.push_back({"soul", ""});
  CHECK(refusal(spec) == "namespace \"soul\" does not exist");
}

TEST_CASE("refusals: words that the kernel has no number for") {
  config::Spec spec = minimal();
  spec.process->scheduler.emplace().policy = "SCHED_SOON";
  CHECK(refusal(spec) == "unknown value \"SCHED_SOON\"");
  spec = minimal();
  spec.process->rlimits = {{"RLIMIT_PATIENCE", 1, 1}};
  CHECK(refusal(spec) == "unknown value \"RLIMIT_PATIENCE\"");
}

TEST_CASE("refusals: a device that no number names") {
  for (const auto& [major, minor] : {std::pair{-1, 0}, std::pair{0x1000, 0}, std::pair{1, -1}, std::pair{1, 0x100000}}) {
    config::Spec spec = minimal();
    spec.linux_.devices = {{"c", "/dev/x", major, minor, {}, {}, {}}};
    CHECK(refusal(spec) == "device \"/dev/x\" needs a major number 0..4095 and a minor number 0..1048575");
  }
}

TEST_CASE("refusals: a name of a kernel parameter stays below /proc/sys") {
  for (const char* name : {"net/../kernel/core_pattern", "net.ipv4./", "../kernel", "net/ipv4//x"}) {
    config::Spec spec = minimal();
    spec.linux_.sysctl = {{name, "1"}};
    CHECK(refusal(spec).ends_with("is no name of a kernel parameter"));
  }
}

TEST_CASE("refusals: a rootless container has its own users, mapped, and no groups but its own") {
  CHECK(refusal(minimal(), host(1000)) == "rootless container requires user namespaces");
  config::Spec spec = with_users();
  spec.linux_.uid_mappings.clear();
  CHECK(refusal(spec, host(1000)) == "rootless containers require at least one UID mapping");
  spec = with_users();
  spec.linux_.gid_mappings.clear();
  CHECK(refusal(spec, host(1000)) == "rootless containers require at least one GID mapping");
  spec = with_users();
  spec.process->user.additional_gids = {5};
  CHECK(refusal(spec, host(1000)) == "cannot set any additional groups in a rootless container");
  CHECK(refusal(spec).empty());
}

TEST_CASE("refusals: what exec becomes must be mapped") {
  CHECK(exec_refusal({.uid = 9, .gid = 9, .umask = {}, .additional_gids = {9}, .username = {}}).empty());
  CHECK(exec_refusal({.uid = 10, .gid = 0, .umask = {}, .additional_gids = {}, .username = {}}) ==
        "cannot setuid to unmapped uid 10 in user namespace");
  CHECK(exec_refusal({.uid = 0, .gid = 10, .umask = {}, .additional_gids = {}, .username = {}}) ==
        "cannot setgid to unmapped gid 10 in user namespace");
  CHECK(exec_refusal({.uid = 0, .gid = 0, .umask = {}, .additional_gids = {0, 10}, .username = {}}) ==
        "cannot setgid to unmapped gid 10 in user namespace");
  CHECK(exec_refusal({}, plan::kNewUser).starts_with("exec into a container without a mount namespace"));
}

TEST_CASE("refusals: a SELinux label is a step of its own where there is SELinux, and an error elsewhere") {
  config::Spec spec = minimal();
  spec.process->selinux_label = "system_u:system_r:container_t:s0";
  CHECK(refusal(spec) == "selinux label is specified in config, but selinux is disabled or not supported");
  plan::HostFacts facts = host();
  facts.selinux = true;
  const auto plan = plan::compile(spec, facts, request());
  REQUIRE(plan);
  const auto steps = plan->view().steps();
  const auto label = std::ranges::find(steps, plan::Kind::set_selinux, &plan::Step::kind);
  REQUIRE(label != steps.end());
  CHECK(plan->view().text(label->text) == "system_u:system_r:container_t:s0");
}

TEST_CASE("refusals: an errno of 16 bits, a filter of 4096 instructions") {
  config::Spec spec = minimal();
  spec.linux_.seccomp.emplace();
  spec.linux_.seccomp->default_action = "SCMP_ACT_ALLOW";
  spec.linux_.seccomp->syscalls = {{{"mkdir"}, "SCMP_ACT_ERRNO", 0x10000, {}}};
  CHECK(refusal(spec) == "seccomp errno 65536 does not fit into 16 bits");
  spec.linux_.seccomp->syscalls.clear();
  for (std::uint64_t value = 0; value < 5000; ++value)
    spec.linux_.seccomp->syscalls.push_back({{"mkdir"}, "SCMP_ACT_ERRNO", {}, {{0, value, 0, "SCMP_CMP_EQ"}}});
  CHECK(refusal(spec).ends_with("instructions, the kernel takes 4096"));
}
