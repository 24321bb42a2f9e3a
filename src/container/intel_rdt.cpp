// Process: the runtime, on the host, with the caller's rights.
#include "container/intel_rdt.h"

#include <charconv>
#include <map>

#include "cgroup/tree.h"
#include "container/files.h"
#include "support/mountinfo.h"
#include "support/text.h"

namespace container {
namespace {

constexpr int kEnoent = 2;
constexpr const char* kUsual = "/sys/fs/resctrl";
constexpr std::size_t kMaxMountinfo = 16U << 20;

bool is_there(const std::string& path) { return sys::faccessat(AT_FDCWD, path.c_str(), F_OK, 0).has_value(); }

std::string find_mount_point(std::string_view table) {
  while (const auto line = mountinfo::next(table))
    if (line->type == "resctrl") return mountinfo::unescape(line->point);
  return {};
}

// ---- schemata ---------------------------------------------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// "L3:0=ff;1=f0" → take("L3", "0", "ff"), take("L3", "1", "f0").
template <class Take>
void read_schema(std::string_view line, Take&& take) {
  const std::size_t colon = line.find(':');
  const std::string_view resource = trimmed(line.substr(0, colon));
  std::string_view rest = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const std::size_t equals = entry.find('=');
    if (equals != entry.npos) take(resource, trimmed(entry.substr(0, equals)), trimmed(entry.substr(equals + 1)));
  }
}

using Key = std::pair<std::string, std::string>;  // resource, id of its cache
using Values = std::map<Key, std::string>;

Values read_schemata(std::string_view file) {
  Values values;
  while (!file.empty()) {
    const std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(line.size() + 1, file.size()));
    read_schema(line, [&values](auto resource, auto id, auto value) { values[{std::string(resource), std::string(id)}] = value; });
  }
  return values;
}

// Masks are hexadecimal, bandwidths decimal.
bool same_value(std::string_view resource, std::string_view there, std::string_view wanted, std::uint64_t bandwidth_step) {
  const int base = resource.starts_with("MB") ? 10 : 16;
  const auto number = [base](std::string_view text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc{} && end == text.data() + text.size();
  };
  std::uint64_t one = 0, other = 0;
  if (!number(there, one) || !number(wanted, other)) return there == wanted;
  if (one == other) return true;
  return base == 10 && bandwidth_step > 1 && one == (other + bandwidth_step - 1) / bandwidth_step * bandwidth_step;
}

// ---- groups -----------------------------------------------------------------------------------------------------------

// A group is the mount point or right below it.
std::string mount_point_of(const std::string& group) {
  return is_there(group + "/info") ? group : group.substr(0, group.rfind('/'));
}

// resctrl says in a file what it did not like.
std::unexpected<Error> refused(const std::string& doing, sys::Errno error, const std::string& group, const std::string& pointer) {
  cgroup::Tree tree;
  const auto status = tree.read(mount_point_of(group) + "/info/last_cmd_status");
  return fail(doing, error, pointer, status && !status->empty() && *status != "ok" ? "last_cmd_status: " + *status : "");
}

Result<> write_lines(const std::string& group, const std::vector<plan::RdtPlan::Schema>& schemata) {
  cgroup::Tree tree;
  for (const plan::RdtPlan::Schema& schema : schemata)
    if (const auto written = tree.write(group + "/schemata", schema.line + '\n'); !written)
      return refused("intelrdt: unable to write \"" + schema.line + "\" to " + group + "/schemata", written.error(), group,
                     schema.pointer);
  return {};
}

Result<> compare(const plan::RdtPlan& plan) {
  cgroup::Tree tree;
  const std::string path = plan.directory + "/schemata";
  const auto file = TRY_DOING("open " + path, tree.open(path, O_RDONLY));
  const std::string there = TRY_DOING("read " + path, cgroup::read_all(file.get()));
  std::uint64_t step = 0;
  if (const auto text = tree.read(mount_point_of(plan.directory) + "/info/MB/bandwidth_gran"))
    step = text::parse_unsigned(*text, ~0U).value_or(0);
  const plan::RdtPlan::Schema* schema = unlike_rdt(there, plan.schemata, step);
  if (schema == nullptr) return {};
  return fail("intelRdt: group " + plan.directory + " exists and has other schemata than " + text::quote(schema->line),
              schema->pointer, "without schemata the container is put into the group as it is");
}

