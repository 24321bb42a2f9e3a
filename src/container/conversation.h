// container/conversation.h: the runtime's half of handshake/messages.h. The plan's steps say which message comes when, so both
// sides follow the same list; there is no second description of the protocol that could differ.
#pragma once
#include "container/explain.h"
#include "container/launch.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

// What the runtime does between init's messages. Each is called at most once, in the order of the plan.
class Answers {
 public:
  virtual ~Answers() = default;
  virtual Result<> write_maps(int pid) = 0;                                                   // before Word id_maps_written
  virtual Result<> move_devices(sys::UniqueFd socket) { return unasked(std::move(socket)); }  // Report network
  virtual Result<> map_ids(std::uint32_t, sys::UniqueFd tree) {
    return unasked(std::move(tree));
  }  // Report tree, before Word ids_mapped
  virtual Result<> ready_cgroup(int pid) = 0;                  // before Word cgroup_ready
  virtual Result<> run_create_hooks(int pid) = 0;              // Report mounted, before Word hooks_done
  virtual Result<> take_terminal(sys::UniqueFd master) = 0;    // Report terminal
  virtual Result<> take_listener(sys::UniqueFd listener) = 0;  // Report listener
  virtual Result<> record(const Child& process) = 0;           // Report ready, before Word proceed: last chance to refuse

 private:
  static Result<> unasked(sys::UniqueFd) { return fail("the plan is damaged"); }  // exec mounts nothing
};

// From the clone to the moment when init is ready and on record. `launched.process` becomes the container's process where init's
// first part hands over to a child (Report child); the first part is reaped. An error is init's own report when there is one.
Result<> converse(const plan::Plan& plan, Launched& launched, Answers& answers, Purpose purpose);

// run, exec: Word proceed, and then until init closes its end because the user's program runs, or reports that it failed. Until
// then the runtime may not end: init is bound to die with it.
Result<> proceed(const plan::Plan& plan, Launched& launched, Purpose purpose);

// create: Word proceed, and the end of this process with exit status 0: init takes only both together for a yes (init/ask.cpp). No
// destructor runs, for each would be a moment in which the container is released and its creator can still be killed: whoever
// called would be told of a failure, and the container would live. Returns only an error.
Result<> proceed_and_end(const plan::Plan& plan, Launched& launched);

}  // namespace container
