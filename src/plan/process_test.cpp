// What the plan has of a process, and of who looks after it from outside.
#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"
#include "plan/seccomp.h"

namespace {

using plan::Kind;
using plan::samples::minimal;

plan::Plan compiled(const config::Spec& spec) {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.kernel_minor = 1;
  facts.permitted_capabilities = facts.bounding_capabilities = 0x1ffffffffff;
  facts.cgroup.mode = plan::CgroupLayout::Mode::v1;
  facts.cgroup.hierarchies = {{"devices", "/sys/fs/cgroup/devices", "/"}};
  plan::Request request;
  request.id = "c1";
  request.bundle = "/b";
  request.rootfs = "/b/rootfs";
  auto result = plan::compile(spec, facts, request);
  if (!result) FAIL(result.error().what);
  return *std::move(result);
}

const plan::Step& step(const plan::Plan& plan, Kind kind) {
  const auto steps = plan.view().steps();
  const auto found = std::ranges::find(steps, kind, &plan::Step::kind);
  REQUIRE(found != steps.end());
  return *found;
}

}  // namespace

TEST_CASE("process: what exec adds has the request's variables, keyring and filter, and its own labels") {
  config::Spec spec = minimal();
  spec.linux_.seccomp.emplace().default_action = "SCMP_ACT_ALLOW";
  spec.linux_.seccomp->syscalls = {{{"mkdir"}, "SCMP_ACT_ERRNO", {}, {}}};
  config::Process process;
  process.args = {"ls"};
  process.cwd = "/";
  process.env = {"A=1"};
  process.apparmor_profile = "p";
  plan::HostFacts facts;
  facts.apparmor = true;
  struct Kept : plan::FilterCache {
    std::optional<std::vector<plan::Instruction>> find(const std::string&) override { return {{{6, 0, 0, 0x7fff0000}}}; }
    void keep(const std::string&, const std::vector<plan::Instruction>&) override { FAIL("it was found"); }
  } cache;
  plan::ExecRequest wanted;
  wanted.id = "c1";
  wanted.namespaces = plan::kNewMount;
  wanted.extra_env = {"B=2"};
  wanted.preserve_fds = 3;
  wanted.filter_cache = &cache;
  auto compiled = plan::compile_exec(spec, process, facts, wanted);
  REQUIRE(compiled);
  const plan::View view = compiled->view();
  CHECK(compiled->forks_inside);
  CHECK(view.text(step(*compiled, Kind::set_apparmor).text) == "p");
  CHECK(view.text(step(*compiled, Kind::join_keyring).keyring.name) == "_ses.c1");
  CHECK(step(*compiled, Kind::load_seccomp).seccomp.filter.count == 1);
  const auto env = view.array<plan::Text>(step(*compiled, Kind::exec).exec.env);
  REQUIRE(env.size() == 2);
  CHECK(view.text(env[1]) == "B=2");
  CHECK(step(*compiled, Kind::exec).exec.preserved == 3);

  wanted.new_keyring = false;
  compiled = plan::compile_exec(spec, process, facts, wanted);
  CHECK(std::ranges::count(compiled->view().steps(), Kind::join_keyring, &plan::Step::kind) == 0);
}

TEST_CASE("process: hooks that init runs are not the runtime's, too") {
  config::Spec spec = minimal();
  spec.hooks.create_container = spec.hooks.start_container = spec.hooks.poststart = {{"/h", {}, {}, {}}};
  const plan::Plan plan = compiled(spec);
  CHECK(std::ranges::count(plan.view().steps(), Kind::run_hooks, &plan::Step::kind) == 2);
  CHECK(plan.hooks.create_container.empty());
  CHECK(plan.hooks.start_container.empty());
  CHECK(plan.hooks.poststart.size() == 1);
}

TEST_CASE("process: the scheduler's numbers are the config's") {
  config::Spec spec = minimal();
  config::Scheduler& wanted = spec.process->scheduler.emplace();
  wanted.policy = "SCHED_DEADLINE";
  wanted.flags = {"SCHED_FLAG_RESET_ON_FORK"};
  wanted.nice = 3, wanted.priority = 4, wanted.runtime = 5, wanted.deadline = 6, wanted.period = 7;
  const plan::Plan plan = compiled(spec);
  const plan::SetScheduler& set = step(plan, Kind::set_scheduler).scheduler;
  CHECK(set.policy == 6);
  CHECK(set.flags == 1);
  CHECK(set.nice == 3);
  CHECK(set.priority == 4);
  CHECK(set.runtime == 5);
  CHECK(set.deadline == 6);
  CHECK(set.period == 7);
}

TEST_CASE("process: where notifications go is told with a filter that notifies, and only then") {
  config::Spec spec = minimal();
  spec.process->terminal = true;
  config::Seccomp& profile = spec.linux_.seccomp.emplace();
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.syscalls = {{{"mkdir"}, "SCMP_ACT_ERRNO", {}, {}}};
  profile.listener_path = "/run/agent";
  profile.listener_metadata = "words";
  plan::Plan plan = compiled(spec);
  CHECK(plan.terminal);
  CHECK(plan.seccomp_listener_path.empty());
  spec.process->terminal = false;
  profile.syscalls[0].action = "SCMP_ACT_NOTIFY";
  plan = compiled(spec);
  CHECK_FALSE(plan.terminal);
  CHECK(plan.seccomp_listener_path == "/run/agent");
  CHECK(plan.seccomp_listener_metadata == "words");
}

TEST_CASE("process: container root's ids on the host, which own what is made for it") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = {{5, 500, 5}, {0, 100000, 5}};
  spec.linux_.gid_mappings = {{0, 200000, 10}};
  const plan::Plan plan = compiled(spec);
  REQUIRE(plan.id_maps);
  CHECK(plan.id_maps->root_uid == 100000);
  CHECK(plan.id_maps->root_gid == 200000);
}
