// Process: the runtime, on the host, with the caller's rights; in the foreground it stays as the parent of the container's process.
#include "container/creation.h"
#include "container/hooks.h"
#include "container/notify.h"
#include "container/state_file.h"

namespace container {
namespace {

// After the user's program has begun: the service manager is told, poststart hooks run. Their failure ends the container.
Result<> after_start(Creation& creation, int notify_socket, bool detached) {
  const Child& process = creation.process();
  if (!creation.hooks().poststart.empty())
    TRY(run_hooks("poststart", creation.hooks().poststart, hook_state(creation.state(), Status::running, process.pid),
                  config::hook_files(creation.state().annotations)));
  if (notify_socket < 0) return {};
  return forward_ready(notify_socket, process.pidfd.get(), detached ? process.pid : sys::getpid());
}

Result<> bring_up(Creation& creation, bool detached) {
  sys::UniqueFd notify_socket;
  TRY(creation.make());
  if (is_notified()) notify_socket = TRY(bind_notify_socket(creation.entry()));
  return after_start(creation, notify_socket.get(), detached);
}

}  // namespace

Result<int> run(const Context& context, const RunOptions& options) {
  Creation creation(context, options, options.detach ? Mode::run_detached : Mode::run);
  auto prepared = creation.prepare();
  if (!prepared) return std::unexpected(creation.refused(std::move(prepared).error()));
  // Orphans of a container without its own pid namespace come to us, not to whoever is above.
  if (!options.detach && !options.no_subreaper) (void)sys::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto begun = bring_up(creation, options.detach);
  if (!begun) return std::unexpected(creation.give_up(std::move(begun).error()));
  if (options.detach) return 0;
  const int status = TRY(creation.foreground().wait(creation.process()));
  if (options.keep)
    TRY(creation.keep_ended());
  else
    TRY(creation.destroy_ended());
  return status;
}

}  // namespace container
