#include "cli/host_spec.h"

#include <algorithm>
#include <array>

#include "cli/host_seccomp.h"
#include "cli/json_writer.h"
#include "config/version.h"
#include "plan/capabilities.h"
#include "support/text.h"

namespace cli {
namespace {

using Name = std::string_view;
using Security = HostOptions::Security;

// Enough for programs that change users and own files, as package managers do; nothing that reaches beyond the container.
constexpr std::array<Name, 11> kUsualCapabilities{"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
                                                  "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
                                                  "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
constexpr std::array<Name, 5> kReadOnlyPaths{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
constexpr std::array<Name, 12> kMaskedPaths{"/proc/acpi",
                                            "/proc/asound",
                                            "/proc/interrupts",
                                            "/proc/kcore",
                                            "/proc/keys",
                                            "/proc/latency_stats",
                                            "/proc/sched_debug",
                                            "/proc/scsi",
                                            "/proc/timer_list",
                                            "/proc/timer_stats",
                                            "/sys/devices/virtual/powercap",
                                            "/sys/firmware"};
// Other containers' layers and sockets, which the lower would show.
constexpr std::array<Name, 1> kOwnDirectories{"/var/lib/minc-oci"};
// Fresh in every container: what the host has there is not to be seen, and what is below them needs no mask.
constexpr std::array<Name, 5> kFresh{"/dev", "/proc", "/run", "/sys", "/tmp"};

struct FreshMount {
  Name destination, type;
  std::array<Name, 6> options;
};
constexpr std::array kFreshMounts{
    FreshMount{"/proc", "proc", {"nosuid", "noexec", "nodev"}},
    FreshMount{"/dev", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    FreshMount{"/dev/pts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
    FreshMount{"/dev/shm", "tmpfs", {"nosuid", "noexec", "nodev", "mode=1777"}},
    FreshMount{"/dev/mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    FreshMount{"/sys", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    FreshMount{"/sys/fs/cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
    FreshMount{"/run", "tmpfs", {"nosuid", "nodev", "mode=755"}},
    FreshMount{"/tmp", "tmpfs", {"nosuid", "nodev", "mode=1777"}},
};

bool is_at_or_below(Name path, Name directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}
bool is_fresh(Name path) {
  return std::ranges::any_of(kFresh, [path](Name fresh) { return is_at_or_below(path, fresh); });
}

// ---- mounts ----------------------------------------------------------------------------------------------------------------

struct Bind {
  std::string source, destination;
  std::vector<std::string> options;
};

Result<Bind> read_bind(const std::string& word, const std::string& cwd) {
  Bind bind;
  const std::size_t first = word.find(':');
  const std::size_t second = first == std::string::npos ? std::string::npos : word.find(':', first + 1);
  bind.source = word.substr(0, first);
  if (bind.source.empty()) return fail("--bind " + text::quote(word) + ": no source");
  bind.source = text::clean_path(bind.source.starts_with('/') ? bind.source : cwd + '/' + bind.source);
  bind.destination =
      first == std::string::npos ? bind.source : word.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  if (!bind.destination.starts_with('/') || text::clean_path(bind.destination) == "/")
    return fail("--bind " + text::quote(word) + ": the place in the container is no absolute path below /");
  bind.options = {"rbind", "rprivate"};
  std::string_view rest = second == std::string::npos ? std::string_view{} : std::string_view(word).substr(second + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    bind.options.emplace_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return bind;
}

void write_mount(JsonWriter& json, Name destination, Name type, Name source, std::span<const std::string> options) {
  json.begin_object()
      .key("destination")
      .value(destination)
      .key("type")
      .value(type)
      .key("source")
      .value(source)
      .key("options")
      .strings(options)
      .end_object();
}

void write_mounts(JsonWriter& json, const HostView& view, const std::vector<Bind>& binds) {
  json.key("mounts").begin_array();
  for (const FreshMount& mount : kFreshMounts) {
    std::vector<std::string> options;
    for (const Name option : mount.options)
      if (!option.empty()) options.emplace_back(option);
    write_mount(json, mount.destination, mount.type, mount.type, options);
  }
  const std::array<std::string, 2> read_only{"bind", "ro"};
  if (!view.resolv_conf.empty()) write_mount(json, view.resolv_conf, "bind", view.resolv_conf, read_only);
  for (const Bind& bind : binds) write_mount(json, bind.destination, "bind", bind.source, bind.options);
  json.end_array();
}

// ---- process ---------------------------------------------------------------------------------------------------------------

std::string_view value_of(const HostView& view, Name name) {
  for (const std::string& entry : view.environment)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string_view(entry).substr(name.size() + 1);
  return {};
}

bool looks_secret(Name name) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  constexpr std::array<Name, 4> parts{"TOKEN", "SECRET", "PASSWORD", "PASSWD"};
  return upper.starts_with("SSH_") || upper.starts_with("DBUS_") ||
         std::ranges::any_of(parts, [&upper](Name part) { return upper.find(part) != std::string::npos; });
}

class Environment {
  std::vector<std::string> entries_;

 public:
  void set(Name name, Name value) {
    std::string entry(name);
    entry.append("=");
    const auto old = std::ranges::find_if(entries_, [&entry](const std::string& other) { return other.starts_with(entry); });
    entry.append(value);
    if (old == entries_.end())
      entries_.push_back(std::move(entry));
    else
      *old = std::move(entry);
  }
  const std::vector<std::string>& entries() const { return entries_; }
};

bool is_utf8(Name text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// JSON has no way to carry other bytes, and the command must get its arguments as they were typed.
Result<> check_bytes(const std::vector<std::string>& words, Name what) {
  for (const std::string& word : words)
    if (!is_utf8(word))
      return fail(std::string(what) + ' ' + text::quote(word) + " is not valid UTF-8, which a container's config cannot hold");
  return {};
}

Result<std::vector<std::string>> environment_of(const HostOptions& options, const HostView& view) {
  Environment environment;
  environment.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  for (const std::string& entry : view.environment) {
    const Name name = Name(entry).substr(0, entry.find('='));
    const bool language = name == "LANG" || name.starts_with("LC_");
    if (name.size() < entry.size() && !name.empty() && is_utf8(entry) &&
        (language || (options.env_from_host && !looks_secret(name))))
      environment.set(name, Name(entry).substr(name.size() + 1));
  }
  environment.set("HOME", view.user.home);
  if (!view.user.name.empty()) environment.set("USER", view.user.name);
  if (view.terminal) environment.set("TERM", value_of(view, "TERM").empty() ? "xterm" : value_of(view, "TERM"));
  environment.set("container", "minc-oci");
  environment.set("MINC_ID", view.id);
  for (const std::string& word : options.env) {
    const std::size_t equals = word.find('=');
    if (word.empty() || equals == 0) return fail("--env " + text::quote(word) + ": no name");
    if (equals != std::string::npos)
      environment.set(Name(word).substr(0, equals), Name(word).substr(equals + 1));
    else if (!value_of(view, word).empty())
      environment.set(word, value_of(view, word));
  }
  return environment.entries();
}

std::vector<std::string> command_of(const HostOptions& options, const HostView& view) {
  if (!options.command.empty()) return options.command;
  const std::string_view shell = value_of(view, "SHELL");
  // A directory other than the host's may not have the caller's shell; /bin/sh is what every one has.
  return {options.bases.empty() && shell.starts_with('/') ? std::string(shell) : "/bin/sh"};
}

// The caller's directory, if the container shows it.
std::string directory_of(const HostOptions& options, const HostView& view, const std::vector<Bind>& binds) {
  if (options.cwd) return *options.cwd;
  const bool bound = std::ranges::any_of(
      binds, [&view](const Bind& bind) { return is_at_or_below(view.cwd, text::clean_path(bind.destination)); });
  return bound || (options.host && !is_fresh(view.cwd)) ? view.cwd : "/";
}

std::vector<std::string> capabilities_of(const HostOptions& options) {
  std::vector<std::string> chosen;
  const auto all = plan::known_capabilities();
  if (options.security == Security::host)
    chosen = all;
  else if (options.security == Security::standard)
    chosen.assign(kUsualCapabilities.begin(), kUsualCapabilities.end());
  const auto names = [](const std::vector<std::string>& words, const std::string& name) {
    return std::ranges::any_of(words, [&name](const std::string& word) { return word == name || word == "ALL"; });
  };
  std::erase_if(chosen, [&](const std::string& name) { return names(options.cap_drop, name); });
  for (const std::string& name : all)
    if (names(options.cap_add, name) && std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(name);
  return chosen;
}

void write_capabilities(JsonWriter& json, const std::vector<std::string>& capabilities, bool root) {
  const std::vector<std::string> none;
  json.key("capabilities").begin_object();
  json.key("bounding").strings(capabilities);
  json.key("effective")
      .strings(root ? capabilities : none);  // a user other than root has what a set-id program may give, if it may
  json.key("permitted").strings(root ? capabilities : none);
  json.key("inheritable").strings(none).key("ambient").strings(none).end_object();
}

Result<> write_process(JsonWriter& json, const HostOptions& options, const HostView& view, const std::vector<Bind>& binds) {
  const std::vector<std::string> environment = TRY(environment_of(options, view));
  const std::vector<std::string> command = command_of(options, view);
  TRY(check_bytes(command, "the argument"));
  TRY(check_bytes(environment, "the variable"));
  json.key("process").begin_object().key("terminal").value(view.terminal);
  json.key("user").begin_object().key("uid").value(view.user.uid).key("gid").value(view.user.gid);
  json.key("additionalGids").begin_array();
  for (const std::uint32_t gid : view.user.groups) json.value(gid);
  json.end_array().end_object();
  json.key("args").strings(command).key("env").strings(environment).key("cwd").value(directory_of(options, view, binds));
  write_capabilities(json, capabilities_of(options), view.user.uid == 0);
  json.key("noNewPrivileges").value(options.security != Security::host).end_object();
  return {};
}

// ---- linux -----------------------------------------------------------------------------------------------------------------

void write_resources(JsonWriter& json, const HostOptions& options) {
  json.key("resources").begin_object();
  json.key("devices").begin_array().begin_object().key("allow").value(false).key("access").value("rwm").end_object().end_array();
  if (options.memory) {
    json.key("memory").begin_object().key("limit").value(*options.memory);
    if (options.memory_swap) json.key("swap").value(*options.memory_swap);
    json.end_object();
  }
  if (options.cpu_quota || options.cpu_shares || !options.cpuset.empty()) {
    json.key("cpu").begin_object();
    if (options.cpu_shares) json.key("shares").value(*options.cpu_shares);
    if (options.cpu_quota) json.key("quota").value(*options.cpu_quota).key("period").value(100000);
    if (!options.cpuset.empty()) json.key("cpus").value(options.cpuset);
    json.end_object();
  }
  if (options.pids) json.key("pids").begin_object().key("limit").value(*options.pids).end_object();
  json.end_object();
}

void write_namespaces(JsonWriter& json, const HostOptions& options) {
  json.key("namespaces").begin_array();
  for (const Name type : {"pid", "mount", "ipc", "uts", "cgroup"}) json.begin_object().key("type").value(type).end_object();
  if (options.net != HostOptions::Net::host) {
    json.begin_object().key("type").value("network");
    if (options.net == HostOptions::Net::path) json.key("path").value(options.net_path);
    json.end_object();
  }
  json.end_array();
}

std::vector<std::string> masks_of(const HostOptions& options, const HostView& view) {
  std::vector<std::string> masks;
  if (options.security != Security::host) masks.assign(kMaskedPaths.begin(), kMaskedPaths.end());
  if (!is_fresh(view.state_root)) masks.push_back(view.state_root);
  masks.insert(masks.end(), kOwnDirectories.begin(), kOwnDirectories.end());
  if (options.security == Security::strict) masks.insert(masks.end(), view.secrets.begin(), view.secrets.end());
  for (const std::string& mask : options.masks) masks.push_back(text::clean_path(mask));
  return masks;
}

void write_linux(JsonWriter& json, const HostOptions& options, const HostView& view) {
  json.key("linux").begin_object();
  write_resources(json, options);
  write_namespaces(json, options);
  json.key("rootfsPropagation").value("private");
  if (options.security != Security::host) {
    const std::vector<std::string> capabilities = capabilities_of(options);
    const std::vector<std::string_view> names(capabilities.begin(), capabilities.end());
    json.key("seccomp");
    write_seccomp(json, names, options.security == Security::strict);
  }
  json.key("maskedPaths").strings(masks_of(options, view)).key("readonlyPaths").strings(kReadOnlyPaths).end_object();
}

// ---- the overlay -----------------------------------------------------------------------------------------------------------

void write_annotations(JsonWriter& json, const HostOptions& options, const HostView& view) {
  JsonWriter lowers(0);
  lowers.begin_array();
  for (const std::string& base : view.bases) lowers.value(base);
  if (options.host) lowers.value("host");
  lowers.end_array();
  json.key("annotations").begin_object();
  json.key("org.minc-oci.rootfs.type").value("overlay").key("org.minc-oci.rootfs.lower").value(lowers.take());
  json.key("org.minc-oci.rootfs.upper")
      .value(options.read_only       ? "none"
             : options.tmpfs.empty() ? "tmpfs"
                                     : "tmpfs:" + options.tmpfs);
  if (!options.submounts.empty()) json.key("org.minc-oci.rootfs.submounts").value(options.submounts);
  json.end_object();
}

}  // namespace

Result<std::string> host_config(const HostOptions& options, const HostView& view) {
  std::vector<Bind> binds;
  for (const std::string& word : options.binds) binds.push_back(TRY(read_bind(word, view.cwd)));
  JsonWriter json(2);
  json.begin_object().key("ociVersion").value(config::kSpecVersion);
  json.key("root").begin_object().key("path").value(view.attach_point).key("readonly").value(options.read_only).end_object();
  TRY(write_process(json, options, view, binds));
  json.key("hostname").value(options.hostname.empty() ? view.hostname : options.hostname);
  write_mounts(json, view, binds);
  write_annotations(json, options, view);
  write_linux(json, options, view);
  json.end_object();
  return json.take() + '\n';
}

}  // namespace cli
