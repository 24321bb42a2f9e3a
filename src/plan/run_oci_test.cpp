// crun's annotations as the plan has them.
#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"

namespace {

using plan::Kind;
using plan::samples::minimal;

plan::HostFacts host() {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.kernel_minor = 12;
  return facts;
}

plan::Plan compiled(const config::Spec& spec, const plan::HostFacts& facts = host()) {
  plan::Request request;
  request.id = "c1";
  request.bundle = "/b";
  request.rootfs = "/b/rootfs";
  request.cgroup_disabled = true;
  auto plan = plan::compile(spec, facts, request);
  if (!plan) FAIL(plan.error().what);
  return *std::move(plan);
}

plan::Step step(const plan::Plan& plan, Kind kind) {
  for (const plan::Step& each : plan.view().steps())
    if (each.kind == kind) return each;
  FAIL("no such step");
  return {};
}

}  // namespace

TEST_CASE("compile: the kind of the context is the annotation's, for mounts and masks") {
  config::Spec spec = minimal();
  spec.linux_.masked_paths = {"/proc/acpi"};
  spec.linux_.mount_label = "system_u:object_r:x_t:s0";
  spec.mounts = {{"/t", {}, "tmpfs", {}, {}, {}}};
  spec.annotations = {{"run.oci.mount_context_type", "rootcontext"}};
  plan::HostFacts facts = host();
  facts.selinux = true;
  const plan::Plan plan = compiled(spec, facts);
  CHECK(plan::describe(plan.view(), step(plan, Kind::mask_path)) == "mask /proc/acpi (rootcontext=system_u:object_r:x_t:s0)");
  CHECK(plan::describe(plan.view(), step(plan, Kind::mount_filesystem)).find("rootcontext=system_u") != std::string::npos);
}

TEST_CASE("compile: original groups stay when the annotation says so") {
  config::Spec spec = minimal();
  const auto flags = [&] { return step(compiled(spec), Kind::set_identity).identity.flags; };
  CHECK(flags() == 0);
  spec.annotations = {{"run.oci.keep_original_groups", "0"}};
  CHECK(flags() == 0);
  spec.annotations[0].second = "1";
  CHECK(flags() == plan::kKeepGroups);
}

TEST_CASE("compile: files for the output of hooks are opened on the host, for those inside") {
  config::Spec spec = minimal();
  spec.annotations = {{"run.oci.hooks.stdout", "/log/out"}};
  const auto files = [&] {
    std::string found;
    const plan::Plan plan = compiled(spec);
    for (const plan::Descriptor& each : plan.view().descriptors())
      if (each.kind == plan::DescriptorKind::hook_output)
        found += std::string(plan.view().text(each.path)) + ' ' + std::string(plan.view().text(each.origin)) + ';';
    return found;
  };
  spec.hooks.prestart = {{"/bin/true", {}, {}, {}}};
  CHECK(files() == "");
  spec.hooks.create_container = {{"/bin/true", {}, {}, {}}};
  CHECK(files() == "/log/out /annotations/run.oci.hooks.stdout;");
  const plan::Plan plan = compiled(spec);
  CHECK(step(plan, Kind::run_hooks).hooks.out >= 0);
  CHECK(step(plan, Kind::run_hooks).hooks.err == -1);
}
