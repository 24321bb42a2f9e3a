// Process: the runtime, on the host, with the caller's rights. No lock of the container is held here: a hook may call the runtime.
#include "container/hooks.h"

#include <linux/memfd.h>
#include <signal.h>
#include <sys/poll.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "container/child.h"
#include "container/files.h"
#include "support/text.h"

namespace container {
namespace {

constexpr std::size_t kMaxOutput = 64U << 10;  // of each stream; what is more is read and dropped

struct Pipe {
  sys::UniqueFd read, write;
};
sys::Result<Pipe> make_pipe(int flags) {
  int ends[2] = {-1, -1};
  const long answer = sys::raw(__NR_pipe2, sys::address(ends), flags | O_CLOEXEC);
  if (answer < 0) return std::unexpected(sys::Errno{static_cast<int>(-answer)});
  return Pipe{sys::UniqueFd(ends[0]), sys::UniqueFd(ends[1])};
}

// The state, ready to be read to its end: nobody has to feed the hook, so one that never reads cannot block us or kill us with
// SIGPIPE. A pipe where the text fits into one, else a memfd.
sys::Result<sys::UniqueFd> filled_input(const std::string& text) {
  auto pipe = make_pipe(O_NONBLOCK);
  if (pipe) {
    const auto put = sys::write(pipe->write.get(), text);
    if (put && *put == text.size()) {
      SYS_TRY(sys::fcntl(pipe->read.get(), F_SETFL, 0));  // the hook expects reads that wait
      return std::move(pipe->read);
    }
  }
  auto memfd = SYS_TRY(sys::memfd_create("minc-oci:state", MFD_CLOEXEC));
  SYS_TRY(write_all(memfd.get(), text));
  SYS_TRY(sys::checked(sys::raw(__NR_lseek, memfd.get(), 0, 0 /* SEEK_SET */)));
  return memfd;
}

struct Capture {
  sys::UniqueFd end;
  std::string text;

