// plan/intel_rdt.cpp: linux.intelRdt → a group of the resctrl filesystem. The kernel's Documentation/filesystems/resctrl.rst.
#include "plan/compile.h"

namespace plan {
namespace {

constexpr char kHere[] = "/linux/intelRdt";

Result<> check_host(const config::IntelRdt& rdt, const Resctrl& host) {
  if (host.mount_point.empty())
    return fail("intelRdt is specified in config, but Intel RDT is not enabled", kHere,
                "no resctrl filesystem is mounted: mount -t resctrl resctrl /sys/fs/resctrl");
  if (!rdt.l3_cache_schema.value_or("").empty() && !host.l3)
    return fail("intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled",
                text::pointer(kHere, "l3CacheSchema"));
  if (!rdt.mem_bw_schema.value_or("").empty() && !host.mb)
    return fail("intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled",
                text::pointer(kHere, "memBwSchema"));
  return {};
}

// The order is the specification's: what is written later wins.
std::vector<RdtPlan::Schema> schemata_of(const config::IntelRdt& rdt) {
  std::vector<RdtPlan::Schema> schemata;
  const auto add = [&schemata](const std::string& line, std::string pointer) {
    if (!line.empty()) schemata.push_back({line, std::move(pointer)});
  };
  add(rdt.l3_cache_schema.value_or(""), text::pointer(kHere, "l3CacheSchema"));
  add(rdt.mem_bw_schema.value_or(""), text::pointer(kHere, "memBwSchema"));
  for (std::size_t i = 0; i < rdt.schemata.size(); ++i) add(rdt.schemata[i], text::pointer(kHere, "schemata", i));
  return schemata;
}

}  // namespace

Result<> add_intel_rdt(Compiler& c) {
  if (!c.spec.linux_.intel_rdt) return {};
  const config::IntelRdt& rdt = *c.spec.linux_.intel_rdt;
  TRY(check_host(rdt, c.facts.resctrl));
  RdtPlan& plan = c.plan.rdt;
  plan.schemata = schemata_of(rdt);
  const std::string closid = rdt.clos_id.value_or("");
  const std::string& mount_point = c.facts.resctrl.mount_point;
  plan.directory = closid == "/" ? mount_point : mount_point + '/' + (closid.empty() ? c.request.id : closid);
  plan.group = closid.empty() ? RdtPlan::Group::own : plan.schemata.empty() ? RdtPlan::Group::ready : RdtPlan::Group::shared;
  if (rdt.enable_monitoring) plan.monitor = plan.directory + "/mon_groups/" + c.request.id;
  return {};
}

}  // namespace plan
