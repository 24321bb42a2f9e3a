// init/hooks.cpp. Process: init; createContainer hooks before the pivot with all capabilities, startContainer hooks as the user,
// sealed. A hook gets the state on its standard input, none of our descriptors and none of our environment. It may not hold us up:
// its time is limited, its output bounded, and a child that it leaves behind with the pipe open is not waited for.
#include "init/line.h"
#include "init/steps.h"
#include "init/strings.h"
#include "sys/confine.h"

namespace init {
namespace {

constexpr int kSigpipe = 13;
constexpr short kPollIn = 1, kPollOut = 4;

// What a failing hook is told with: its name, a newline, what it printed.
Line<sizeof(handshake::Report::detail)> story;

// The state JSON in the pieces that it comes in, and how much of it has been written.
class Letter {
  std::array<std::string_view, 3> pieces_;
  std::size_t at_ = 0;

 public:
  Letter(std::string_view before, std::string_view pid, std::string_view after) : pieces_{before, pid, after} {}

  // Writes what the pipe takes. True: there is more.
  bool write_to(int fd) {
    while (at_ < pieces_.size()) {
      std::string_view& piece = pieces_[at_];
      if (piece.empty()) {
        ++at_;
        continue;
      }
      const auto put = sys::write(fd, piece);
      if (!put) return put.code() == kEagain;  // EPIPE: it does not want to read, which is its right
      piece.remove_prefix(*put);
    }
    return false;
  }
};

struct Running {
  sys::UniqueFd pidfd, input, output;
  int pid = -1;
};

// Where a hook prints to: the config's files, or the pipe.
struct Outputs {
  int out, err;
};

[[noreturn]] void become_hook(const Run& run, const plan::Hook& hook, int input, int pipe, Outputs outputs) {
  Strings strings;
  strings.add_all(run, hook.args);
  strings.end_arguments();
  strings.add_all(run, hook.env);
  if ((hook.flags & plan::kHookAddHome) != 0 && run.home != nullptr) strings.add(run.home);
  (void)sys::setpgid(0, 0);
  const bool wired = sys::dup3(input, 0, 0) && sys::dup3(outputs.out < 0 ? pipe : outputs.out, 1, 0) &&
                     sys::dup3(outputs.err < 0 ? pipe : outputs.err, 2, 0) && sys::close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  int code = kE2big;
  if (wired && strings.fits()) {
    for (int signal = 1; signal <= 64; ++signal) sys::reset_signal_disposition(signal);
    sys::set_signal_mask(0);
    code = sys::execve(run.c_str(hook.path), strings.arguments(), strings.environment()).code;
  }
  Line<64> reason;
  reason.add("cannot be executed: error ").add_number(static_cast<std::uint64_t>(code)).add("\n");
  (void)sys::write(pipe, reason.view());
  sys::exit_process(code == kEnoent ? 127 : 126);
}

// dup3(2) refuses equal numbers, so the pipes must lie above 2 even when the caller left 0..2 closed.
Result<> above_stdio(sys::UniqueFd& fd) {
  if (fd.get() > 2) return {};
  const long moved = TRY(sys::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  fd.reset(static_cast<int>(moved));
  return {};
}

Result<Running> start_hook(const Run& run, const plan::Hook& hook, Outputs outputs) {
  Running running;
  sys::UniqueFd its_input, its_output;
  TRY(sys::pipe(its_input, running.input));
  TRY(sys::pipe(running.output, its_output));
  TRY(above_stdio(its_input));
  TRY(above_stdio(its_output));
  TRY(sys::fcntl(running.input.get(), F_SETFL, O_NONBLOCK));
  TRY(sys::fcntl(running.output.get(), F_SETFL, O_NONBLOCK));
  running.pid = TRY(sys::fork_with_pidfd(running.pidfd));
  if (running.pid == 0) become_hook(run, hook, its_input.get(), its_output.get(), outputs);
  (void)sys::setpgid(running.pid, running.pid);  // by both: whoever comes first, the group is there before a kill
  return running;
}

// Takes what is in the pipe; what the story has no room for is dropped. True: the other end may say more.
bool listen(int output) {
  std::array<std::byte, 1024> block;
  for (;;) {
    const auto got = sys::read(output, block);
    if (!got) return got.code() == kEagain;
    if (*got == 0) return false;
    story.add({reinterpret_cast<const char*>(block.data()), *got});
  }
}

// Until the hook ends. False: its time is over.
bool attend(Running& running, Letter& letter, std::int32_t timeout_seconds) {
  const std::int64_t deadline = sys::milliseconds() + std::int64_t{timeout_seconds} * 1000;
  for (;;) {
    if (running.input && !letter.write_to(running.input.get())) running.input.reset();
    sys::PollEntry entries[3] = {
        {running.pidfd.get(), kPollIn, 0}, {running.output.get(), kPollIn, 0}, {running.input.get(), kPollOut, 0}};
    const std::int64_t left = timeout_seconds == 0 ? -1 : deadline - sys::milliseconds();
    if (timeout_seconds != 0 && left <= 0) return false;
    const auto ready = sys::poll(entries, left > 1'000'000 ? 1'000'000 : static_cast<int>(left));
    if (!ready) continue;  // EINTR
    if (entries[1].returned != 0 && !listen(running.output.get())) running.output.reset();
    if (entries[0].returned != 0) return true;
  }
}

Result<> run_hook(const Run& run, const plan::Hook& hook, Letter letter, Outputs outputs) {
  constexpr int kPidfd = 3, kExited = 4;  // P_PIDFD, WEXITED
  story.clear();
  story.add(run.text(hook.name)).add("\n");
  auto started = start_hook(run, hook, outputs);
  if (!started) return fail(Trouble::none, started.error().error, run.text(hook.name));
  const bool in_time = attend(*started, letter, hook.timeout_seconds);
  if (!in_time) (void)sys::kill(-started->pid, 9);
  const auto ended = sys::waitid(kPidfd, started->pidfd.get(), kExited);
  if (!ended) return fail(Trouble::none, ended.error().code, run.text(hook.name));  // a filter may forbid it
  const sys::Exit end = *ended;
  if (started->output) (void)listen(started->output.get());  // what is there now, and no more
  if (!in_time) return fail(Trouble::hook_timeout, 0, story.view(), hook.timeout_seconds);
  if (end.code != 1) return fail(Trouble::hook_signal, 0, story.view(), end.status);
  if (end.status != 0) return fail(Trouble::hook_status, 0, story.view(), end.status);
  return {};
}

}  // namespace

Result<> run_hooks(Run& run, const plan::RunHooks& hooks) {
  run.rootfs.forget();  // a hook may mount
  // createContainer hooks find the rootfs as their working directory (runc; what the state names is the bundle). enter_root leaves
  // it.
  if (run.plan.steps()[run.step].stage == plan::Stage::host_root) TRY(sys::fchdir(run.rootfs.root()));
  Line<16> pid;
  pid.add_number(static_cast<std::uint64_t>(sys::getpid()));
  const Outputs outputs{run.plan.fd(hooks.out), run.plan.fd(hooks.err)};
  Result<> done;
  sys::ignore_signal(kSigpipe);
  for (const plan::Hook& hook : run.plan.array<plan::Hook>(hooks.hooks)) {
    done = run_hook(run, hook, Letter{run.text(hooks.state_before_pid), pid.view(), run.text(hooks.state_after_pid)}, outputs);
    if (!done) break;
  }
  // With SIGPIPE blocked, a letter that nobody read has left us one: to ignore it once more takes it off the queue (POSIX,
  // sigaction).
  sys::ignore_signal(kSigpipe);
  return done;
}

}  // namespace init