  // Reads what is there. False at the end of the stream.
  bool drain() {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto got = sys::read(end.get(), std::as_writable_bytes(std::span{buffer}));
      if (!got) return got.code() == sys::kEagain;
      if (*got == 0) return false;
      text.append(buffer.data(), std::min(*got, kMaxOutput - std::min(kMaxOutput, text.size())));
    }
  }
};

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// Until the hook itself has ended, not until its pipes have: a daemon that it leaves behind may hold them for ever.
// True when `deadline_ms` (0: none) came first.
bool await(const Child& hook, Capture& output, Capture& errors, std::int64_t deadline_ms) {
  for (;;) {
    int left = -1;
    if (deadline_ms != 0)
      left = static_cast<int>(std::max<std::int64_t>(0, std::min<std::int64_t>(deadline_ms - now_ms(), 1 << 30)));
    std::array<sys::PollEntry, 3> entries{
        {{hook.pidfd.get(), POLLIN, 0}, {output.end.get(), POLLIN, 0}, {errors.end.get(), POLLIN, 0}}};
    const auto ready = sys::poll(entries, left);
    if (!ready && ready.code() != sys::kEintr) return false;
    if (ready && *ready == 0 && deadline_ms != 0 && now_ms() >= deadline_ms) return true;
    if (entries[1].returned != 0 && !output.drain()) output.end.reset();
    if (entries[2].returned != 0 && !errors.drain()) errors.end.reset();
    if (entries[0].returned != 0) break;
  }
  for (Capture* capture : {&output, &errors})
    if (capture->end) (void)capture->drain();
  return false;
}

std::string shown_status(const sys::Exit& exit) {
  if (exit.code == 1 /* CLD_EXITED */) return "exit status " + std::to_string(exit.status);
  const char* name = ::strsignal(exit.status);
  std::string words = name != nullptr ? name : std::to_string(exit.status);
  if (!words.empty() && words[0] >= 'A' && words[0] <= 'Z') words[0] = static_cast<char>(words[0] - 'A' + 'a');
  return "signal: " + words;
}

// What the config wants hooks to print to; an empty descriptor: we take it ourselves.
struct Outputs {
  sys::UniqueFd out, err;
};

Result<sys::UniqueFd> open_output(const std::string& path, std::string_view annotation) {
  if (path.empty()) return sys::UniqueFd();
  auto file = open_hook_file(path);
  if (!file) return fail("open " + path, file.error(), text::pointer("/annotations", annotation));
  return take(std::move(file));
}
Result<Outputs> open_outputs(const config::HookFiles& files) {
  Outputs outputs;
  outputs.out = TRY(open_output(files.out, config::kHookStdout));
  outputs.err = TRY(open_output(files.err, config::kHookStderr));
  return outputs;
}

Result<> run_hook(const config::Hook& hook, const std::string& state_json, const Outputs& outputs) {
  const std::vector<std::string> given_args = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
  const auto argv = c_strings(given_args);
  const auto own_env = hook.env ? c_strings(*hook.env) : std::vector<const char*>{};
  const sys::UniqueFd input = TRY_DOING("pipe", filled_input(state_json));
  Pipe output = TRY_DOING("pipe", make_pipe(0));
  Pipe errors = TRY_DOING("pipe", make_pipe(0));
  // Ours to poll, so ours alone do not wait; the hook's own ends do.
  TRY_DOING("pipe", sys::fcntl(output.read.get(), F_SETFL, O_NONBLOCK));
  TRY_DOING("pipe", sys::fcntl(errors.read.get(), F_SETFL, O_NONBLOCK));

  HostProgram program;
  program.path = hook.path.c_str();
  program.argv = argv.data();
  program.envp = hook.env ? own_env.data() : const_cast<const char* const*>(environ);
  program.standard_input = input.get();
  program.standard_output = outputs.out ? outputs.out.get() : output.write.get();
  program.standard_error = outputs.err ? outputs.err.get() : errors.write.get();
  const Child child = TRY_DOING("fork/exec " + hook.path, start_program(program));
  output.write.reset();
  errors.write.reset();

  Capture from_output{std::move(output.read), {}}, from_errors{std::move(errors.read), {}};
  const std::int64_t seconds = hook.timeout.value_or(0);
  const std::int64_t deadline = seconds > 0 ? now_ms() + std::min<std::int64_t>(seconds, 1 << 20) * 1000 : 0;
  const bool late = await(child, from_output, from_errors, deadline);
  // With the whole group: what the hook has started would otherwise go on beside a container that is being undone.
  if (late) (void)sys::kill(-child.pid, SIGKILL);
  const sys::Exit exit = TRY_DOING("wait", reap(child));
  if (late) return fail("hook ran past specified timeout of " + std::to_string(seconds) + ".0s");
  if (exit.exit_code() == 0) return {};
  return fail(shown_status(exit) + ", stdout: " + from_output.text + ", stderr: " + from_errors.text);
}

std::string doing(std::string_view name, std::size_t number) {
  return "error running " + std::string(name) + " hook #" + std::to_string(number);
}
std::string place(std::string_view name, std::size_t number) {
  return "/hooks/" + std::string(name) + '/' + std::to_string(number);
}

}  // namespace

sys::Result<sys::UniqueFd> open_hook_file(const std::string& path) {
  constexpr int kHow = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK;
  sys::UniqueFd file = SYS_TRY(sys::openat(AT_FDCWD, path.c_str(), kHow, 0600));
  SYS_TRY(sys::fcntl(file.get(), F_SETFL, O_APPEND));
  return file;
}

Result<> run_hooks(std::string_view name, const std::vector<config::Hook>& hooks, const std::string& state_json,
                   const config::HookFiles& files) {
  if (hooks.empty()) return {};
  const Outputs outputs = TRY_DOING("error running " + std::string(name) + " hooks", open_outputs(files));
  for (std::size_t number = 0; number < hooks.size(); ++number) {
    auto ran = run_hook(hooks[number], state_json, outputs);
    if (ran) continue;
    ran.error().pointer = place(name, number);
    return within(doing(name, number), std::move(ran).error());
  }
  return {};
}

void run_all_hooks(std::string_view name, const std::vector<config::Hook>& hooks, const std::string& state_json,
                   const config::HookFiles& files, const std::function<void(const std::string&)>& warn) {
  if (hooks.empty()) return;
  auto outputs = open_outputs(files);
  if (!outputs && warn) warn(std::string(name) + " hooks: " + outputs.error().what);
  if (!outputs) outputs = Outputs{};
  for (std::size_t number = 0; number < hooks.size(); ++number)
    if (auto ran = run_hook(hooks[number], state_json, *outputs); !ran && warn) warn(doing(name, number) + ": " + ran.error().what);
}

}  // namespace container
