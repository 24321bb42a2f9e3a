#include "cli/features.h"

#include <array>

#include "cli/commands.h"
#include "cli/json_writer.h"
#include "cli/version.h"
#include "config/mount_options.h"
#include "config/names.h"
#include "container/state_file.h"
#include "plan/capabilities.h"
#include "plan/seccomp.h"
#include "sys/arch.h"

namespace cli {
namespace {

constexpr std::string_view kOldestSpec = "1.0.0";

// Keys of config.json's annotations that change what happens on the host; a trailing dot makes a prefix.
constexpr std::array<std::string_view, 4> kUnsafeAnnotations{"org.criu.config", "org.minc-oci.", "org.systemd.property.",
                                                             "run.oci."};

template <class Table>
void write_names(JsonWriter& json, std::string_view key, const Table& table) {
  json.key(key).begin_array();
  for (const auto& entry : table) json.value(entry.name);
  json.end_array();
}

void write_enabled(JsonWriter& json, std::string_view key, bool enabled) {
  json.key(key).begin_object().key("enabled").value(enabled).end_object();
}

void write_cgroup(JsonWriter& json) {
  json.key("cgroup").begin_object().key("v1").value(true).key("v2").value(true);
  json.key("systemd").value(true).key("systemdUser").value(true).key("rdma").value(true).end_object();
}

void write_intel_rdt(JsonWriter& json) {
  json.key("intelRdt").begin_object().key("enabled").value(true).key("schemata").value(true);
  json.key("monitoring").value(true).end_object();
}

void write_seccomp(JsonWriter& json, const std::vector<std::string_view>& flags) {
  json.key("seccomp").begin_object().key("enabled").value(true);
  write_names(json, "actions", config::kSeccompActions);
  write_names(json, "operators", config::kSeccompOperators);
  json.key("archs").strings(plan::filter_architectures());
  write_names(json, "knownFlags", config::kSeccompFlags);
  json.key("supportedFlags").strings(flags).end_object();
}

void write_linux(JsonWriter& json, const std::vector<std::string_view>& seccomp_flags) {
  json.key("linux").begin_object();
  write_names(json, "namespaces", config::kNamespaceTypes);
  json.key("capabilities").strings(plan::known_capabilities());
  write_cgroup(json);
  write_seccomp(json, seccomp_flags);
  write_enabled(json, "apparmor", true);
  write_enabled(json, "selinux", true);
  write_intel_rdt(json);
  json.key("memoryPolicy").begin_object();
  write_names(json, "modes", config::kMemoryPolicyModes);
  write_names(json, "flags", config::kMemoryPolicyFlags);
  json.end_object();
  json.key("mountExtensions").begin_object();
  write_enabled(json, "idmap", true);
  json.end_object();
  write_enabled(json, "netDevices", true);
  json.end_object();
}

void write_annotations(JsonWriter& json) {
  json.key("annotations").begin_object();
  json.key("io.github.seccomp.libseccomp.version").value(libseccomp_version());
  if (!commit().empty()) json.key("org.minc-oci.commit").value(commit());
  json.key("org.minc-oci.version").value(kVersion);
  // The one key of runc's that the specification's readers look for, whoever the runtime is.
  json.key("org.opencontainers.runc.checkpoint.enabled").value("true").end_object();
}

}  // namespace

std::vector<std::string_view> supported_seccomp_flags() {
  constexpr long kSetModeFilter = 1, kNewListener = 8, kWaitKillable = 0x20, kFault = -14;  // seccomp(2), EFAULT
  std::vector<std::string_view> supported;
  for (const config::Name& flag : config::kSeccompFlags) {
    // Without a filter the call fails in any case: with EFAULT when the flags are good. WAIT_KILLABLE_RECV needs a listener.
    const long flags = flag.number == kWaitKillable ? kWaitKillable | kNewListener : flag.number;
    if (sys::raw(__NR_seccomp, kSetModeFilter, flags, 0) == kFault) supported.push_back(flag.name);
  }
  return supported;
}

std::string features_json(const std::vector<std::string_view>& seccomp_flags) {
  JsonWriter json(4);
  json.begin_object().key("ociVersionMin").value(kOldestSpec).key("ociVersionMax").value(container::kSpecVersion);
  json.key("hooks").strings(config::kHookNames);
  write_names(json, "mountOptions", config::kMountOptions);
  write_linux(json, seccomp_flags);
  write_annotations(json);
  json.key("potentiallyUnsafeConfigAnnotations").strings(kUnsafeAnnotations).end_object();
  return json.take() + '\n';
}

Result<int> commands::features(Invocation&) {
  TRY(print(features_json(supported_seccomp_flags())));
  return 0;
}

}  // namespace cli
