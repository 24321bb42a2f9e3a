// cli/report.h: the one place that tells the user what went wrong. The lines are logrus': containerd decodes the JSON form, podman
// the whole file as one object, so nothing but errors goes there unless --debug asks for more.
#pragma once
#include <ctime>
#include <string>
#include <string_view>

#include "cli/level.h"
#include "cli/system_log.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace cli {

// A line with its newline. `time`: RFC 3339, see `local_time`.
std::string text_line(Level level, std::string_view message, std::string_view time);
std::string json_line(Level level, std::string_view message, std::string_view time);
// RFC 3339 with seconds in the local zone, "Z" for UTC.
std::string local_time(std::time_t now);

// The error with its place and its hint, for those errors that did not get them where they arose. `document`: the file that the
// pointer is of, read again to count lines; "" or unreadable: no line.
std::string full_message(Error error, const std::string& document);

class Report {
 public:
  explicit Report(std::string_view program) : program_(program) {}

  // --log-format: "text", "json" or "" (text).
  Result<> set_format(std::string_view format);
  // --log-level of other runtimes: debug, info, warning, error.
  Result<> set_level(std::string_view level);
  void set_debug() { least_ = Level::debug; }
  // --log: a file is opened for appending, made with mode 0644; or cli/system_log.h. "" = standard error.
  Result<> open(const std::string& word);

  void error(std::string_view message);
  // The message alone on standard error: Error::bare.
  void bare(std::string_view message);
  void warn(std::string_view message);
  void debug(std::string_view message);
  bool debugging() const { return least_ == Level::debug; }

 private:
  std::string program_;  // as typed
  enum class Format { unset, text, json } format_ = Format::unset;
  Level least_ = Level::info;
  sys::UniqueFd log_;
  std::optional<SystemLog> system_log_;

  void log(Level level, std::string_view message);
  std::string line_for_terminal(Level level, std::string_view message) const;
};

}  // namespace cli
