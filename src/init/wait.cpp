// init/wait.cpp. Process: init, confined, nothing left but the user's program: the container is "created". fifo(7), signal(7).
#include "init/steps.h"
#include "sys/confine.h"

namespace init {
namespace {

// What ends a created container when `kill` sends it: the signals that mean an end. The others find a process that does not know
// them yet. As pid 1 of its namespace a process is deaf to signals without a handler, so these get one.
constexpr std::array<int, 11> kEnding{
    1 /* HUP */, 2 /* INT */,   3 /* QUIT */,  4 /* ILL */, 5 /* TRAP */, 6 /* ABRT */, 7 /* BUS */,
    8 /* FPE */, 11 /* SEGV */, 15 /* TERM */, 31 /* SYS */};

void end(int signal) { sys::exit_process(128 + signal); }

// True: the byte came. False: nobody writes, or has written without a word.
Result<bool> read_byte(int fifo) {
  std::byte byte{};
  const auto got = sys::read(fifo, {&byte, 1});
  if (got) return *got == 1;
  if (got.code() == kEagain) return false;
  return fail(Trouble::none, got.code());
}

}  // namespace

void open_ears() {
  for (int signal = 1; signal <= 64; ++signal) sys::ignore_signal(signal);
  for (const int signal : kEnding) sys::end_on_signal(signal, end);
  sys::reset_signal_disposition(17);  // SIGCHLD: ignored, a hook could not be waited for
  sys::set_signal_mask(0);
}

// A `start` that dies before it has written leaves the fifo at its end, which poll(2) reports again and again: then we look every
// 20 ms only, until the next `start` opens it.
Result<> wait_for_start(Run& run, const plan::WaitForStart& start) {
  const int fifo = run.plan.fd(start.fifo);
  while (!TRY(read_byte(fifo))) {
    sys::PollEntry entry{fifo, 1 /* POLLIN */, 0};
    const auto ready = sys::poll({&entry, 1}, -1);
    if (!ready && ready.code() != kEintr) return fail(Trouble::none, ready.code());
    if (ready && (entry.returned & 1) == 0) (void)sys::poll({}, 20);
  }
  sys::UniqueFd{fifo}.reset();
  return {};
}

}  // namespace init
