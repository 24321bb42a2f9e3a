// container/creation.h: create and run up to the point where the user's program may begin. Steps 1 to 5 of the lifecycle.
#pragma once
#include <memory>
#include <optional>

#include "container/bundle.h"
#include "container/container.h"
#include "container/conversation.h"
#include "container/foreground.h"
#include "container/mount_idmap.h"
#include "container/net_devices.h"
#include "container/trace.h"

namespace container {

enum class Mode { create, run_detached, run };

class Creation : protected Answers {
 protected:
  const Context& context_;
  CreateOptions options_;  // paths absolute
  Mode mode_;
  Trace trace_{context_};
  Store store_;
  Bundle bundle_;
  plan::Plan plan_;
  Entry entry_;  // empty until the id is ours
  State state_;
  MountIdMapper id_mapper_;
  NetDevices net_devices_;
  Membership membership_;
  Launched launched_;
  sys::UniqueFd console_, pidfd_socket_;
  std::optional<Foreground> foreground_;
  bool poststop_due_ = false;  // a hook has run: poststop hooks follow also when the container fails (runtime.md, lifecycle)
  bool limits_first_ = false, cgroup_made_ = false, pid_file_written_ = false;

  Result<> make_paths_absolute();
  Result<> check_terminal() const;
  Result<> open_terminal();
  Result<> connect_sockets();
  void describe_state();
  Result<> claim();
  Result<> make_fifos();
  Result<> make_cgroup();
  Result<> make_unit(int pid);
  Result<> launch_init();
  Result<> record_root_mount();
  // What makes processes of the rest: init and its plan, or (restore.cpp) criu and its images. `launched_` has the first one then.
  virtual Result<> bring_to_life();
  Result<> save(Status recorded);
  void undo();
  bool detached() const { return mode_ != Mode::run; }

  Result<> write_maps(int pid) override;
  Result<> move_devices(sys::UniqueFd socket) override;
  Result<> map_ids(std::uint32_t step, sys::UniqueFd tree) override;
  Result<> ready_cgroup(int pid) override;
  Result<> run_create_hooks(int pid) override;
  Result<> take_terminal(sys::UniqueFd master) override;
  Result<> take_listener(sys::UniqueFd listener) override;
  Result<> record(const Child& process) override;

 public:
  virtual ~Creation() = default;
  Creation(const Context& context, const CreateOptions& options, Mode mode)
      : context_(context), options_(options), mode_(mode), store_(context.root) {}

  // Everything that can be refused without a side effect.
  Result<> prepare();
  // The effects. Afterwards the user's program runs; create: init waits for `release`.
  Result<> make();
  // create: the container is there, and this process ends. Returns only an error.
  Result<> release();
  // A refusal of `prepare`, with its place in config.json.
  Error refused(Error error) const;
  // After a failure of `make` or of what followed: nothing of the container stays. The error gets what only the host knows (out of
  // memory?), and its place.
  Error give_up(Error error);

  const Child& process() const { return launched_.process; }
  Foreground& foreground() { return *foreground_; }
  const State& state() const { return state_; }
  const Entry& entry() const { return entry_; }
  const config::Hooks& hooks() const { return plan_.hooks; }
  // run, when the process has ended.
  Result<> destroy_ended();
  Result<> keep_ended();
};

}  // namespace container
