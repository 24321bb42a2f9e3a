// plan/compile.cpp: the order of create and run, seen from init; what it asks of the runtime is in handshake/messages.h.
#include "plan/compile.h"

#include "config/version.h"
#include "plan/cgroup.h"

namespace plan {
namespace {

Result<> refuse_unsupported(const config::Spec& spec, const HostFacts& facts, const Request& request) {
  if (!spec.process) return fail("process property must not be empty", "/process");
  if (!spec.root) return fail("root must be specified", "/root");
  if (!spec.linux_.net_devices.empty() && facts.rootless)
    return fail("network devices are not supported for rootless containers", "/linux/netDevices");
  const std::string& propagation = spec.linux_.rootfs_propagation;
  if (request.no_pivot && (propagation == "private" || propagation == "rprivate"))
    return fail("rootfsPropagation of [r]private is not safe without pivot_root", "/linux/rootfsPropagation");
  return {};
}

void warn_of_version(Compiler& c) {
  const auto asked = config::parse_version(c.spec.oci_version), ours = config::parse_version(config::kSpecVersion);
  if (asked && config::is_later_minor(*asked, *ours))
    c.plan.warnings.push_back("ociVersion " + text::quote(c.spec.oci_version) + " is newer than " +
                              std::string(config::kSpecVersion) + ": what came later has no effect");
}

// In the container's namespaces, the host's tree still at "/": all that needs the host's names.
Result<> add_host_root(Compiler& c) {
  add_oom_score(c);
  add_namespaces(c);
  add_root(c);
  TRY(add_mounts(c));
  TRY(add_devices(c));
  // As late as it may be: a group with a small memory limit does not pay for the mounts. No hook may run before it.
  join_cgroup_here(c);
  add_create_hooks(c);
  c.build.add(Kind::enter_root).flags = c.plan.host_mounts ? kChroot : c.request.no_pivot ? kNoPivot : 0;
  return {};
}

// "/" is the container's. What must be writable comes first, then what makes it less so, then what hides it.
Result<> add_own_root(Compiler& c) {
  c.build.enter(Stage::own_root);
  c.build.add(Kind::reopen_null);
  const std::string cwd = text::clean_path(c.process.cwd);
  const Text directory = c.build.text(cwd);
  if (cwd != "/") c.build.add(Kind::make_directory, "/process/cwd").directory = {directory, 0755};
  add_terminal(c, kBindConsole);  // makes /dev/console, so before /dev can become read-only
  add_late_readonly(c);
  add_umask(c);
  add_host_names(c);
  TRY(add_labels(c));
  TRY(add_sysctls(c));  // /proc/sys may be one of the read-only paths
  add_hidden_paths(c);
  return add_privileges_and_scheduling(c);
}

Result<> add_confined(Compiler& c) {
  c.build.enter(Stage::confined);
  TRY(add_confinement(c));
  c.build.add(Kind::ask).ask = {Tell::ready, Await::proceed};
  if (c.request.wait_for_start) {
    const Slot fifo = c.build.descriptor(DescriptorKind::exec_fifo, "", "");
    const Slot answer = c.build.descriptor(DescriptorKind::answer_fifo, "", "");
    c.build.add(Kind::wait_for_start).start = {fifo, answer};
  }
  add_start_hooks(c);
  add_exec(c);
  return {};
}

}  // namespace

Result<Plan> compile(const config::Spec& spec, const HostFacts& facts, const Request& request) {
  TRY(refuse_unsupported(spec, facts, request));
  Compiler c{spec, *spec.process, "/process", facts, request};
  warn_of_version(c);
  TRY(read_namespaces(c));
  TRY(read_process(c));
  c.plan.cgroup = TRY(compile_cgroup(spec, facts, request, c.plan.warnings));
  TRY(add_intel_rdt(c));
  TRY(add_host_root(c));
  TRY(add_own_root(c));
  TRY(add_confined(c));
  c.plan.image = c.build.finish();
  if (!View::check(c.plan.image)) return fail("the compiled plan is not a valid image: this is a fault of minc-oci");
  return std::move(c.plan);
}

}  // namespace plan