Result<> make_group(const plan::RdtPlan& plan, State& state) {
  using enum plan::RdtPlan::Group;
  const bool missing = plan.group == shared || (plan.group == own && state.rdt_group_ours);
  if (plan.group == ready || (plan.group == own && !missing)) return write_lines(plan.directory, plan.schemata);
  cgroup::Tree tree;
  const auto made = tree.make_directory(plan.directory);
  if (!made) state.rdt_group_ours = false;
  if (made.code() == 17 /* EEXIST */ && plan.group == shared) return compare(plan);
  if (!made) return refused("mkdir " + plan.directory, made.error(), plan.directory, "/linux/intelRdt");
  auto written = write_lines(plan.directory, plan.schemata);
  if (!written && plan.group == shared) (void)tree.remove_directory(plan.directory);  // nobody else's yet
  return written;
}

Result<> enter(const std::string& group, int pid) {
  if (group.empty()) return {};
  cgroup::Tree tree;
  const auto written = tree.write(group + "/tasks", std::to_string(pid));
  if (written || written.code() == kEnoent) return {};
  return refused("intelrdt: unable to add pid " + std::to_string(pid) + " to " + group, written.error(), group, "/linux/intelRdt");
}

Result<> remove_group(const std::string& group) {
  cgroup::Tree tree;
  const auto removed = tree.remove_directory(group);
  if (!removed && removed.code() != kEnoent) return fail("rmdir " + group, removed.error());
  return {};
}

}  // namespace

Result<plan::Resctrl> find_resctrl() {
  plan::Resctrl found;
  found.mount_point = kUsual;  // an empty directory of sysfs, until somebody mounts it
  if (!is_there(found.mount_point + "/schemata"))
    found.mount_point =
        find_mount_point(TRY_DOING("read /proc/self/mountinfo", read_whole(AT_FDCWD, "/proc/self/mountinfo", kMaxMountinfo)));
  if (found.mount_point.empty()) return found;
  found.l3 = is_there(found.mount_point + "/info/L3") || is_there(found.mount_point + "/info/L3CODE");  // two with CDP
  found.mb = is_there(found.mount_point + "/info/MB");
  return found;
}

Result<> look_for_rdt(const plan::RdtPlan& plan, State& state) {
  if (plan.directory.empty()) return {};
  using enum plan::RdtPlan::Group;
  const bool there = is_there(plan.directory);
  if (plan.group == ready && !there)
    return fail("intelRdt: group " + plan.directory + " does not exist", "/linux/intelRdt/closID",
                "a closID without schemata must have been set up before");
  if (plan.group == shared && there) TRY(compare(plan));
  state.rdt_group = plan.directory;
  state.rdt_group_ours = plan.group == own && !there;
  state.rdt_monitor = plan.monitor;
  state.rdt_monitor_ours = !plan.monitor.empty() && !is_there(plan.monitor);
  return {};
}

Result<> make_rdt(const plan::RdtPlan& plan, State& state) {
  if (plan.directory.empty()) return {};
  TRY(make_group(plan, state));
  if (plan.monitor.empty()) return {};
  cgroup::Tree tree;
  const auto made = tree.make_directory(plan.monitor);
  if (made) return {};
  state.rdt_monitor_ours = false;
  return refused("intelRdt: mkdir " + plan.monitor, made.error(), plan.directory, "/linux/intelRdt/enableMonitoring");
}

Result<> join_rdt(const State& state, int pid) {
  TRY(enter(state.rdt_group, pid));
  return enter(state.rdt_monitor, pid);
}

Result<> write_rdt(const State& state, const std::vector<plan::RdtPlan::Schema>& schemata) {
  if (!schemata.empty() && state.rdt_group.empty()) return fail("updating a non-existent Intel RDT configuration is not supported");
  return write_lines(state.rdt_group, schemata);
}

Result<> remove_rdt(const State& state) {
  if (state.rdt_monitor_ours) TRY(remove_group(state.rdt_monitor));
  return state.rdt_group_ours ? remove_group(state.rdt_group) : Result<>{};
}

const plan::RdtPlan::Schema* unlike_rdt(std::string_view file, const std::vector<plan::RdtPlan::Schema>& wanted,
                                        std::uint64_t bandwidth_step) {
  std::map<Key, std::pair<std::string, const plan::RdtPlan::Schema*>> last;  // a later line about the same id wins
  for (const plan::RdtPlan::Schema& schema : wanted) {
    bool says_nothing = true;
    read_schema(schema.line, [&](auto resource, auto id, auto value) {
      last[{std::string(resource), std::string(id)}] = {std::string(value), &schema};
      says_nothing = false;
    });
    if (says_nothing) return &schema;
  }
  const Values there = read_schemata(file);
  for (const auto& [key, value] : last) {
    const auto found = there.find(key);
    if (found == there.end() || !same_value(key.first, found->second, value.first, bandwidth_step)) return value.second;
  }
  return nullptr;
}

}  // namespace container
