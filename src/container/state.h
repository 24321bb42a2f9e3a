// container/state.h: what is written about a container, and the directory that holds it.
//
//   ROOT/                 0700 (01700 below XDG_RUNTIME_DIR)
//   ROOT/@cache/          compiled seccomp filters, kept for all containers (container/filter_cache.h)
//   ROOT/ID/              0711
//   ROOT/ID/state.json    0600, written to a temporary name and renamed
//   ROOT/ID/config.json   0600, the config as it was at create
//   ROOT/ID/limits.json   0600, linux.resources as the last update left them; without it those of config.json hold
//   ROOT/ID/exec.fifo     there = "created"
//   ROOT/ID/answer/exec.fifo  the other direction (handshake/messages.h). Of that name: runc's test of a created container's
//                             descriptors knows this one and no other
//   ROOT/ID/notify/       with NOTIFY_SOCKET
//   ROOT/ID/criu-root/    restore: where the root file system is bound, in criu's own mount namespace
//   ROOT/ID/@lock         flock(2): held for a change of state, never across a hook, the fifo or a wait for init
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"
#include "cgroup/systemd.h"
#include "config/run_oci.h"
#include "config/spec.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container {

inline constexpr const char* kStartFifo = "exec.fifo";
inline constexpr const char* kAnswerDirectory = "answer";
inline constexpr const char* kAnswerFifo = "answer/exec.fifo";

enum class Status { creating, created, running, paused, stopped };
std::string_view status_name(Status status);

// A process that cannot be mistaken for another: the pid and field 22 of /proc/PID/stat (clock ticks since boot). pid 0 = none.
struct ProcessId {
  int pid = 0;
  std::uint64_t start_time = 0;
};

// state.json. Written with status "creating" before the first effect, then replaced as the container goes on.
struct State {
  std::string oci_version;  // the specification's version that we implement
  std::string boot;         // the machine's boot id: pids, groups and mounts are those of that time; `load` forgets them in another
  std::string id, bundle, rootfs, created;  // created: RFC 3339, UTC, nanoseconds with trailing zeros trimmed
  ProcessId init;
  ProcessId runtime;  // the process that is creating it
  config::Object<std::string> annotations;
  cgroup::Group cgroup;
  std::string unit;                               // systemd's, "" = it has no part in this container
  std::vector<std::string> external_descriptors;  // what 0, 1 and 2 were when it began: "pipe:[4711]", "/dev/pts/0"
  std::uint32_t namespaces = 0;                   // CLONE_NEW* of the namespaces that exec joins
  bool private_pid_namespace = false;
  bool poststop_hooks = false, poststart_hooks = false;  // then config.json has them
  bool systemd_cgroup = false, user_manager = false, rootless = false, host_overlay = false;
  std::uint64_t root_mount = 0;  // without a mount namespace: the id of our mount on `rootfs`, to be detached at the end (statx(2))
  std::uint32_t owner = 0;       // uid that created it
  std::string rdt_group, rdt_monitor;                     // linux.intelRdt: directories of resctrl, "" = none
  bool rdt_group_ours = false, rdt_monitor_ours = false;  // not there before us: removed at the end
  cgroup::Unit systemd_unit() const {
    return {unit, user_manager, std::string(config::annotation(annotations, config::kSystemdSubgroup))};
  }
  Status recorded = Status::creating;  // creating, created (init is ready) or stopped; the live status is `status_of`
};

// An open state directory of one container.
class Entry {
 public:
  sys::UniqueFd directory;  // O_PATH is not enough: it is also read and locked
  sys::UniqueFd lock;       // with flock held, or empty
  std::string id;
  std::string path;  // ROOT/ID, for messages
};

class Store {
 public:
  explicit Store(std::string root) : root_(std::move(root)) {}
  const std::string& root() const { return root_; }

  // The id's own rules: "container id cannot be empty", "invalid container ID format".
  static Result<> check_id(std::string_view id);
  // mkdir of ROOT and ROOT/ID: the id is ours, or "container with given ID already exists". Locked.
  Result<Entry> claim(const std::string& id) const;
  // "container does not exist" when there is no such directory. Not locked.
  Result<Entry> open(const std::string& id) const;
  Result<State> load(const Entry& entry) const;                 // strict; "container does not exist" without a state file
  Result<> save(const Entry& entry, const State& state) const;  // temporary + rename
  Result<config::Resources> load_limits(const Entry& entry) const;
  Result<> save_limits(const Entry& entry, const config::Resources& limits) const;  // temporary + rename, under the lock
  Result<> lock(Entry& entry) const;
  Result<> remove(Entry&& entry) const;          // the files of this page, then the directory
  Result<std::vector<std::string>> ids() const;  // sorted
 private:
  Result<Entry> enter(Entry entry) const;
  std::string root_;
};

// running, paused ... as of now: frozen → paused; init gone, zombie or another process → stopped; exec.fifo there → created.
Result<Status> status_of(const Entry& entry, const State& state);
// A pidfd whose process was checked against `process` after it was opened. ESRCH when it is gone or another.
sys::Result<sys::UniqueFd> open_process(const ProcessId& process);
sys::Result<std::uint64_t> start_time_of(int pid);
// /proc/sys/kernel/random/boot_id, read once: `list` compares it with each state. Empty where there is none.
const std::string& boot_id();

}  // namespace container
