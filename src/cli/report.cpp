#include "cli/report.h"

#include <array>

#include "cli/text.h"
#include "config/read.h"
#include "container/explain.h"
#include "container/files.h"
#include "sys/file.h"

namespace cli {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};

std::string_view level_name(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._/@^+").find(c) != std::string_view::npos;
}

std::string field(std::string_view text) {
  for (const char c : text)
    if (!plain(c)) return quoted(text);
  return std::string(text);
}

void append_two(std::string& out, int number) {
  out.append({static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)});
}

// Best effort: there is nobody left to tell when this fails.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = sys::write(fd, text);
    if (!written || *written == 0) return;
    text.remove_prefix(*written);
  }
}

bool is_terminal(int fd) {
  std::array<char, 64> settings{};  // struct termios of the kernel: 36 bytes
  return sys::ioctl(fd, 0x5401 /* TCGETS */, sys::address(settings.data())).has_value();
}

}  // namespace

std::string text_line(Level level, std::string_view message, std::string_view time) {
  std::string line = "time=";
  line.append(field(time)).append(" level=").append(level_name(level)).append(" msg=").append(field(message));
  return line += '\n';
}

std::string json_line(Level level, std::string_view message, std::string_view time) {
  std::string line = "{\"level\":";
  line.append(json_string(level_name(level)))
      .append(",\"msg\":")
      .append(json_string(message))
      .append(",\"time\":")
      .append(json_string(time));
  return line += "}\n";
}

std::string local_time(std::time_t now) {
  std::tm parts{};
  localtime_r(&now, &parts);
  std::string text = std::to_string(parts.tm_year + 1900) + '-';
  append_two(text, parts.tm_mon + 1), text += '-';
  append_two(text, parts.tm_mday), text += 'T';
  append_two(text, parts.tm_hour), text += ':';
  append_two(text, parts.tm_min), text += ':';
  append_two(text, parts.tm_sec);
  if (parts.tm_gmtoff == 0) return text += 'Z';
  const long minutes = parts.tm_gmtoff / 60;
  text += minutes < 0 ? '-' : '+';
  append_two(text, static_cast<int>(std::abs(minutes) / 60)), text += ':';
  append_two(text, static_cast<int>(std::abs(minutes) % 60));
  return text;
}

std::string full_message(Error error, const std::string& document) {
  std::string text;
  if (!error.pointer.empty() && !document.empty())
    text = container::read_document(document, config::kMaxDocumentBytes).value_or("");
  const std::string name = document.empty() ? "config.json" : std::string(base_name(document));
  return container::finish(std::move(error), text, name).what;
}

Result<> Report::set_format(std::string_view format) {
  if (format.empty() || format == "text")
    format_ = Format::text;
  else if (format == "json")
    format_ = Format::json;
  else
    return fail("invalid log-format: " + std::string(format));
  return {};
}

Result<> Report::set_level(std::string_view level) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] != level) continue;
    least_ = static_cast<Level>(i);
    return {};
  }
  return fail("invalid log-level: " + std::string(level));
}

Result<> Report::open(const std::string& word) {
  system_log_ = TRY(SystemLog::open(word, base_name(program_)));
  const std::string path = word.starts_with("file:") ? word.substr(5) : word;
  if (path.empty() || system_log_) return {};
  // O_SYNC: whoever reads the file after our exit or our death finds the line.
  log_ = TRY_DOING("open " + path, sys::openat(AT_FDCWD, path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_SYNC | O_NOCTTY, 0644));
  return {};
}

void Report::error(std::string_view message) {
  log(Level::error, message);
  if (log_ || system_log_) write_all(2, std::string(message) + '\n');  // whoever started us without reading the log sees it too
}

void Report::bare(std::string_view message) {
  if (log_ || system_log_) log(Level::error, message);
  write_all(2, std::string(message) + '\n');
}

void Report::warn(std::string_view message) {
  // podman decodes the file as a single object and loses the error behind a warning.
  if (least_ == Level::debug || system_log_ || (!log_ && format_ != Format::json)) log(Level::warning, message);
}

void Report::debug(std::string_view message) { log(Level::debug, message); }

void Report::log(Level level, std::string_view message) {
  if (level < least_) return;
  if (system_log_) return system_log_->send(level, message);
  if (!log_ && format_ == Format::unset && is_terminal(2)) return write_all(2, line_for_terminal(level, message));
  const std::string time = local_time(std::time(nullptr));
  // One write: lines of processes that share the file do not mix.
  write_all(log_ ? log_.get() : 2, format_ == Format::json ? json_line(level, message, time) : text_line(level, message, time));
}

std::string Report::line_for_terminal(Level level, std::string_view message) const {
  std::string line;
  const std::string name(base_name(program_));
  if (!message.starts_with(program_ + ": ") && !message.starts_with(name + ' ')) line = name + ": ";
  if (level != Level::error) line.append(level_name(level)).append(": ");
  // A message may quote what a container or a file said: no control sequence of theirs reaches the terminal.
  return line.append(printable(message)) += '\n';
}

}  // namespace cli
