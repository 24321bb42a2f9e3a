// init/ask.cpp. Process: init, any stage. It tells the runtime how far it is and waits for its word (handshake/messages.h).
#include "init/steps.h"
#include "sys/process.h"

namespace init {
namespace {

handshake::Word word_for(plan::Await await) {
  switch (await) {
    case plan::Await::id_maps_written:
      return handshake::Word::id_maps_written;
    case plan::Await::cgroup_ready:
      return handshake::Word::cgroup_ready;
    case plan::Await::hooks_done:
      return handshake::Word::hooks_done;
    case plan::Await::proceed:
      return handshake::Word::proceed;
  }
  return {};
}

Result<> tell(Run& run, plan::Tell what) {
  static handshake::Report report;
  if (what == plan::Tell::nothing) return {};
  report.say = what == plan::Tell::ready ? handshake::Say::ready : handshake::Say::mounted;
  TRY_AS(Trouble::parent_gone, run.runtime.send(report));
  return {};
}

// The answer fifo of a plan that waits for `start`; -1: run and exec, where the handshake stays open until exec closes it.
int answer_of(const plan::View& plan) {
  for (const plan::Step& step : plan.steps())
    if (step.kind == plan::Kind::wait_for_start) return plan.fd(step.start.answer);
  return -1;
}

// The runtime may end now and the container lives on.
void let_go(Run& run) {
  run.proceeded = true;
  (void)sys::prctl(PR_SET_PDEATHSIG, 0);
}

Result<> await_hangup(const handshake::InitEnd& runtime) {
  for (;;) {
    sys::PollEntry entry{runtime.get(), 0 /* POLLHUP and POLLERR come unasked */, 0};
    const auto ready = sys::poll({&entry, 1}, -1);
    if (ready) return {};
    if (ready.code() != kEintr) return fail(Trouble::none, ready.code());
  }
}

// The next word, which must be the one that `await` is for.
Result<> expect(Run& run, plan::Await await) {
  const handshake::Word word = TRY_AS(Trouble::parent_gone, run.runtime.receive());
  if (word != word_for(await)) return fail(Trouble::damaged_plan, kEproto);
  return {};
}

// create: the runtime's last word is followed by its end, which is the signal to go on: who is killed before that has created
// nothing, and takes us along. The word alone would wake us while the runtime can still be killed, and nobody would own the
// container. So nothing but the hangup of the socket is waited for, and the parent-death signal goes first, since that end is a
// good one, too. What `kill` sends from then on is heard.
Result<> ask_for_the_end(Run& run, const plan::Ask& ask, int answer) {
  open_ears();
  let_go(run);
  TRY(tell(run, ask.tell));
  TRY(await_hangup(run.runtime));
  TRY(expect(run, ask.await));
  run.answer = answer;
  run.runtime.close();
  return {};
}

}  // namespace

Result<> ask(Run& run, const plan::Ask& ask) {
  const bool last = ask.await == plan::Await::proceed;
  if (const int answer = last ? answer_of(run.plan) : -1; answer >= 0) return ask_for_the_end(run, ask, answer);
  TRY(tell(run, ask.tell));
  TRY(expect(run, ask.await));
  if (ask.await == plan::Await::id_maps_written) hide_from_ptrace(run);  // no one needs to open our uid_map any more
  if (last) let_go(run);
  return {};
}

}  // namespace init
