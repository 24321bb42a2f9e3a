// cli/host_options.h: the words after `run --host` → what is asked for. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "support/result.h"

namespace cli {

struct HostOptions {
  bool host = false;
  std::vector<std::string> bases;  // as typed, top first; the host lies below them
  std::string name, hostname, pid_file;
  bool read_only = false, env_from_host = false, print_config = false, help = false;
  std::vector<std::string> binds, masks;  // binds: SRC[:DST[:OPTIONS]]
  enum class Net { host, none, path } net = Net::host;
  std::string net_path;
  std::string user;  // "" = root
  std::optional<std::string> cwd;
  std::vector<std::string> env;                     // K=V, or K: the caller's
  std::optional<std::int64_t> memory, memory_swap;  // bytes, -1 = unlimited
  std::optional<std::int64_t> cpu_quota;            // microseconds in 100 ms
  std::optional<std::uint64_t> cpu_shares;
  std::string cpuset;
  std::optional<std::int64_t> pids;
  std::uint32_t timeout_seconds = 0;  // 0 = none
  enum class Security { standard, strict, host } security = Security::standard;
  std::vector<std::string> cap_add, cap_drop;  // "CAP_CHOWN" or "ALL"
  std::string tmpfs;                           // a size as overlay/words.h reads it, "" = by the host's memory
  std::string submounts;                       // "" = the default
  std::vector<std::string> command;            // empty = a shell
};

Result<HostOptions> read_host_options(std::span<const std::string> words);
std::span<const Option> host_option_table();
std::string host_help();

}  // namespace cli
