#include "cli/host_options.h"

#include <algorithm>
#include <array>

#include "overlay/words.h"
#include "plan/capabilities.h"
#include "support/text.h"

namespace cli {
namespace {

constexpr std::uint64_t kCpuPeriod = 100'000;  // microseconds
constexpr std::uint64_t kMostCpus = 100'000;

constexpr std::array kOptions{
    Option{"base", 0, Kind::list, "DIR",
           "a lower directory instead of the host's files; repeated: the first lies on top; with --host: above them"},
    Option{"bind", 0, Kind::list, "SRC[:DST[:OPTIONS]]",
           "show SRC of the host at DST; writes reach the host unless OPTIONS has ro"},
    Option{"cap-add", 0, Kind::list, "CAP", "one capability more, or ALL"},
    Option{"cap-drop", 0, Kind::list, "CAP", "one capability less, or ALL"},
    Option{"cpu-shares", 0, Kind::text, "N", "weight among others, 1024 is usual"},
    Option{"cpus", 0, Kind::text, "N", "processors' worth of time, as in 1.5"},
    Option{"cpuset", 0, Kind::text, "LIST", "the processors that may be used, as in 0-2,5"},
    Option{"cwd", 0, Kind::text, "DIR", "working directory (the caller's, if it is there)"},
    Option{"env", 0, Kind::list, "NAME[=VALUE]", "set a variable, or pass the caller's"},
    Option{"env-from-host", 0, Kind::flag, "", "pass the caller's environment but for what looks like a secret"},
    Option{"host", 0, Kind::flag, "", "the container sees the host's files; what it writes is gone at its end"},
    Option{"hostname", 0, Kind::text, "NAME", "(the host's)"},
    Option{"mask", 0, Kind::list, "PATH", "hide a file or a directory"},
    Option{"memory", 0, Kind::text, "SIZE", "limit, as in 512m"},
    Option{"memory-swap", 0, Kind::text, "SIZE", "limit of memory and swap together, -1 for none"},
    Option{"name", 0, Kind::text, "ID", "the container's id (host- and six letters)"},
    Option{"net", 0, Kind::text, "host|none|private|ns:PATH", "network namespace: the host's, a new one with lo only, or PATH"},
    Option{"pid-file", 0, Kind::text, "FILE", "write the process id of the command to FILE"},
    Option{"pids", 0, Kind::text, "N", "most processes and threads"},
    Option{"print-config", 0, Kind::flag, "", "print the config.json that would be used; run nothing"},
    Option{"ro", 0, Kind::flag, "", "no layer for writing: every write to the root fails"},
    Option{"security", 0, Kind::text, "default|strict|host",
           "strict: no capabilities, no network sockets, secrets hidden; host: nothing is taken away"},
    Option{"submounts", 0, Kind::text, "overlay|ro|bind|hide", "what becomes of filesystems mounted below the base"},
    Option{"timeout", 0, Kind::text, "TIME",
           "end it after so many seconds (or 5m, 2h): SIGTERM, ten seconds later SIGKILL; exit code 124"},
    Option{"tmpfs", 0, Kind::text, "SIZE", "room for what is written (half of the available memory, at most 2g)"},
    Option{"user", 0, Kind::text, "USER[:GROUP]", "name or number (root)"},
};

// Known to the design, not to this version: better told than "flag provided but not defined".
constexpr Option later(std::string_view name, Kind kind = Kind::flag) { return {name, 0, kind, {}, {}, true}; }
constexpr std::array kLater{
    later("arch", Kind::text),
    later("ask"),
    later("detach"),
    later("dev", Kind::text),
    later("diff"),
    later("direct"),
    later("disk"),
    later("d"),
    later("dns", Kind::list),
    later("init"),
    later("keep"),
    later("reuse", Kind::text),
    later("layers", Kind::text),
    later("log-output", Kind::text),
    later("share-tmp"),
    later("upper", Kind::text),
};

constexpr auto kAll = [] {
  std::array<Option, kOptions.size() + kLater.size()> all{};
  std::ranges::copy(kLater, std::ranges::copy(kOptions, all.begin()).out);
  return all;
}();

std::unexpected<Error> bad(std::string_view option, std::string_view value, std::string_view wanted) {
  return fail("--" + std::string(option) + ' ' + text::quote(value) + ": " + std::string(wanted));
}

Result<std::int64_t> read_bytes(std::string_view option, std::string_view value, bool may_be_unlimited) {
  if (may_be_unlimited && value == "-1") return -1;
  const auto bytes = overlay::read_size(value);
  if (!bytes || *bytes == 0 || *bytes > std::uint64_t{1} << 62) return bad(option, value, "no size, as in 512m");
  return static_cast<std::int64_t>(*bytes);
}

Result<std::uint64_t> read_count(std::string_view option, std::string_view value, std::uint64_t least, std::uint64_t most) {
  const auto number = text::parse_unsigned(value, most);
  if (!number || *number < least)
    return bad(option, value, "not a number from " + std::to_string(least) + " to " + std::to_string(most));
  return *number;
}

// "1.5" → 150000. No floating point: what is typed is what is set, to the microsecond.
Result<std::int64_t> read_cpus(std::string_view value) {
  const std::size_t dot = value.find('.');
  const std::string_view whole = value.substr(0, dot);
  std::string fraction(dot == std::string_view::npos ? std::string_view{} : value.substr(dot + 1));
  const bool written = dot == std::string_view::npos || (!fraction.empty() && fraction.size() <= 5);
  fraction.resize(5, '0');
  const auto processors = text::parse_unsigned(whole, kMostCpus), rest = text::parse_unsigned(fraction, kCpuPeriod);
  if (!written || !processors || !rest) return bad("cpus", value, "not a number of processors, as in 1.5");
  const std::uint64_t quota = *processors * kCpuPeriod + *rest;
  if (quota < 1000) return bad("cpus", value, "the least that the kernel takes is 0.01");
  return static_cast<std::int64_t>(quota);
}

Result<std::uint32_t> read_time(std::string_view value) {
  std::uint64_t unit = 1;
  std::string_view digits = value;
  if (value.ends_with('s') || value.ends_with('m') || value.ends_with('h')) {
    unit = value.back() == 'h' ? 3600 : value.back() == 'm' ? 60 : 1;
    digits.remove_suffix(1);
  }
  const auto number = text::parse_unsigned(digits, 2'000'000 / unit);
  if (!number || *number == 0) return bad("timeout", value, "not a time of 1 second to 555 hours, as in 30, 30s, 5m or 2h");
  return static_cast<std::uint32_t>(*number * unit);
}

Result<std::string> read_capability(std::string_view option, std::string_view value) {
  std::string name(value);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (name == "ALL") return name;
  if (!name.starts_with("CAP_")) name.insert(0, "CAP_");
  const auto known = plan::known_capabilities();
  if (std::ranges::find(known, name) == known.end()) return bad(option, value, "there is no such capability");
  return name;
}

Result<> read_net(std::string_view value, HostOptions& into) {
  if (value == "host")
    into.net = HostOptions::Net::host;
  else if (value == "none" || value == "private")
    into.net = HostOptions::Net::none;
  else if (value.starts_with("ns:/"))
    into.net = HostOptions::Net::path, into.net_path = value.substr(3);
  else
    return bad("net", value, "none of host, none, private, ns:/PATH");
  return {};
}

Result<> read_security(std::string_view value, HostOptions& into) {
  if (value == "default")
    into.security = HostOptions::Security::standard;
  else if (value == "strict")
    into.security = HostOptions::Security::strict;
  else if (value == "host")
    into.security = HostOptions::Security::host;
  else
    return bad("security", value, "none of default, strict, host");
  return {};
}

Result<> read_size_word(std::string_view option, const std::string& value, std::string& into) {
  TRY(read_bytes(option, value, false));
  into = value;
  return {};
}

Result<> read_submounts(const std::string& value, HostOptions& into) {
  constexpr std::array<std::string_view, 4> known{"overlay", "ro", "bind", "hide"};
  if (std::ranges::find(known, value) == known.end()) return bad("submounts", value, "none of overlay, ro, bind, hide");
  into.submounts = value;
  return {};
}

Result<> take_limit(std::string_view name, const std::string& value, HostOptions& into) {
  if (name == "cpu-shares")
    into.cpu_shares = TRY(read_count(name, value, 2, 262144));
  else if (name == "cpus")
    into.cpu_quota = TRY(read_cpus(value));
  else if (name == "cpuset")
    into.cpuset = value;
  else if (name == "memory")
    into.memory = TRY(read_bytes(name, value, false));
  else if (name == "memory-swap")
    into.memory_swap = TRY(read_bytes(name, value, true));
  else if (name == "pids")
    into.pids = static_cast<std::int64_t>(TRY(read_count(name, value, 1, std::uint64_t{1} << 22)));
  else if (name == "timeout")
    into.timeout_seconds = TRY(read_time(value));
  else if (name == "tmpfs")
    TRY(read_size_word(name, value, into.tmpfs));
  else
    return fail("option --" + std::string(name) + " is not supported by this version");
  return {};
}

Result<> take_one(std::string_view name, const std::string& value, HostOptions& into) {
  const bool set = value == "true";
  if (name == "base")
    into.bases.push_back(value);
  else if (name == "bind")
    into.binds.push_back(value);
  else if (name == "cap-add")
    into.cap_add.push_back(TRY(read_capability(name, value)));
  else if (name == "cap-drop")
    into.cap_drop.push_back(TRY(read_capability(name, value)));
  else if (name == "cwd")
    into.cwd = value;
  else if (name == "env")
    into.env.push_back(value);
  else if (name == "env-from-host")
    into.env_from_host = set;
  else if (name == "host")
    into.host = set;
  else if (name == "hostname")
    into.hostname = value;
  else if (name == "mask")
    into.masks.push_back(value);
  else if (name == "name")
    into.name = value;
  else if (name == "net")
    TRY(read_net(value, into));
  else if (name == "pid-file")
    into.pid_file = value;
  else if (name == "print-config")
    into.print_config = set;
  else if (name == "ro")
    into.read_only = set;
  else if (name == "security")
    TRY(read_security(value, into));
  else if (name == "submounts")
    TRY(read_submounts(value, into));
  else if (name == "user")
    into.user = value;
  else
    return take_limit(name, value, into);
  return {};
}

Result<> check(const HostOptions& options) {
  if (!options.host && options.bases.empty()) return fail("neither --host nor --base DIR is given");
  if (options.memory_swap && !options.memory) return fail("--memory-swap needs --memory");
  if (options.memory && options.memory_swap && *options.memory_swap >= 0 && *options.memory_swap < *options.memory)
    return fail("--memory-swap counts memory too: it cannot be less than --memory");
  if (options.read_only && !options.tmpfs.empty()) return fail("--ro and --tmpfs exclude each other");
  if (options.cwd && !options.cwd->starts_with('/')) return fail("--cwd " + text::quote(*options.cwd) + " is no absolute path");
  for (const std::string& mask : options.masks)
    if (!mask.starts_with('/') || text::clean_path(mask) == "/")
      return fail("--mask " + text::quote(mask) + " is no absolute path below /");
  return {};
}

}  // namespace

std::span<const Option> host_option_table() { return kOptions; }

Result<HostOptions> read_host_options(std::span<const std::string> words) {
  const Arguments arguments = TRY(normalise({kAll, true}, words));
  HostOptions options;
  options.help = arguments.help;
  if (options.help) return options;
  for (const Given& given : arguments.options) {
    if (std::ranges::find(kLater, given.option->name, &Option::name) != kLater.end())
      return fail("option " + std::string(given.option->name.size() == 1 ? "-" : "--") + std::string(given.option->name) +
                  " is not supported by this version");
    TRY(take_one(given.option->name, given.value, options));
  }
  options.command = arguments.positional;
  TRY(check(options));
  return options;
}

std::string host_help() {
  std::string help =
      "NAME:\n   minc-oci run --host - run a command in a throw-away container over the host's files\n\n"
      "USAGE:\n   minc-oci run --host [OPTIONS] [--] [COMMAND [ARGS]]     (COMMAND: $SHELL)\n"
      "   minc-oci run --base DIR [OPTIONS] [--] [COMMAND [ARGS]]  (COMMAND: /bin/sh)\n\nOPTIONS:\n";
  for (const Option& option : kOptions) {
    std::string left = "   --" + std::string(option.name);
    if (!option.value.empty()) left.append(" ").append(option.value);
    if (left.size() > 30)
      left.append("\n").append(32, ' ');
    else
      left.resize(32, ' ');
    help.append(left).append(option.help).append("\n");
  }
  return help;
}

}  // namespace cli
