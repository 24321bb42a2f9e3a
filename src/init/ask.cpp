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
  run.answer = answer_of(run.plan);
  if (run.answer >= 0) run.runtime.close();
}

}  // namespace

Result<> ask(Run& run, const plan::Ask& ask) {
  TRY(tell(run, ask.tell));
  const handshake::Word word = TRY_AS(Trouble::parent_gone, run.runtime.receive());
  if (word != word_for(ask.await)) return fail(Trouble::damaged_plan, kEproto);
  if (ask.await == plan::Await::id_maps_written) hide_from_ptrace(run);  // no one needs to open our uid_map any more
  if (ask.await == plan::Await::proceed) let_go(run);
  return {};
}

}  // namespace init
