// plan/compile_exec.cpp: the order of exec: a second process for a container that exists.
#include "plan/compile.h"

namespace plan {
namespace {

Request as_request(const ExecRequest& exec) {
  Request request;
  request.id = exec.id;
  request.new_keyring = exec.new_keyring;
  request.preserve_fds = exec.preserve_fds;
  request.extra_env = exec.extra_env;
  request.filter_cache = exec.filter_cache;
  return request;
}

// Two processes: the one that joins still shows the host's root, so it is never visible in the container; its child, the
// program to be, is born inside and has nothing of the host.
void add_joins(Compiler& c, const std::vector<std::string>& tasks) {
  add_oom_score(c);
  const Slot container = c.build.descriptor(DescriptorKind::container, "", "");
  c.build.add(Kind::join_namespace).join = {container, c.namespaces.joined, kByPidfd};
  if (c.namespaces.joins(kNewUser)) c.build.add(Kind::become_root);
  join_cgroups(c, tasks);  // before the fork: the child is born in the group
  c.build.add(Kind::fork_inside);
  c.plan.forks_inside = true;
  c.build.add(Kind::new_session);
  add_keyring(c);
}

// The same facilities as for the container's first process, less what was done to its root.
Result<> add_own_root(Compiler& c) {
  c.build.enter(Stage::own_root);
  add_terminal(c, 0);
  add_umask(c);
  TRY(add_labels(c));
  return add_privileges_and_scheduling(c);
}

void read_affinity(Compiler& c) {
  const config::CpuAffinity affinity = c.process.exec_cpu_affinity.value_or(config::CpuAffinity{});
  c.plan.exec_affinity_initial = affinity.initial;
  c.plan.exec_affinity_final = affinity.final;
  c.plan.reset_cpu_affinity = affinity.initial.empty() && affinity.final.empty();
}

}  // namespace

Result<Plan> compile_exec(const config::Spec& spec, const config::Process& process, const HostFacts& facts,
                          const ExecRequest& exec) {
  if ((exec.namespaces & kNewMount) == 0)
    return fail("exec into a container without a mount namespace is not supported by this version");
  const Request request = as_request(exec);
  Compiler c{spec, process, "", facts, request};
  c.namespaces.joined = exec.namespaces;
  TRY(read_process(c));
  read_affinity(c);
  add_joins(c, exec.cgroup_tasks);
  TRY(add_own_root(c));
  c.build.enter(Stage::confined);
  TRY(add_confinement(c));
  c.build.add(Kind::ask).ask = {Tell::ready, Await::proceed};
  add_exec(c);
  c.plan.image = c.build.finish();
  if (!View::check(c.plan.image)) return fail("the compiled plan is not a valid image: this is a fault of minc-oci");
  return std::move(c.plan);
}

}  // namespace plan
