#include "cli/ps.h"

#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/json_writer.h"
#include "support/text.h"
#include "sys/process.h"

namespace cli {
namespace {

constexpr int kNotFound = 2;  // ENOENT
constexpr int kPid = 1;       // P_PID of waitid(2)
constexpr std::size_t kMostOutput = 64U << 20;

std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = line.find_first_not_of(" \t"); begin != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    parts.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(" \t", end);
  }
  return parts;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// The file actions of posix_spawn(3), freed on every way out.
struct FileActions {
  posix_spawn_file_actions_t actions{};
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

// Standard output and error of a program of the host, when it has ended with status 0.
Result<std::string> output_of(std::vector<std::string> words) {
  std::array<int, 2> ends{-1, -1};
  TRY_DOING("pipe", sys::checked(sys::raw(__NR_pipe2, sys::address(ends.data()), O_CLOEXEC)));
  const sys::UniqueFd from_child(ends[0]);
  sys::UniqueFd to_us(ends[1]);
  FileActions redirect;
  posix_spawn_file_actions_adddup2(&redirect.actions, to_us.get(), 1);
  posix_spawn_file_actions_adddup2(&redirect.actions, to_us.get(), 2);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int refused = posix_spawnp(&pid, argv[0], &redirect.actions, nullptr, argv.data(), environ);
  if (refused == kNotFound) return fail("exec: \"" + words[0] + "\": executable file not found in $PATH");
  if (refused != 0) return fail("exec " + words[0], sys::Errno{refused});
  to_us.reset();
  std::string output;
  std::array<std::byte, 16384> buffer;
  while (output.size() < kMostOutput) {
    const auto got = sys::read(from_child.get(), buffer);
    if (!got || *got == 0) break;
    output.append(reinterpret_cast<const char*>(buffer.data()), *got);
  }
  const sys::Exit exit = TRY_DOING("wait for " + words[0], sys::waitid(kPid, pid, 4 /* WEXITED */));
  while (exit.exit_code() != 0 && output.ends_with('\n')) output.pop_back();
  if (exit.exit_code() != 0) return fail("exit status " + std::to_string(exit.exit_code()) + ": " + output);
  return output;
}

}  // namespace

std::string ps_json(const std::vector<int>& pids) {
  JsonWriter json(0);
  if (pids.empty()) return "null\n";  // as runc prints it
  json.begin_array();
  for (const int pid : pids) json.value(pid);
  json.end_array();
  return json.take() + '\n';
}

Result<std::string> ps_lines(std::string_view output, const std::vector<int>& pids) {
  const std::string_view header = next_line(output);
  const auto titles = fields(header);
  const auto column = static_cast<std::size_t>(std::ranges::find(titles, "PID") - titles.begin());
  if (column == titles.size()) return fail("couldn't find PID field in ps output");
  std::string lines = std::string(header) + '\n';
  while (!output.empty()) {
    const std::string_view line = next_line(output);
    if (line.empty()) continue;
    const auto parts = fields(line);
    if (parts.size() <= column) return fail("unexpected line of ps: " + std::string(line));
    const auto pid = text::parse_unsigned(parts[column], INT32_MAX);
    // Threads of the option -L have a line each, with the same pid.
    if (pid && std::ranges::find(pids, static_cast<int>(*pid)) != pids.end()) lines.append(line) += '\n';
  }
  return lines;
}

Result<int> commands::ps(Invocation& call) {
  std::string format = "table";
  TRY(bind(call.arguments, {{"format", &format}}));
  auto words = call.arguments.positional;
  const auto pids = TRY(container::processes(call.context, words[0]));
  if (format != "table" && format != "json") return fail("invalid format option");
  if (format == "json") {
    TRY(print(ps_json(pids)));
    return 0;
  }
  words[0] = "ps";
  if (words.size() == 1) words.emplace_back("-ef");
  const std::string output = TRY(output_of(std::move(words)));
  const std::string lines = TRY(ps_lines(output, pids));
  TRY(print(lines));
  return 0;
}

}  // namespace cli
