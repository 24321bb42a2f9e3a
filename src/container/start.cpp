// Process: the runtime, on the host, with the caller's rights. runtime.md "Start": steps 6 to 9 of the lifecycle.
#include <signal.h>

#include "config/read.h"
#include "container/container.h"
#include "container/destroy.h"
#include "container/explain.h"
#include "container/files.h"
#include "container/hooks.h"
#include "container/notify.h"
#include "container/process_id.h"
#include "container/refusal.h"
#include "container/state_file.h"
#include "handshake/runtime_end.h"
#include "sys/process.h"

namespace container {
namespace {

std::unexpected<Error> wrong_status(const std::string& id, Status status) {
  const std::string name = text::quote(id);
  if (status == Status::stopped)
    return fail("cannot start a container that has stopped", "", "delete " + name + " and create it again");
  if (status == Status::running)
    return fail("cannot start an already running container", "", "exec runs one more process in " + name);
  return fail("cannot start a container in the " + std::string(status_name(status)) + " state", "", is_in(id, status));
}

// The byte that lets init go on, and the end of "created". Nothing here waits: with O_NONBLOCK an open for writing succeeds only
// when init holds the other end. The answer's reader is there before init can have anything to say.
Result<sys::UniqueFd> give_the_word(const Entry& entry) {
  const int directory = entry.directory.get();
  sys::UniqueFd answer =
      TRY_DOING("open answer/exec.fifo", sys::openat(directory, kAnswerFifo, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  const auto fifo = sys::openat(directory, kStartFifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  if (!fifo) return wrong_status(entry.id, Status::stopped);  // ENXIO: nobody waits there any more
  TRY_DOING("write exec.fifo", sys::write(fifo->get(), "0"));
  (void)sys::unlinkat(directory, kStartFifo);
  TRY_DOING("fcntl", sys::fcntl(answer.get(), F_SETFL, 0));  // now it may wait
  return answer;
}

Error with_place(Error error, const Entry& entry) {
  const auto text = read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes);
  return finish(std::move(error), text ? *text : std::string(), "config.json");
}

// args[0] of the config as it was at create.
std::string program_of(const Entry& entry) {
  const auto text = read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes);
  if (!text) return {};
  const auto spec = config::read_spec(*text);
  return spec && spec->process && !spec->process->args.empty() ? spec->process->args[0] : std::string();
}

// Until the user's program runs. An error when init could not come so far.
Result<> await_program(const Entry& entry, int answer) {
  handshake::Report report;
  const bool failed = TRY_DOING("read answer/exec.fifo", handshake::receive_answer(answer, report));
  if (failed) return std::unexpected(explain_start(report, program_of(entry)));
  return {};
}

// Steps 7 and 9 may fail only together with the container: it is stopped, destroyed, and its poststop hooks run.
Error give_up(const Context& context, const Store& store, Entry&& entry, const State& state, int pidfd, Error error) {
  constexpr int kPatienceMs = 10'000;
  error = with_place(std::move(error), entry);
  (void)sys::pidfd_send_signal(pidfd, SIGKILL);
  (void)sys::await_end(pidfd, kPatienceMs);
  const config::Hooks hooks = state.poststop_hooks ? saved_hooks(entry) : config::Hooks{};
  const auto destroyed = destroy(context, store, std::move(entry), state, hooks.poststop);
  if (!destroyed) context.warn(destroyed.error().what);
  return error;
}

Result<> bring_up(const Entry& entry, const State& state, int answer, int notify_socket, int pidfd) {
  TRY(await_program(entry, answer));
  if (state.poststart_hooks)
    TRY(run_hooks("poststart", saved_hooks(entry).poststart, hook_state(state, Status::running, state.init.pid),
                  config::hook_files(state.annotations)));
  if (notify_socket < 0) return {};
  return forward_ready(notify_socket, pidfd, state.init.pid);
}

}  // namespace

Result<> start(const Context& context, const std::string& id) {
  const Store store(context.root);
  Entry entry = TRY(store.open(id));
  TRY(store.lock(entry));  // of two starts one gives the word
  const State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status != Status::created) return wrong_status(id, status);
  const auto pidfd = open_process(state.init);
  if (!pidfd) return wrong_status(id, Status::stopped);
  sys::UniqueFd notify_socket;
  const bool notified = is_notified() && sys::faccessat(entry.directory.get(), "notify", F_OK, 0);
  if (notified) notify_socket = TRY(bind_notify_socket(entry));
  const sys::UniqueFd answer = TRY(give_the_word(entry));
  entry.lock.reset();  // hooks follow, and they may ask about this container
  auto begun = bring_up(entry, state, answer.get(), notify_socket.get(), pidfd->get());
  if (begun) return {};
  return std::unexpected(give_up(context, store, std::move(entry), state, pidfd->get(), std::move(begun).error()));
}

}  // namespace container
