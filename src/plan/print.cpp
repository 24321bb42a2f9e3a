// plan/print.cpp: a whole plan for people (print_text, what golden tests compare) and for programs (print_json).
#include <algorithm>

#include "config/names.h"
#include "plan/bus_value.h"
#include "plan/compile.h"
#include "plan/words.h"

namespace plan {
namespace {

// When the runtime does something: before there is an init, at the step in which init waits for it, or when init is done.
enum class When { before, maps, network, cgroup, hooks, listener, ready, after };

// One fact of the host's part: "what: words [origin]".
struct Line {
  std::string what, words, origin;
  When when = When::before;
};

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(text::quote(word));
  return line;
}

void append_map(std::vector<Line>& lines, std::string_view file, std::string_view content, std::string_view origin) {
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    lines.push_back({std::string(file), std::string(content.substr(begin, end - begin)), std::string(origin), When::maps});
    begin = end + 1;
  }
}

void append_id_maps(std::vector<Line>& lines, const Plan& plan) {
  if (!plan.id_maps) return;
  append_map(lines, "uid_map", plan.id_maps->uid_map, "/linux/uidMappings");
  if (plan.id_maps->deny_setgroups) lines.push_back({"setgroups", "deny", "", When::maps});
  append_map(lines, "gid_map", plan.id_maps->gid_map, "/linux/gidMappings");
  if (plan.id_maps->use_helpers) lines.push_back({"id maps by", "newuidmap, newgidmap", "", When::maps});
}

// One line a map: "0 100000 65536, 70000 1 1".
std::string in_one_line(std::string_view map) {
  std::string line(map.substr(0, map.empty() ? 0 : map.size() - 1));
  for (std::size_t at = 0; (at = line.find('\n', at)) != line.npos; ++at) line.replace(at, 1, ", ");
  return line;
}

void append_mount_maps(std::vector<Line>& lines, const Plan& plan) {
  for (const MountIdMap& map : plan.mount_id_maps) {
    const std::string ids = map.user_namespace.empty() ? "uid " + in_one_line(map.uid_map) + "; gid " + in_one_line(map.gid_map)
                                                       : "as " + map.user_namespace;
    lines.push_back(
        {"ids of the mount in step " + std::to_string(map.step), ids + (map.recursive ? " (and below it)" : ""), map.pointer});
  }
}

std::string device_number(std::int64_t number) { return number < 0 ? "*" : std::to_string(number); }

void append_write(std::vector<Line>& lines, When when, const CgroupPlan& cgroup, const CgroupWrite& write) {
  std::string words = write.directory < cgroup.directories.size() ? cgroup.directories[write.directory].directory() : "";
  words.append("/").append(write.file).append(" = ").append(write.value);
  if (write.ignore_missing) words += " (if it is there)";
  if (write.instead) words += " (if the one before is not there)";
  if (write.usage_bound != 0) words += " (while less than " + std::to_string(write.usage_bound) + " is used)";
  lines.push_back({"write", std::move(words), write.pointer, when});
}

// systemd makes the group when it has a process to put there; else it is there before init, which is born in it.
void append_cgroup(std::vector<Line>& lines, const CgroupPlan& cgroup) {
  if (!cgroup.enabled) return;
  const When made = cgroup.unit ? When::cgroup : When::before;
  if (cgroup.unit) {
    lines.push_back({cgroup.unit->user_manager ? "unit of the user's systemd" : "unit of systemd", cgroup.unit->name,
                     "/linux/cgroupsPath", made});
    for (const UnitProperty& property : cgroup.unit->properties)
      lines.push_back({"property", property.name + " = " + show(property.value), "", made});
    if (!cgroup.unit->subgroup.empty())
      lines.push_back(
          {"subgroup of the unit", cgroup.unit->subgroup, text::pointer("/annotations", config::kSystemdSubgroup), made});
  }
  for (const CgroupDirectory& entry : cgroup.directories)
    lines.push_back({"cgroup", entry.directory() + (entry.controllers.empty() ? "" : " (" + entry.controllers + ')'),
                     "/linux/cgroupsPath", made});
  if (cgroup.ignore_denied) lines.push_back({"cgroup", "none where permission is denied", "", made});
  if (cgroup.own_uid != ~std::uint64_t{0}) lines.push_back({"cgroup owner", std::to_string(cgroup.own_uid), "", made});
  for (const CgroupWrite& write : cgroup.writes_before_join) append_write(lines, made, cgroup, write);
  for (const CgroupWrite& write : cgroup.writes) append_write(lines, When::cgroup, cgroup, write);
  for (const CgroupPlan::DeviceRule& rule : cgroup.device_rules)  // an eBPF program; v1 has them among the writes
    lines.push_back(
        {rule.allow ? "allow device" : "deny device",
         std::string(1, rule.type) + ' ' + device_number(rule.major) + ':' + device_number(rule.minor) + ' ' + rule.access, "",
         When::cgroup});
  if (cgroup.delegated.empty()) return;
  const bool given = cgroup.delegated_uid != ~std::uint64_t{0};
  lines.push_back({"delegated cgroup below",
                   cgroup.delegated + (given ? " (owner " + std::to_string(cgroup.delegated_uid) + ')' : ""),
                   text::pointer("/annotations", config::kDelegateCgroup), When::ready});
}

