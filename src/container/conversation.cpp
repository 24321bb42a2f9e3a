// Process: the runtime, on the host, with the caller's rights. The other end is inside the container: what it says is checked for
// its place in the order, and its text is only shown.
#include "container/conversation.h"

#include <sys/poll.h>
#include <sys/wait.h>

#include <vector>

namespace container {
namespace {

using handshake::Report;
using handshake::Say;
using handshake::Word;
using plan::Kind;

// How the process ended, when init had no time to say why.
std::unexpected<Error> last_words(const plan::Plan& plan, const Child& process, Purpose purpose) {
  const std::string head = failure_head(purpose) + "init ended unexpectedly: ";
  // A dying process closes its descriptors before it can be waited for, and the first one of a pid namespace a good while before.
  constexpr int kPatienceMs = 1000;
  (void)sys::await_end(process.pidfd.get(), kPatienceMs);
  const auto exit = sys::waitid(P_PIDFD, process.pidfd.get(), WEXITED | WNOHANG | WNOWAIT);
  if (!exit || exit->pid == 0) return fail(head + "it closed the connection");
  if (exit->code == 1 /* CLD_EXITED */) return fail(head + "exit status " + std::to_string(exit->status));
  // SIGILL: a filter that answers with an error lets init neither speak nor exit.
  const bool refused = exit->status == SIGSYS || exit->status == SIGILL;
  for (const plan::Step& step : plan.view().steps())
    if (refused && step.kind == Kind::load_seccomp)
      return fail(head + signal_words(exit->status), std::string(plan.view().text(step.origin)),
                  "the seccomp filter must allow what starting a program takes: read, sendmsg, execve, exit_group");
  return fail(head + signal_words(exit->status));
}

class Talk {
  const plan::Plan& plan_;
  Launched& launched_;
  Purpose purpose_;
  Child first_part_;  // after Report child: it is about to end, and reaped at the end of the talk
  struct Early {
    Report report;
    sys::UniqueFd fd;
  };
  std::vector<Early> early_;  // what the new child said before its first part could tell of it

  std::unexpected<Error> gone() const { return last_words(plan_, launched_.process, purpose_); }

 public:
  Talk(const plan::Plan& plan, Launched& launched, Purpose purpose) : plan_(plan), launched_(launched), purpose_(purpose) {}
  ~Talk() { end_child(first_part_); }  // all that it had left to do was to exit

  // The next report, or that there is none: `ended`.
  Result<handshake::RuntimeEnd::Next> next(Report& report) {
    auto next = TRY_DOING("receive from init", launched_.channel.receive(report));
    if (!next.ended && report.say == Say::failed) return std::unexpected(explain(plan_, report, purpose_));
    return next;
  }

  Result<sys::UniqueFd> expect(Say say) {
    Early first;
    if (!early_.empty()) {
      first = std::move(early_.front());
      early_.erase(early_.begin());
    } else {
      auto received = TRY(next(first.report));
      if (received.ended) return gone();
      first.fd = std::move(received.fd);
    }
    if (first.report.say != say) return fail("unable to start container process: unexpected message from init");
    return std::move(first.fd);
  }

  Result<> send(Word word) {
    if (launched_.channel.send(word)) return {};
    // It is gone, but what it said before can still be read.
    Report report;
    auto received = TRY(next(report));
    (void)received;
    return gone();
  }

  // Two processes share the socket at this moment, so the child's first words may overtake the news of its birth.
  Result<> adopt_child() {
    constexpr std::size_t kMostEarly = 8;
    for (;;) {
      Early heard;
      auto received = TRY(next(heard.report));
      if (received.ended) return gone();
      heard.fd = std::move(received.fd);
      if (heard.report.say == Say::child) {
        // Who traces the new process from inside could say this in its name, and before its first part does: what is adopted is
        // limited, moved and signalled, so the kernel tells who it is.
        auto child = as_child(std::move(heard.fd));
        if (!child || child->pid != heard.report.number) break;
        first_part_ = std::exchange(launched_.process, take(std::move(child)));
        return {};
      }
      early_.push_back(std::move(heard));
      if (early_.size() > kMostEarly) break;
    }
    return fail("unable to start container process: init reported no process");
  }

