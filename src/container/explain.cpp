// Process: the runtime, on the host. Only words are made here. What a report says comes from inside the container: it is text to be
// shown, never a name to be used.
#include "container/explain.h"

#include <sched.h>

#include <algorithm>

#include <cstring>

#include "config/read.h"

namespace container {
namespace {

using handshake::Report;
using handshake::Trouble;
using plan::Kind;

constexpr int kEperm = 1, kEnoent = 2, kEacces = 13, kEnotdir = 20;

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// Bytes of the container's choice: no control character reaches the terminal or the log, newlines of a hook's output excepted.
std::string detail_of(const Report& report) {
  std::string detail(report.detail.data(), std::min<std::size_t>(report.length, report.detail.size()));
  for (char& letter : detail)
    if ((static_cast<unsigned char>(letter) < 0x20 && letter != '\n' && letter != '\t') || letter == 0x7f) letter = '?';
  return detail;
}

std::string with_errno(std::string words, int code) {
  if (code > 0) (words += words.empty() ? "" : ": ") += errno_text(code);
  return words;
}

std::string program_words(const plan::View& view, const plan::Step& step, const Report& report) {
  const std::string name(view.text(step.program.name));
  const std::string head = "exec: " + quoted(name) + ": ";
  switch (report.trouble) {
    case Trouble::not_found_in_path:
      return head + "executable file not found in $PATH";
    case Trouble::not_executable:
      return head + "permission denied";
    case Trouble::is_directory:
      return head + "is a directory: permission denied";  // what execve(2) says: docker makes it 126
    default:
      break;
  }
  if (report.error == kEacces) return head + "permission denied";
  const std::string detail = detail_of(report);
  if (!detail.empty() && detail != name) return with_errno(head + "its interpreter " + detail, report.error);
  return with_errno(head + "stat " + name, report.error);
}

// Flags that were set, and that statfs(2) then does not show.
std::string lost_words(const Report& report) { return "the kernel reports the mount without " + detail_of(report); }

std::string mount_trouble(const Report& report, std::string_view type, std::string_view source, std::string_view target) {
  const std::string detail = detail_of(report);
  switch (report.trouble) {
    case Trouble::target_not_found:
      return with_errno("create mount point " + (detail.empty() ? std::string(target) : detail), report.error);
    case Trouble::target_not_directory:
      return "filesystem " + quoted(type) + " must be mounted on ordinary directory";
    case Trouble::target_type:  // both ways round, as mount(2) says it: engines give a hint for these words
      return with_errno("mount onto " + quoted(target), kEnotdir);
    case Trouble::source_not_found:
      return with_errno("open " + std::string(source), report.error != 0 ? report.error : kEnoent);
    case Trouble::filesystem_open:
      return with_errno("filesystem type " + quoted(type), report.error);
    case Trouble::filesystem_option:
      return with_errno("option " + detail, report.error);
    case Trouble::filesystem_create:
      return with_errno(detail, report.error);
    case Trouble::attributes:
      return with_errno("set mount attributes", report.error);
    case Trouble::flags_lost:
      return lost_words(report);
    case Trouble::propagation:
      return with_errno("set propagation", report.error);
    case Trouble::attach:
      return with_errno("mount src=" + std::string(source) + ", dst=" + std::string(target), report.error);
    case Trouble::not_the_device:
      return "the source is not that device";
    default:
      return with_errno(detail, report.error);
  }
}

std::string mount_words(const Report& report, std::string_view type, std::string_view source, std::string_view target) {
  return "error mounting " + quoted(source) + " to rootfs at " + quoted(target) + ": " +
         mount_trouble(report, type, source, target);
}

// Detail of a failed hook: its name, a newline, its output.
std::string hook_words(const Report& report) {
  const std::string detail = detail_of(report);
  const std::size_t line = std::min(detail.find('\n'), detail.size());
  const std::string head = "error running " + detail.substr(0, line) + ": ";
  const std::string output = ", stdout: , stderr: " + (line < detail.size() ? detail.substr(line + 1) : std::string());
  switch (report.trouble) {
    case Trouble::hook_status:
      return head + "exit status " + std::to_string(report.number) + output;
    case Trouble::hook_signal:
      return head + signal_words(report.number) + output;
    case Trouble::hook_timeout:
      return head + "hook ran past specified timeout of " + std::to_string(report.number) + ".0s";
    default:
      return with_errno(head + "fork/exec", report.error);
  }
}

std::string directory_words(const plan::View& view, const plan::Step& step, const Report& report) {
  if (report.trouble == Trouble::outside_root)
    return "current working directory is outside of container mount namespace root -- possible container breakout detected";
  return with_errno("chdir to cwd (" + quoted(view.text(step.text)) + ") set in config.json failed", report.error);
}

std::string step_words(const plan::View& view, const plan::Step& step, const Report& report) {
  switch (step.kind) {
    case Kind::find_program:
      return program_words(view, step, report);
    case Kind::change_directory:
      return directory_words(view, step, report);
    case Kind::run_hooks:
      return hook_words(report);
    case Kind::mount_filesystem: {
      const auto& mount = step.filesystem;
      return mount_words(report, view.text(mount.type), view.text(mount.source), view.text(mount.target));
    }
    case Kind::unmount:
      return with_errno("unmount " + detail_of(report), report.error) +
             (report.error == 22 /* EINVAL */ ? ": not a mount that can go" : "");
    case Kind::mount_bind:
      return mount_words(report, "bind", view.text(step.bind.source), view.text(step.bind.target));
    default:
      break;
  }
  std::string words = plan::describe(view, step);
  if (report.trouble == Trouble::flags_lost) return words + ": " + lost_words(report);
  if (const std::string detail = detail_of(report); !detail.empty()) (words += ": ") += detail;
  if (report.trouble == Trouble::not_the_device) words += ": another file is in its place";
  return with_errno(std::move(words), report.error);
}

bool limits_cpus(const plan::Plan& plan) {
  return std::ranges::any_of(plan.cgroup.writes, [](const plan::CgroupWrite& write) { return write.file == "cpuset.cpus"; });
}

// The first argument of the failing exec, for runc's bare line.
std::string exec_words(const plan::View& view, const plan::Step& step, const Report& report) {
  std::string program = detail_of(report);
  const auto args = view.array<plan::Text>(step.exec.args);
  if (program.empty() && !args.empty()) program = view.text(args[0]);
  return with_errno("exec " + program, report.error);
}

}  // namespace

std::string signal_words(int signal) {
  const char* name = ::strsignal(signal);
  std::string words = name != nullptr ? name : std::to_string(signal);
  if (words[0] >= 'A' && words[0] <= 'Z') words[0] = static_cast<char>(words[0] - 'A' + 'a');
  return "signal: " + words;
}

// A program that is not found is told without the stage in exec, as runc does: engines show this line to people.
std::string failure_head(Purpose purpose) {
  if (purpose == Purpose::mounts) return {};
  const std::string start = "unable to start container process: ";
  return purpose == Purpose::create ? start + "error during container init: " : start;
}

Error explain(const plan::Plan& plan, const Report& report, Purpose purpose) {
  const plan::View view = plan.view();
  const std::string inside = failure_head(purpose);
  Error error;
  error.code = report.error;
  if (report.trouble == Trouble::parent_gone || report.trouble == Trouble::damaged_plan || report.step >= view.steps().size()) {
    error.what = inside + (report.trouble == Trouble::parent_gone ? "the runtime is gone" : "the plan is damaged");
    return error;
  }
  const plan::Step& step = view.steps()[report.step];
  error.pointer = view.text(step.origin);
  if (step.kind == Kind::exec) {
    error.what = exec_words(view, step, report);
    error.bare = true;
    return error;
  }
  error.what = inside + step_words(view, step, report);
  // sched_setattr(2): SCHED_DEADLINE wants all CPUs of the system.
  if (step.kind == Kind::set_scheduler && report.error == kEperm && limits_cpus(plan))
    error.hint = "process scheduler can't be used together with AllowedCPUs";
  return error;
}

Error explain_start(const Report& report, std::string_view program) {
  Error error;
  error.code = report.error;
  const std::string detail = detail_of(report);
  if (detail.substr(0, detail.find('\n')).find(" hook #") != std::string::npos) {
    error.what = hook_words(report);
    error.pointer = "/hooks/startContainer";
    return error;
  }
  error.what = with_errno("exec " + (detail.empty() ? std::string(program) : detail), report.error);
  return error;
}

namespace {

// ":14:11, at /process/user/uid"; of a text that is no JSON the pointer is the place itself (config/read.h).
std::string place_words(std::string_view text, const std::string& pointer) {
  if (pointer.starts_with(':')) return pointer;
  const config::Position at = text.empty() ? config::Position{} : config::locate(text, pointer);
  const std::string place = at.line != 0 ? ':' + std::to_string(at.line) + ':' + std::to_string(at.column) : "";
  return place + ", at " + pointer;
}

}  // namespace

Error finish(Error error, std::string_view text, std::string_view document) {
  if (!error.pointer.empty() && !error.bare) {
    while (error.what.ends_with('\n')) error.what.pop_back();  // a hook's output
    error.what.append(" (").append(document).append(place_words(text, error.pointer)).append(")");
  }
  if (!error.hint.empty()) error.what += "; " + error.hint;
  error.pointer.clear();
  error.hint.clear();
  return error;
}

}  // namespace container
