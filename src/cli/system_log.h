// cli/system_log.h: messages to the host's log instead of a file, as crun has it: --log journald:NAME and --log syslog:NAME.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/level.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace cli {

class SystemLog {
 public:
  // Nothing for a word that names a file. `program` signs the messages when NAME is empty.
  static Result<std::optional<SystemLog>> open(const std::string& word, std::string_view program);
  void send(Level level, std::string_view message) const;

 private:
  bool journal_ = false;
  std::string name_;
  sys::UniqueFd socket_;
};

// The datagrams: systemd's native journal protocol, and what syslog(3) sends (RFC 3164, facility "user").
std::string journal_entry(Level level, std::string_view name, std::string_view message);
std::string syslog_entry(Level level, std::string_view name, std::string_view message, std::string_view time);

}  // namespace cli
