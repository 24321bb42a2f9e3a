#include "container/explain.h"

#include <catch2/catch.hpp>
#include <cstring>

using namespace container;
using handshake::Report;
using handshake::Trouble;

namespace {
config::Spec sample() {
  config::Spec spec;
  spec.oci_version = "1.0.2";
  spec.root = config::Root{"rootfs", false};
  spec.process.emplace();
  spec.process->args = {"/nosuch"};
  spec.process->cwd = "/w";
  for (const char* type : {"pid", "mount"}) spec.linux_.namespaces.push_back({type, ""});
  config::Mount mount;
  mount.destination = "/x";
  mount.source = "/src";
  mount.type = "bind";
  mount.options = {"bind"};
  spec.mounts.push_back(mount);
  return spec;
}
plan::Plan compile(const config::Spec& spec) {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.permitted_capabilities = facts.bounding_capabilities = (std::uint64_t{1} << 41) - 1;
  plan::Request request;
  request.id = "c1";
  request.bundle = "/b";
  request.rootfs = "/b/rootfs";
  request.cgroup_disabled = true;
  auto plan = plan::compile(spec, facts, request);
  REQUIRE(plan);
  return std::move(*plan);
}
Report failed_at(const plan::Plan& plan, plan::Kind kind, int error, Trouble trouble = Trouble::none,
                 std::string_view detail = {}) {
  Report report{};
  report.say = handshake::Say::failed;
  report.error = error;
  report.trouble = trouble;
  report.length = static_cast<std::uint32_t>(detail.size());
  std::memcpy(report.detail.data(), detail.data(), detail.size());
  const auto steps = plan.view().steps();
  while (report.step < steps.size() && steps[report.step].kind != kind) ++report.step;
  REQUIRE(report.step < steps.size());
  return report;
}
}  // namespace

TEST_CASE("explain: a program that is not there, in runc's words and at its place") {
  const plan::Plan plan = compile(sample());
  Error error = explain(plan, failed_at(plan, plan::Kind::find_program, 2), Purpose::create);
  CHECK(
      error.what ==
      "unable to start container process: error during container init: exec: \"/nosuch\": stat /nosuch: no such file or directory");
  CHECK(error.pointer == "/process/args/0");
  error = explain(plan, failed_at(plan, plan::Kind::find_program, 13, Trouble::not_executable), Purpose::exec);
  CHECK(error.what == "unable to start container process: exec: \"/nosuch\": permission denied");
  error = explain(plan, failed_at(plan, plan::Kind::find_program, 2, Trouble::not_found_in_path), Purpose::create);
  CHECK(error.what.ends_with("exec: \"/nosuch\": executable file not found in $PATH"));
}

TEST_CASE("explain: an exec that fails is told bare") {
  const plan::Plan plan = compile(sample());
  const Error error = explain(plan, failed_at(plan, plan::Kind::exec, 2), Purpose::create);
  CHECK(error.what == "exec /nosuch: no such file or directory");
  CHECK(error.bare);
  CHECK(finish(error, "{}", "config.json").what == error.what);
}

TEST_CASE("explain: mounts name source and target, a directory onto a file is what engines look for") {
  const plan::Plan plan = compile(sample());
  Error error = explain(plan, failed_at(plan, plan::Kind::mount_bind, 21, Trouble::target_type), Purpose::create);
  CHECK(error.what ==
        "unable to start container process: error during container init: error mounting \"/src\" to rootfs at \"/x\": mount onto "
        "\"/x\": not a directory");
  error = explain(plan, failed_at(plan, plan::Kind::change_directory, 2), Purpose::create);
  CHECK(error.what.ends_with("chdir to cwd (\"/w\") set in config.json failed: no such file or directory"));
}

TEST_CASE("explain: the container's own words cannot move the reader's cursor, and a step beyond the plan harms nobody") {
  const plan::Plan plan = compile(sample());
  const Error error = explain(plan, failed_at(plan, plan::Kind::mount_bind, 0, Trouble::none, "a\x1b[2Jb"), Purpose::create);
  CHECK(error.what.find('\x1b') == std::string::npos);
  Report report{};
  report.step = 100'000;
  CHECK(explain(plan, report, Purpose::create).what.ends_with("the plan is damaged"));
}

TEST_CASE("explain: a deadline scheduler that may not have all CPUs") {
  config::Spec spec = sample();
  spec.process->scheduler.emplace();
  spec.process->scheduler->policy = "SCHED_DEADLINE";
  plan::Plan plan = compile(spec);
  const Report report = failed_at(plan, plan::Kind::set_scheduler, 1);
  CHECK(explain(plan, report, Purpose::create).hint.empty());
  plan.cgroup.writes.emplace_back().file = "cpuset.cpus";
  CHECK(explain(plan, report, Purpose::create).hint == "process scheduler can't be used together with AllowedCPUs");
}

TEST_CASE("explain: hooks of start, without the plan") {
  Report report{};
  const std::string_view detail = "startContainer hook #1\nout\n";
  report.trouble = Trouble::hook_status;
  report.number = 3;
  report.length = static_cast<std::uint32_t>(detail.size());
  std::memcpy(report.detail.data(), detail.data(), detail.size());
  CHECK(explain_start(report, "sh").what == "error running startContainer hook #1: exit status 3, stdout: , stderr: out\n");
  report = {};
  report.error = 8;
  CHECK(explain_start(report, "/run.sh").what == "exec /run.sh: exec format error");
}

TEST_CASE("finish: place and hint once") {
  Error error{0, "bad", "/process/cwd", "do this"};
  error = finish(std::move(error), "{\n \"process\": {\n  \"cwd\": 1\n }\n}", "config.json");
  CHECK(error.what == "bad (config.json:3:10, at /process/cwd); do this");
  CHECK(finish(error, "", "").what == error.what);
}
