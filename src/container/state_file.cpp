// Process: the runtime, on the host. The file is ours: keys that are not known are passed over, so that an older runtime can
// still end what a newer one has made; what is known must have its type.
#include "container/state_file.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "support/text.h"

namespace container {
namespace {

struct TextField {
  std::string_view key;
  std::string State::* field;
};
constexpr TextField kTexts[] = {
    {"ociVersion", &State::oci_version},  {"id", &State::id},     {"bundle", &State::bundle}, {"rootfs", &State::rootfs},
    {"created", &State::created},         {"unit", &State::unit}, {"boot", &State::boot},     {"rdt_group", &State::rdt_group},
    {"rdt_monitor", &State::rdt_monitor},
};
struct FlagField {
  std::string_view key;
  bool State::* field;
};
constexpr FlagField kFlags[] = {
    {"private_pid_namespace", &State::private_pid_namespace},
    {"poststop_hooks", &State::poststop_hooks},
    {"poststart_hooks", &State::poststart_hooks},
    {"systemd_cgroup", &State::systemd_cgroup},
    {"rootless", &State::rootless},
    {"host_overlay", &State::host_overlay},
    {"user_manager", &State::user_manager},
    {"rdt_group_ours", &State::rdt_group_ours},
    {"rdt_monitor_ours", &State::rdt_monitor_ours},
};
struct ProcessField {
  std::string_view pid_key, start_key;
  ProcessId State::* field;
};
constexpr ProcessField kProcesses[] = {
    {"init_process_pid", "init_process_start", &State::init},
    {"runtime_pid", "runtime_start", &State::runtime},
};
constexpr std::string_view kMade[] = {"unknown", "by_us", "before_us"};  // cgroup::Member::Made
constexpr Status kRecorded[] = {Status::creating, Status::created, Status::stopped};

constexpr std::string_view kDescriptors = "external_descriptors";

template <class Names>
std::size_t index_of(const Names& names, std::string_view name) {
  std::size_t index = 0;
  while (index < std::size(names) && names[index] != name) ++index;
  return index;
}

// What nlohmann::json::sax_parse calls. Depth 1 is the document itself, 2 the annotations, 3 a member of "cgroups".
class StateReader {
  State& state_;
  std::string key_, section_;
  int depth_ = 0;

  bool text_at_top(const std::string& value) {
    for (const TextField& entry : kTexts)
      if (entry.key == key_) return state_.*entry.field = value, true;
    if (key_ != "status") return !is_known_number() && !is_known_flag();
    for (const Status status : kRecorded)
      if (status_name(status) == value) return state_.recorded = status, true;
    return false;
  }
  bool text_of_member(const std::string& value) {
    if (state_.cgroup.empty()) return false;
    cgroup::Member& member = state_.cgroup.back();
    if (key_ == "controllers") return member.controllers = value, true;
    if (key_ == "directory") return member.directory = value, true;
    if (key_ != "made") return true;
    const std::size_t made = index_of(kMade, value);
    member.made = static_cast<cgroup::Member::Made>(made);
    return made < std::size(kMade);
  }
  bool is_known_number() const {
    for (const ProcessField& entry : kProcesses)
      if (key_ == entry.pid_key || key_ == entry.start_key) return true;
    return key_ == "namespaces" || key_ == "owner" || key_ == "rootMount";
  }
  bool is_known_flag() const {
    for (const FlagField& entry : kFlags)
      if (entry.key == key_) return true;
    return false;
  }
  bool is_known_text() const {
    for (const TextField& entry : kTexts)
      if (entry.key == key_) return true;
    return key_ == "status";
  }
  static bool narrow(std::uint64_t value, std::uint32_t& field) {
    field = static_cast<std::uint32_t>(value);
    return value <= std::numeric_limits<std::uint32_t>::max();
  }

 public:
  explicit StateReader(State& state) : state_(state) {}