void append_rdt(std::vector<Line>& lines, const RdtPlan& rdt) {
  if (rdt.directory.empty()) return;
  using enum RdtPlan::Group;
  const std::string made = rdt.group == ready ? " (must be there)" : " (made if it is not there)";
  lines.push_back({"resctrl group", rdt.directory + made, "/linux/intelRdt/closID"});
  if (!rdt.monitor.empty()) lines.push_back({"resctrl monitoring group", rdt.monitor, "/linux/intelRdt/enableMonitoring"});
  const std::string compared = rdt.group == shared ? " (or compare, if the group is there)" : "";
  for (const RdtPlan::Schema& schema : rdt.schemata)
    lines.push_back({"write", rdt.directory + "/schemata = " + schema.line + compared, schema.pointer});
}

std::string limit_value(std::uint64_t value) { return value == ~std::uint64_t{0} ? "unlimited" : std::to_string(value); }

void append_limits(std::vector<Line>& lines, const std::vector<ResourceLimit>& limits) {
  for (const ResourceLimit& limit : limits)
    lines.push_back({"limit",
                     std::string(config::name_of(config::kRlimits, static_cast<std::uint32_t>(limit.resource))) + " soft " +
                         limit_value(limit.soft) + " hard " + limit_value(limit.hard),
                     limit.pointer, When::ready});
}

void append_hooks(std::vector<Line>& lines, const std::vector<config::Hook>& hooks, std::string_view kind, When when) {
  for (std::size_t i = 0; i < hooks.size(); ++i)
    lines.push_back({std::string(kind) + " hook", hooks[i].path + (hooks[i].args.empty() ? "" : ' ' + joined(hooks[i].args)),
                     text::pointer("/hooks", kind, i), when});
}

void append_descriptors(std::vector<Line>& lines, const View& view) {
  std::size_t slot = 0;
  for (const Descriptor& entry : view.descriptors()) {
    std::string words(descriptor_name(entry.kind));
    if (entry.path) words.append(" ").append(view.text(entry.path));
    lines.push_back({"descriptor " + std::to_string(slot++), words, std::string(view.text(entry.origin))});
  }
}

// In the order in which it happens.
std::vector<Line> host_lines(const Plan& plan) {
  std::vector<Line> lines;
  for (const std::string& warning : plan.warnings) lines.push_back({"warning", warning, ""});
  append_cgroup(lines, plan.cgroup);
  append_rdt(lines, plan.rdt);
  append_descriptors(lines, plan.view());
  append_mount_maps(lines, plan);
  if (plan.reset_cpu_affinity) lines.push_back({"processors", "all that the cgroup allows", ""});
  if (plan.clone_flags != 0) lines.push_back({"clone", clone_flag_names(plan.clone_flags), "/linux/namespaces"});
  append_id_maps(lines, plan);
  for (const NetDeviceMove& device : plan.net_devices)
    lines.push_back({"network device", device.host_name + (device.name == device.host_name ? "" : " as " + device.name),
                     device.pointer, When::network});
  if (!plan.exec_affinity_initial.empty())
    lines.push_back({"processors at first", plan.exec_affinity_initial, "/execCPUAffinity/initial", When::cgroup});
  if (!plan.exec_affinity_final.empty())
    lines.push_back({"processors", plan.exec_affinity_final, "/execCPUAffinity/final", When::cgroup});
  append_hooks(lines, plan.hooks.prestart, "prestart", When::hooks);
  append_hooks(lines, plan.hooks.create_runtime, "createRuntime", When::hooks);
  if (!plan.seccomp_listener_path.empty())
    lines.push_back({"seccomp listener", plan.seccomp_listener_path, "/linux/seccomp/listenerPath", When::listener});
  append_limits(lines, plan.limits);
  append_hooks(lines, plan.hooks.poststart, "poststart", When::after);
  append_hooks(lines, plan.hooks.poststop, "poststop", When::after);
  std::ranges::stable_sort(lines, {}, &Line::when);
  return lines;
}

bool is_for(const Step& step, When when) {
  const auto asks = [&](Await await) { return step.kind == Kind::ask && step.ask.await == await; };
  switch (when) {
    case When::maps:
      return asks(Await::id_maps_written);
    case When::network:
      return step.kind == Kind::hand_out_network;
    case When::cgroup:
      return asks(Await::cgroup_ready);
    case When::hooks:
      return asks(Await::hooks_done);
    case When::listener:
      return step.kind == Kind::load_seccomp;
    case When::ready:
      return asks(Await::proceed);
    case When::before:
    case When::after:
      break;
  }
  return false;
}

