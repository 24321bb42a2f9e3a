// Process: the runtime, on the host, with the caller's rights. cgroups(7). The group's files first (what the kernel refuses shows
// there), then the state, then the unit: a crash in between leaves limits that hold and that the next update overwrites.
#include "plan/update.h"

#include "container/container.h"
#include "container/facts.h"
#include "container/intel_rdt.h"
#include "container/refusal.h"
#include "plan/cgroup.h"

namespace container {
namespace {

// The group that exists as the compiler wants it: one directory a hierarchy.
std::vector<plan::CgroupDirectory> directories_of(const cgroup::Group& group) {
  std::vector<plan::CgroupDirectory> directories;
  for (const cgroup::Member& member : group) directories.push_back({member.controllers, member.directory, "/"});
  return directories;
}

Result<plan::CgroupPlan> compile(const Context& context, const cgroup::Group& group, const config::Resources& changed) {
  config::Spec spec;
  spec.linux_.resources = changed;
  const plan::HostFacts facts = TRY(read_facts(context, spec));
  plan::CgroupPlan plan;
  plan.enabled = true;
  plan.mode = facts.cgroup.mode;
  plan.directories = directories_of(group);
  std::vector<std::string> warnings;
  plan.writes = TRY(plan::compile_resources(changed, facts, plan.directories, warnings));
  if (group.empty() && !plan.writes.empty()) return fail("cannot set limits: container could not join or create cgroup");
  for (const std::string& warning : warnings) context.warn(warning);
  return plan;
}

// What the control groups say already comes last, so that all can be put back.
Result<> record(const Store& store, const Entry& entry, const State& state, const config::Resources& kept,
                const std::vector<std::string>& rdt_schemata) {
  std::vector<plan::RdtPlan::Schema> schemata;
  for (const std::string& line : rdt_schemata) schemata.push_back({line, ""});
  TRY(write_rdt(state, schemata));
  return store.save_limits(entry, kept);
}

Result<> change(const Context& context, const std::string& id, const config::Resources& asked,
                const std::vector<std::string>& rdt_schemata) {
  const Store store(context.root);
  Entry entry = TRY(store.open(id));
  TRY(store.lock(entry));
  const State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status == Status::stopped || status == Status::creating) return not_running(id, status);
  const config::Resources old = TRY(store.load_limits(entry));
  const plan::Update update = plan::update_resources(old, asked);
  plan::CgroupPlan plan = TRY(compile(context, state.cgroup, update.changed));
  // systemd writes the files of its units again when it likes, so it has to know.
  std::vector<plan::UnitProperty> properties;
  if (!state.unit.empty()) properties = plan::limit_properties(plan.mode, plan.writes);
  std::vector<cgroup::Former> former;
  TRY(cgroup::update(plan, former));
  auto kept = record(store, entry, state, update.kept, rdt_schemata);
  if (kept) {
    kept = cgroup::set_unit_properties(state.systemd_unit(), properties);
    if (!kept) (void)store.save_limits(entry, old);
  }
  if (!kept && !cgroup::put_back(former))
    context.warn("the limits could neither be kept nor all be changed back: what state and control groups say may differ");
  return kept;
}

}  // namespace

Result<> update(const Context& context, const std::string& id, const config::Resources& asked,
                const std::vector<std::string>& rdt_schemata) {
  auto changed = change(context, id, asked, rdt_schemata);
  if (changed) return changed;
  Error error = std::move(changed).error();
  constexpr std::string_view kPrefix = "/linux/resources";
  if (error.pointer.starts_with(kPrefix)) error.pointer.erase(0, kPrefix.size());
  return std::unexpected(std::move(error));
}

}  // namespace container