  bool null() { return false; }
  bool boolean(bool value) {
    if (depth_ != 1) return section_ != "annotations";
    for (const FlagField& entry : kFlags)
      if (entry.key == key_) return state_.*entry.field = value, true;
    return !is_known_text() && !is_known_number();
  }
  bool number_integer(std::int64_t) { return false; }  // a negative number: none of ours
  bool number_unsigned(std::uint64_t value) {
    if (depth_ != 1) return section_ != "annotations";
    for (const ProcessField& entry : kProcesses) {
      ProcessId& process = state_.*entry.field;
      if (key_ == entry.start_key) return process.start_time = value, true;
      if (key_ != entry.pid_key) continue;
      process.pid = static_cast<int>(value);
      return value != 1 && value <= std::numeric_limits<int>::max();  // pid 1 is nobody's container
    }
    if (key_ == "namespaces") return narrow(value, state_.namespaces);
    if (key_ == "rootMount") return state_.root_mount = value, true;
    if (key_ == "owner") return narrow(value, state_.owner);
    return !is_known_text() && !is_known_flag();
  }
  bool number_float(double, const std::string&) { return false; }
  bool string(std::string& value) {
    if (depth_ == 1) return text_at_top(value);
    if (section_ == kDescriptors) return state_.external_descriptors.push_back(value), depth_ == 2;
    if (section_ == "annotations") return state_.annotations.emplace_back(key_, value), true;
    return section_ != "cgroups" || text_of_member(value);
  }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool key(std::string& name) {
    key_ = name;
    if (depth_ == 1) section_ = name;
    return true;
  }
  bool start_object(std::size_t) {
    if (++depth_ == 3 && section_ == "cgroups") state_.cgroup.emplace_back();
    return depth_ <= 3;
  }
  bool end_object() { return --depth_, true; }
  bool start_array(std::size_t) { return ++depth_ == 2; }
  bool end_array() { return --depth_, true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) { return false; }
};

void append_member(std::string& json, std::string_view key, std::string_view value) {
  ((json += ',') += text::json_string(key)) += ':';
  json += text::json_string(value);
}
void append_member(std::string& json, std::string_view key, std::uint64_t number) {
  (((json += ',') += text::json_string(key)) += ':') += std::to_string(number);
}

void append_descriptors(std::string& json, const State& state) {
  if (state.external_descriptors.empty()) return;
  ((json += ',') += text::json_string(kDescriptors)) += ':';
  json += write_names(state.external_descriptors);
}

void append_annotations(std::string& json, const State& state) {
  if (state.annotations.empty()) return;
  char separator = '{';
  json += ",\"annotations\":";
  for (const auto& [key, value] : state.annotations) {
    (((json += separator) += text::json_string(key)) += ':') += text::json_string(value);
    separator = ',';
  }
  json += '}';
}

}  // namespace

std::string_view status_name(Status status) {
  static constexpr std::string_view kNames[] = {"creating", "created", "running", "paused", "stopped"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string write_names(const std::vector<std::string>& names) {
  std::string json = "[";
  for (const std::string& name : names) (json += json.size() > 1 ? "," : "") += text::json_string(name);
  return json += ']';
}

Result<std::vector<std::string>> read_names(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> names;
  bool sound = json.is_array();
  for (std::size_t i = 0; sound && i < json.size(); ++i) {
    sound = json[i].is_string();
    if (sound) names.push_back(json[i].get<std::string>());
  }
  if (!sound) return fail("not an array of strings");
  return names;
}

std::string write_state(const State& state) {
  std::string json = "{\"format\":1";
  for (const TextField& entry : kTexts) append_member(json, entry.key, state.*entry.field);
  append_member(json, "status", status_name(state.recorded));
  for (const ProcessField& entry : kProcesses) {
    const ProcessId& process = state.*entry.field;
    append_member(json, entry.pid_key, static_cast<std::uint64_t>(process.pid));
    append_member(json, entry.start_key, process.start_time);
  }
  append_member(json, "namespaces", state.namespaces);
  append_member(json, "owner", state.owner);
  if (state.root_mount != 0) append_member(json, "rootMount", state.root_mount);
  for (const FlagField& entry : kFlags)
    if (state.*entry.field) ((json += ',') += text::json_string(entry.key)) += ":true";
  json += ",\"cgroups\":[";
  const char* separator = "";
  for (const cgroup::Member& member : state.cgroup) {
    ((json += separator) += "{\"controllers\":") += text::json_string(member.controllers);
    append_member(json, "directory", member.directory);
    append_member(json, "made", kMade[static_cast<std::size_t>(member.made)]);
    json += '}';
    separator = ",";
  }
  json += ']';
  append_descriptors(json, state);
  append_annotations(json, state);
  return json += '}';
}

Result<State> read_state(std::string_view text) {
  State state;
  StateReader reader(state);
  bool whole = false;
  try {
    whole = nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  } catch (const std::exception&) {
    whole = false;
  }
  if (!whole || state.id.empty())
    return fail("state.json is damaged", std::string(), "delete --force removes what is left of the container");
  return state;
}

std::string hook_state(const State& state, Status status, int pid) {
  std::string json = "{\"ociVersion\":";
  json += text::json_string(state.oci_version);
  append_member(json, "id", state.id);
  append_member(json, "status", status_name(status));
  if (pid != 0) append_member(json, "pid", static_cast<std::uint64_t>(pid));
  append_member(json, "bundle", state.bundle);
  append_annotations(json, state);
  return json += '}';
}

}  // namespace container