  Result<> answer(const plan::Ask& ask, Answers& answers) {
    if (ask.tell == plan::Tell::mounted) TRY(expect(Say::mounted));
    if (ask.tell == plan::Tell::ready) TRY(expect(Say::ready));
    const Child& process = launched_.process;
    switch (ask.await) {
      case plan::Await::id_maps_written:
        TRY(answers.write_maps(process.pid));
        return send(Word::id_maps_written);
      case plan::Await::cgroup_ready:
        TRY(answers.ready_cgroup(process.pid));
        return send(Word::cgroup_ready);
      case plan::Await::hooks_done:
        TRY(answers.run_create_hooks(process.pid));
        return send(Word::hooks_done);
      case plan::Await::proceed:
        return answers.record(process);
    }
    return fail("the plan is damaged");
  }

  Result<> follow(Answers& answers) {
    std::uint32_t index = 0;
    for (const plan::Step& step : plan_.view().steps()) {
      const std::uint32_t number = index++;
      if (step.kind == Kind::fork_inside) TRY(adopt_child());
      if (step.kind == Kind::hand_out_network) {
        sys::UniqueFd socket = TRY(expect(Say::network));
        TRY(answers.move_devices(std::move(socket)));
      }
      if (step.kind == Kind::mount_bind && step.bind.slot < 0 && (step.bind.flags & plan::kMapIds) != 0) {
        sys::UniqueFd tree = TRY(expect(Say::tree));
        TRY(answers.map_ids(number, std::move(tree)));
        TRY(send(Word::ids_mapped));
      }
      if (step.kind == Kind::open_terminal) {
        sys::UniqueFd master = TRY(expect(Say::terminal));
        if (const auto stat = sys::stat_fd(master.get()); !stat || !stat->is_char_device(5, 2))
          return fail("unable to start container process: what came as its terminal is none");
        TRY(answers.take_terminal(std::move(master)));
      }
      if (step.kind == Kind::load_seccomp && step.seccomp.notify != 0) {
        sys::UniqueFd listener = TRY(expect(Say::listener));
        TRY(answers.take_listener(std::move(listener)));
      }
      if (step.kind != Kind::ask) continue;
      TRY(answer(step.ask, answers));
      if (step.ask.await == plan::Await::proceed) return {};
    }
    return {};
  }

  // When both sides fail, ours is usually the consequence ("no such process"): init's own report is the better answer.
  Error better(Error ours) {
    sys::PollEntry entry{launched_.channel.poll_fd(), POLLIN, 0};
    const auto ready = sys::poll({&entry, 1}, 0);
    if (!ready || *ready == 0) return ours;
    Report report;
    const auto received = launched_.channel.receive(report);
    if (received && !received->ended && report.say == Say::failed) return explain(plan_, report, purpose_);
    return ours;
  }
};

}  // namespace

Result<> converse(const plan::Plan& plan, Launched& launched, Answers& answers, Purpose purpose) {
  Talk talk(plan, launched, purpose);
  auto done = talk.follow(answers);
  if (done) return {};
  return std::unexpected(talk.better(std::move(done).error()));
}

Result<> proceed(const plan::Plan& plan, Launched& launched, Purpose purpose) {
  Talk talk(plan, launched, purpose);
  TRY(talk.send(Word::proceed));
  for (;;) {
    Report report;
    auto received = TRY(talk.next(report));
    if (received.ended) return {};
    // Anything else has no meaning any more.
  }
}

Result<> proceed_and_end(const plan::Plan& plan, Launched& launched) {
  Talk talk(plan, launched, Purpose::create);
  TRY(talk.send(Word::proceed));
  sys::exit_process(0);
}

}  // namespace container
