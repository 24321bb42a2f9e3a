// container/container.h: the operations of runtime.md (create, start, state, kill, delete) and runc's run, exec, list, pause,
// resume, ps, update, events. Host side, with the caller's rights. Each returns; only cli/ prints.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/statistics.h"
#include "container/state.h"
#include "support/result.h"

namespace container {

// The global options.
struct Context {
  std::string root;  // state root
  bool systemd_cgroup = false;
  enum class CgroupManager { cgroupfs, systemd, disabled } cgroup_manager = CgroupManager::cgroupfs;
  std::optional<bool> rootless;  // --rootless; absent = auto
  std::function<void(const std::string&)> warn = [](const std::string&) {};
  std::function<void(const std::string&)> debug;  // empty unless --debug
};

struct CreateOptions {
  std::string id;
  std::string bundle;                      // "" = cwd
  std::string config_file;                 // --config, "" = config.json of the bundle
  std::optional<std::string> config_text;  // run --host: a config that was never a file
  std::string pid_file, console_socket, pidfd_socket;
  bool no_pivot = false, no_new_keyring = false;
  std::uint32_t preserve_fds = 0;
};
struct RunOptions : CreateOptions {
  bool detach = false, keep = false, no_subreaper = false;
};
struct ExecOptions {
  std::string id;
  std::string process_file;  // --process: everything else of the process is ignored
  std::vector<std::string> args;
  std::optional<std::string> cwd, apparmor, process_label;
  std::vector<std::string> env, capabilities;
  std::vector<std::uint32_t> additional_gids;
  std::optional<std::string> user;  // UID[:GID]
  bool tty = false, detach = false, no_new_privs = false, ignore_paused = false;
  std::string pid_file, console_socket, pidfd_socket;
  std::vector<std::string> cgroups;  // --cgroup
  std::uint32_t preserve_fds = 0;
};

// What checkpoint and restore pass on to criu(8).
struct CriuOptions {
  std::string image_path;  // "" = ./checkpoint
  std::string work_path;   // of logs; "" = the images' directory
  std::string manage_cgroups_mode, network_lock;
  bool tcp_established = false, ext_unix_sk = false, shell_job = false, file_locks = false, auto_dedup = false, lazy_pages = false;
};
struct CheckpointOptions : CriuOptions {
  std::string id;
  std::string parent_path;          // relative to image_path
  std::string page_server_address;  // "" = the images stay here
  std::uint32_t page_server_port = 0;
  int status_fd = -1;  // one zero byte once the server of --lazy-pages is ready; closed then
  bool leave_running = false, pre_dump = false, tcp_skip_in_flight = false, link_remap = false;
};
struct RestoreOptions : CriuOptions {
  CreateOptions create;
  std::string lsm_profile, lsm_mount_context;
  bool tcp_close = false, detach = false, no_subreaper = false;
};

// When all is well it ends this process with exit status 0 and does not come back (conversation.h, proceed_and_end).
Error create(const Context& context, const CreateOptions& options);
Result<int> run(const Context& context, const RunOptions& options);  // the exit code; 0 when detached
Result<> start(const Context& context, const std::string& id);
Result<int> exec(const Context& context, const ExecOptions& options);
Result<> kill(const Context& context, const std::string& id, int signal, bool all);
Result<> remove(const Context& context, const std::string& id, bool force);
// What `text` (read_mounts) lists is mounted in a container that runs, or taken out of it: all or nothing. An error's pointer is
// one into `text`.
Result<> change_mounts(const Context& context, const std::string& id, std::string_view text, bool remove);
Result<> pause(const Context& context, const std::string& id);
Result<> resume(const Context& context, const std::string& id);
Result<> checkpoint(const Context& context, const CheckpointOptions& options);
Result<int> restore(const Context& context, const RestoreOptions& options);  // the exit code; 0 when detached
Result<std::vector<int>> processes(const Context& context, const std::string& id);
// Changes limits of a created, running or paused container, and keeps them in its state. All or nothing, as far as the kernel lets
// us put the old ones back. Device rules of `asked` are not looked at. An error's pointer is one into `asked`.
// `rdt_schemata`: lines for the container's group of resctrl; the kernel's file keeps them.
Result<> update(const Context& context, const std::string& id, const config::Resources& asked,
                const std::vector<std::string>& rdt_schemata);

struct Event {
  enum class Kind { statistics, oom } kind = Kind::statistics;
  cgroup::Statistics statistics;  // of Kind::statistics
};
using Listen = std::function<Result<>(const Event&)>;
Result<cgroup::Statistics> statistics(const Context& context, const std::string& id);
// Statistics every `interval_ns` nanoseconds and what the kernel says about memory, until nothing of the container is left or
// `listen` fails.
Result<> events(const Context& context, const std::string& id, std::int64_t interval_ns, const Listen& listen);

struct Listed {
  State state;
  Status status = Status::stopped;
};
Result<Listed> state(const Context& context, const std::string& id);
// Directories that do not load are reported through `complain` and passed over.
Result<std::vector<Listed>> list(const Context& context, const std::function<void(const std::string&)>& complain);

// The plan for a bundle, for `minc-oci plan`: reads, checks and compiles, opens and makes nothing.
Result<plan::Plan> plan_bundle(const Context& context, const CreateOptions& options, const std::optional<plan::HostFacts>& facts);

}  // namespace container
