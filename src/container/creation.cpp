// Process: the runtime, on the host, with the caller's rights.
#include "container/creation.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "config/names.h"
#include "container/clock.h"
#include "container/descriptors.h"
#include "container/destroy.h"
#include "container/facts.h"
#include "container/files.h"
#include "container/filter_cache.h"
#include "container/hooks.h"
#include "container/idmap.h"
#include "container/intel_rdt.h"
#include "container/limits.h"
#include "container/listener.h"
#include "container/notify.h"
#include "container/outside.h"
#include "container/pid_file.h"
#include "container/state_file.h"
#include "container/unix_socket.h"

namespace container {

// ---- before any effect ------------------------------------------------------------------------------------------------

Result<> Creation::prepare() {
  TRY(check_preserved(listen_fds(), options_.preserve_fds));
  TRY(make_paths_absolute());
  TRY(open_bundle(options_, bundle_));
  TRY(Store::check_id(options_.id));
  const plan::HostFacts facts = TRY(read_facts(context_, bundle_.spec));
  DirectoryFilterCache cache(context_.root);
  PlanNeeds needs;
  needs.wait_for_start = mode_ == Mode::create;
  needs.filter_cache = &cache;
  if (is_notified()) needs.notify_directory = notify_directory(store_.root() + '/' + options_.id);
  plan_ = TRY(compile_bundle(context_, options_, bundle_, facts, needs));
  for (const std::string& warning : plan_.warnings) context_.warn(warning);
  limits_first_ = limits_come_first(facts, static_cast<std::uint32_t>(plan_.clone_flags));
  TRY(check_terminal());
  if (mode_ == Mode::run) foreground_.emplace();
  if (mode_ == Mode::run && plan_.terminal) TRY(open_terminal());
  return connect_sockets();
}

// The working directory will be the bundle. As with runc the pid file counts from the caller's, the sockets from the bundle.
Result<> Creation::make_paths_absolute() {
  if (!options_.pid_file.empty()) options_.pid_file = TRY(absolute_path(options_.pid_file));
  return {};
}

Result<> Creation::check_terminal() const {
  const bool socket = !options_.console_socket.empty(), needed = detached() && plan_.terminal;
  if (needed && !socket)
    return fail("cannot allocate tty if minc-oci will detach without setting console socket", "/process/terminal",
                "give --console-socket, or set process.terminal to false");
  if (socket && !needed) return fail("cannot use console socket if minc-oci will not detach or allocate tty");
  return {};
}

Result<> Creation::open_terminal() {
  auto opened = foreground_->open_terminal();
  if (opened) return {};
  opened.error().pointer = "/process/terminal";
  opened.error().hint = "without a terminal of the caller's: process.terminal false, or --detach with --console-socket";
  return opened;
}

Result<> Creation::connect_sockets() {
  if (!options_.console_socket.empty()) console_ = TRY(connect_unix(options_.console_socket, SOCK_STREAM));
  if (!options_.pidfd_socket.empty())
    pidfd_socket_ = TRY_DOING("failed to dail " /* sic: runc's word, which scripts may look for */ + options_.pidfd_socket,
                              connect_unix(options_.pidfd_socket, SOCK_STREAM));
  return {};
}

// ---- effects ----------------------------------------------------------------------------------------------------------

Result<> Creation::make() {
  describe_state();
  TRY(look_for_rdt(plan_.rdt, state_));
  TRY(claim());  // the id is ours, and what will exist is on record: from here on `undo` has work
  if (mode_ == Mode::create) TRY(make_fifos());
  if (is_notified()) TRY(make_notify_directory(entry_.directory.get()));
  TRY(make_cgroup());
  TRY(make_rdt(plan_.rdt, state_));
  TRY(bring_to_life());
  poststop_due_ = true;  // the container exists: its end is a regular one
  return {};
}

Result<> Creation::bring_to_life() {
  TRY(launch_init());
  TRY(converse(plan_, launched_, *this, Purpose::create));
  if (mode_ == Mode::create) return {};
  TRY(proceed(plan_, launched_, Purpose::create));
  launched_.channel.close();
  trace_.tell("init: closing the pipe to signal completion");
  net_devices_.forget();
  return {};
}

Result<> Creation::release() {
  trace_.tell("init: waiting for start");
  return proceed_and_end(plan_, launched_);
}

void Creation::describe_state() {
  state_.oci_version = kSpecVersion;
  state_.boot = boot_id();
  state_.id = options_.id;
  state_.bundle = bundle_.path;
  state_.rootfs = bundle_.rootfs;
  state_.created = now_rfc3339();
  state_.annotations = bundle_.spec.annotations;
  for (const config::Namespace& entry : bundle_.spec.linux_.namespaces) {
    const config::NamespaceType* type = config::find(config::kNamespaceTypes, entry.type);
    if (type == nullptr) continue;
    state_.namespaces |= type->number;
    if (entry.type == "pid") state_.private_pid_namespace = entry.path.empty();
  }
  state_.poststart_hooks = !plan_.hooks.poststart.empty();
  state_.poststop_hooks = !plan_.hooks.poststop.empty();
  state_.systemd_cgroup = context_.systemd_cgroup;
  state_.owner = ::geteuid();
  state_.rootless = state_.owner != 0;
  state_.host_overlay = bundle_.overlay.has_value();
  if (plan_.cgroup.enabled) state_.cgroup = cgroup::planned(plan_.cgroup);
  if (!plan_.cgroup.unit) return;
  state_.unit = plan_.cgroup.unit->name;
  state_.user_manager = plan_.cgroup.unit->user_manager;
}

Result<> Creation::claim() {
  entry_ = TRY(store_.claim(options_.id));
  state_.runtime.pid = sys::getpid();
  state_.runtime.start_time = TRY_DOING("read /proc/self/stat", start_time_of(state_.runtime.pid));
  TRY(save(Status::creating));
  TRY_DOING("copy config.json to " + entry_.path, write_new(entry_.directory.get(), "config.json", bundle_.text, 0600));
  entry_.lock.reset();
  return {};
}

Result<> Creation::save(Status recorded) {
  if (!entry_.lock) TRY(store_.lock(entry_));
  state_.recorded = recorded;
  auto saved = store_.save(entry_, state_);
  entry_.lock.reset();  // never across a hook or a wait
  return saved;
}

// 0600 whatever the umask: who owns the state root starts a container, and the root of the container's user namespace, whom the
// fifos are given to as runc gives its one.
Result<> Creation::make_fifos() {
  TRY_DOING("mkdir answer", sys::mkdirat(entry_.directory.get(), kAnswerDirectory, 0700));
  for (const char* name : {kStartFifo, kAnswerFifo}) {
    TRY_DOING(std::string("mkfifo ") + name, sys::mknodat(entry_.directory.get(), name, S_IFIFO | 0600, 0));
    if (!plan_.id_maps || plan_.id_maps->root_uid == state_.owner) continue;
    // Best effort: init has them open already when it becomes that user.
    (void)sys::fchownat(entry_.directory.get(), name, plan_.id_maps->root_uid, plan_.id_maps->root_gid, AT_SYMLINK_NOFOLLOW);
  }
  return {};
}

Result<> Creation::make_cgroup() {
  if (!plan_.cgroup.enabled || plan_.cgroup.unit) return {};
  TRY(cgroup::make(plan_.cgroup, state_.cgroup));
  cgroup_made_ = true;
  const auto denied = [](const cgroup::Member& member) { return member.directory.empty(); };
  if (!state_.private_pid_namespace && std::ranges::all_of(state_.cgroup, denied))
    context_.warn(
        "a rootless container with no cgroup and no pid namespace of its own: nobody will find all of its processes to kill them. "
        "Such configuration is strongly discouraged");
  return {};
}

// A scope begins with a process in it, so this is the first moment for it. It is ours once it has started, and that is on record
// before anything else can go wrong: a unit of the same name that was refused is somebody else's.
Result<> Creation::make_unit(int pid) {
  TRY(cgroup::start_unit(*plan_.cgroup.unit, pid));
  cgroup_made_ = true;
  for (cgroup::Member& member : state_.cgroup) member.made = cgroup::Member::Made::by_us;
  TRY(save(Status::creating));
  TRY(cgroup::enter_subgroup(plan_.cgroup, pid));
  return cgroup::make(plan_.cgroup, state_.cgroup);
}

// A tree has its number before init attaches it where the host can see it.
Result<> Creation::record_root_mount() {
  if (!plan_.host_mounts) return {};
  for (const plan::Descriptor& descriptor : plan_.view().descriptors()) {
    if (descriptor.kind != plan::DescriptorKind::root_tree) continue;
    state_.root_mount = TRY_DOING("stat the root's tree", sys::stat_fd(descriptor.fd)).mount_id;
  }
  return save(Status::creating);
}

Result<> Creation::launch_init() {
  DescriptorSources sources;
  sources.state_directory = entry_.directory.get();
  sources.id_mapper = &id_mapper_;
  if (bundle_.overlay) sources.root_tree = TRY(overlay::make(*bundle_.overlay)).tree;
  const auto opened = TRY(open_descriptors(plan_, std::move(sources)));
  TRY(record_root_mount());
  if (plan_.cgroup.enabled && !plan_.cgroup.unit) membership_ = Membership(state_.cgroup, plan_);
  launched_ = TRY(launch(plan_, listen_fds() + options_.preserve_fds, entry_.directory.get(), membership_, limits_first_));
  trace_.launched(plan_, launched_.process, membership_.born_inside());
  return {};
}

Result<> Creation::write_maps(int pid) {
  if (!plan_.id_maps) return {};
  return write_id_maps(pid, *plan_.id_maps);
}

Result<> Creation::move_devices(sys::UniqueFd socket) { return net_devices_.move(plan_.net_devices, std::move(socket)); }

Result<> Creation::map_ids(std::uint32_t step, sys::UniqueFd tree) { return id_mapper_.map(plan_, step, tree.get()); }

// As late as the plan allows: the mounts are not charged to a group that may have little memory, and are made meanwhile.
Result<> Creation::ready_cgroup(int pid) {
  const auto& unit = plan_.cgroup.unit;
  trace_.tell(unit ? "making the systemd unit" : "applying the cgroup's limits");
  if (unit) TRY(make_unit(pid));
  TRY(cgroup::apply(plan_.cgroup));
  if (!unit) return cgroup::join(membership_.rest(), pid);
  // The scope took the process along; on v1 it knows but some of the hierarchies.
  if (unit->takes_processes && plan_.cgroup.mode == plan::CgroupLayout::Mode::v2) return {};
  return cgroup::join(state_.cgroup, pid);
}

Result<> Creation::run_create_hooks(int pid) {
  const config::Hooks& hooks = plan_.hooks;
  if (hooks.prestart.empty() && hooks.create_runtime.empty()) return {};
  poststop_due_ = true;
  trace_.tell("running prestart and createRuntime hooks");
  const std::string state = hook_state(state_, Status::creating, pid);
  const config::HookFiles files = config::hook_files(state_.annotations);
  TRY(run_hooks("prestart", hooks.prestart, state, files));
  return run_hooks("createRuntime", hooks.create_runtime, state, files);
}

Result<> Creation::take_terminal(sys::UniqueFd master) {
  if (foreground_) return foreground_->take_terminal(std::move(master));
  TRY_DOING("send the terminal to " + options_.console_socket, send_with_descriptor(console_.get(), "/dev/pts/ptmx", master.get()));
  console_.reset();
  return {};
}

Result<> Creation::take_listener(sys::UniqueFd listener) {
  return send_listener(plan_, state_, launched_.process.pid, listener.get());
}

Result<> Creation::record(const Child& process) {
  TRY(join_rdt(state_, process.pid));  // now it is the process that will be the program, and has no children yet
  if (!limits_first_) TRY(set_limits(plan_, process.pid));
  TRY(cgroup::delegate(plan_.cgroup, process.pid));  // the cgroup namespace is there: the container's group is its root
  state_.init.pid = process.pid;
  state_.init.start_time = TRY_DOING("read /proc/" + std::to_string(process.pid) + "/stat", start_time_of(process.pid));
  // What it was given, not what it may have there later: a checkpoint tells criu which pipes lead out of the container.
  state_.external_descriptors = criu::standard_descriptors(plan_.terminal ? process.pid : sys::getpid());
  TRY(save(Status::created));
  if (!options_.pid_file.empty()) {
    TRY(write_pid_file(options_.pid_file, process.pid));
    pid_file_written_ = true;
  }
  if (pidfd_socket_)
    TRY_DOING("send the pidfd to " + options_.pidfd_socket,
              send_with_descriptor(pidfd_socket_.get(), "standard", process.pidfd.get()));
  if (foreground_) return foreground_->hold_signals();
  return {};
}

// ---- after --------------------------------------------------------------------------------------------------------------

Error Creation::refused(Error error) const {
  if (options_.config_text) error.pointer.clear();  // made of options: there is no document to look into
  return finish(std::move(error), bundle_.text, split_path(bundle_.document).name);
}

Error Creation::give_up(Error error) {
  if (error.pointer.starts_with("/hooks/")) poststop_due_ = true;  // one of init's
  if (cgroup_made_ && error.hint.empty() && cgroup::oom_killed(state_.cgroup))
    error.hint = "container init was OOM-killed (memory limit too low?)";
  undo();
  return refused(std::move(error));
}

void Creation::undo() {
  foreground_.reset();  // the caller's terminal first: what goes wrong from here on can be seen
  end_child(launched_.process);
  // Its network namespace, and what is virtual in it, lives as long as the socket of `net_devices_`.
  if (!net_devices_.move_back()) context_.warn("undo: a network device could not be moved back to the host");
  if (pid_file_written_) (void)sys::unlinkat(AT_FDCWD, options_.pid_file.c_str());
  if (!entry_.directory) return;
  state_.recorded = Status::creating;  // whatever stands in the file: processes of any origin may be left in the group
  if (!cgroup_made_) state_.cgroup.clear(), state_.unit.clear();  // cgroup::make has removed what it made, start_unit too
  static const std::vector<config::Hook> kNone;
  auto destroyed = destroy(context_, store_, std::move(entry_), state_, poststop_due_ ? plan_.hooks.poststop : kNone);
  if (!destroyed) context_.warn("undo: " + destroyed.error().what);
}

Result<> Creation::destroy_ended() { return destroy(context_, store_, std::move(entry_), state_, plan_.hooks.poststop); }

Result<> Creation::keep_ended() { return save(Status::stopped); }

}  // namespace container