// "before init", "at step 12", "after init".
std::string moment(const View& view, When when) {
  if (when == When::before) return "before init";
  std::size_t number = 0;
  for (const Step& step : view.steps()) {
    if (is_for(step, when)) return "at step " + std::to_string(number);
    ++number;
  }
  return "after init";
}

void append_texts(std::vector<std::string>& details, std::string_view what, const View& view, Range range) {
  for (const Text each : view.array<Text>(range)) details.push_back(std::string(what) + ' ' + text::quote(view.text(each)));
}

void append_json(std::string& json, std::string_view key, std::string_view value) {
  json.append(json.back() == '{' ? "" : ",").append(text::json_string(key)).append(":").append(text::json_string(value));
}

std::string json_line(const View& view, const Line& line) {
  std::string json = "{";
  append_json(json, "when", moment(view, line.when));
  append_json(json, "what", line.what);
  append_json(json, "value", line.words);
  if (!line.origin.empty()) append_json(json, "origin", line.origin);
  return json + '}';
}

std::string json_step(const Plan& plan, const Step& step) {
  const View view = plan.view();
  std::string json = "{";
  append_json(json, "stage", stage_name(step.stage));
  append_json(json, "kind", kind_name(step.kind));
  append_json(json, "description", describe(view, step));
  if (step.origin) append_json(json, "origin", view.text(step.origin));
  const std::vector<std::string> details = step_details(plan, step);
  if (details.empty()) return json + '}';
  json += ",\"details\":[";
  for (const std::string& detail : details) json.append(json.back() == '[' ? "" : ",").append(text::json_string(detail));
  return json + "]}";
}

}  // namespace

std::vector<std::string> step_details(const Plan& plan, const Step& step) {
  const View view = plan.view();
  std::vector<std::string> details;
  if (step.kind == Kind::load_seccomp) details = plan.seccomp_rules;
  if (step.kind == Kind::run_hooks) {
    for (const Hook& hook : view.array<Hook>(step.hooks.hooks)) {
      details.push_back(std::string(view.text(hook.name)));
      append_texts(details, "argument", view, hook.args);
      append_texts(details, "variable", view, hook.env);
      if (hook.timeout_seconds != 0) details.push_back("timeout " + std::to_string(hook.timeout_seconds) + " s");
    }
    details.push_back("state " + std::string(view.text(step.hooks.state_before_pid)) + "PID" +
                      std::string(view.text(step.hooks.state_after_pid)));
  }
  if (step.kind == Kind::exec) {
    append_texts(details, "argument", view, step.exec.args);
    append_texts(details, "variable", view, step.exec.env);
    if ((step.exec.flags & kFindHome) != 0)
      details.push_back("HOME of uid " + std::to_string(step.exec.home_uid) + " in the container's passwd");
    if (step.exec.preserved != 0) details.push_back("descriptors 3 to " + std::to_string(2 + step.exec.preserved) + " stay open");
  }
  return details;
}

std::string print_text(const Plan& plan) {
  const View view = plan.view();
  std::string page;
  const std::vector<Line> lines = host_lines(plan);
  const Line* last = nullptr;
  for (const Line& line : lines) {
    if (last == nullptr || last->when != line.when) page.append("host, ").append(moment(view, line.when)).append(":\n");
    last = &line;
    page.append("  ").append(line.what).append(": ").append(line.words);
    if (!line.origin.empty()) page.append("  [").append(line.origin).append("]");
    page += '\n';
  }
  const Stage* stage = nullptr;
  std::size_t number = 0;
  for (const Step& step : view.steps()) {
    if (stage == nullptr || *stage != step.stage) page.append("init, ").append(stage_name(step.stage)).append(":\n");
    stage = &step.stage;
    const std::string digits = std::to_string(number++);
    page.append(digits.size() < 3 ? 3 - digits.size() : 0, ' ').append(digits).append("  ").append(describe(view, step));
    if (step.origin) page.append("  [").append(view.text(step.origin)).append("]");
    page += '\n';
    for (const std::string& detail : step_details(plan, step)) page.append("       ").append(detail).append("\n");
  }
  return page;
}

std::string print_json(const Plan& plan) {
  std::string json = "{\"host\":[";
  for (const Line& line : host_lines(plan)) json.append(json.back() == '[' ? "" : ",").append(json_line(plan.view(), line));
  json += "],\"steps\":[";
  for (const Step& step : plan.view().steps()) json.append(json.back() == '[' ? "" : ",").append(json_step(plan, step));
  return text::indent_json(json + "]}", "  ") + '\n';
}

}  // namespace plan
