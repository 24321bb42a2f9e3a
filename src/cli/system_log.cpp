#include "cli/system_log.h"

#include <sys/socket.h>

#include <ctime>

#include "container/unix_socket.h"
#include "sys/file.h"

namespace cli {
namespace {

constexpr std::string_view kJournald = "journald:", kSyslog = "syslog:";

// syslog(3): LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR
int priority(Level level) {
  constexpr int kPriorities[] = {7, 6, 4, 3};
  return kPriorities[static_cast<std::size_t>(level)];
}

std::string syslog_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%b %e %H:%M:%S", localtime_r(&now, &parts));
  return {text, length};
}

}  // namespace

std::string journal_entry(Level level, std::string_view name, std::string_view message) {
  std::string entry = "PRIORITY=" + std::to_string(priority(level)) + "\nSYSLOG_IDENTIFIER=";
  entry.append(name).append("\nMESSAGE\n");  // a value that may have newlines: its length, 64 bits with the lowest byte first
  for (unsigned shift = 0; shift < 64; shift += 8)
    entry.push_back(static_cast<char>(std::uint64_t{message.size()} >> shift & 0xff));
  return entry.append(message) += '\n';
}

std::string syslog_entry(Level level, std::string_view name, std::string_view message, std::string_view time) {
  constexpr int kUser = 1 << 3;  // LOG_USER
  std::string entry = '<' + std::to_string(kUser | priority(level)) + '>';
  return entry.append(time).append(" ").append(name).append(": ").append(message);
}

Result<std::optional<SystemLog>> SystemLog::open(const std::string& word, std::string_view program) {
  SystemLog log;
  log.journal_ = word.starts_with(kJournald);
  if (!log.journal_ && !word.starts_with(kSyslog)) return std::optional<SystemLog>();
  log.name_ = word.substr(word.find(':') + 1);
  if (log.name_.empty()) log.name_ = program;
  // A newline would begin another field of the journal.
  if (log.name_.find('\n') != std::string::npos) return fail("--log: the name of a log has no newline");
  const char* path = log.journal_ ? "/run/systemd/journal/socket" : "/dev/log";
  log.socket_ = TRY_DOING("--log " + word, container::connect_unix(path, SOCK_DGRAM));
  return std::optional(std::move(log));
}

// Best effort: there is nobody left to tell when this fails.
void SystemLog::send(Level level, std::string_view message) const {
  (void)sys::write(socket_.get(),
                   journal_ ? journal_entry(level, name_, message) : syslog_entry(level, name_, message, syslog_time()));
}

}  // namespace cli
