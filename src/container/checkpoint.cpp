// Process: the runtime, on the host, with the caller's rights. No lock is held while criu works: what it does to the processes
// needs no change of our state, and the end of the container is destroy's.
#include "config/read.h"
#include "container/bundle.h"
#include "container/container.h"
#include "container/criu.h"
#include "container/criu_options.h"
#include "container/destroy.h"
#include "container/facts.h"
#include "container/files.h"
#include "container/filter_cache.h"
#include "container/notify.h"
#include "container/outside.h"
#include "container/state_file.h"
#include "sys/process.h"

namespace container {
namespace {

constexpr int kPatienceMs = 10'000;

std::unexpected<Error> wrong_status(Status status) {
  return fail("Container cannot be checkpointed in " + std::string(status_name(status)) + " state");
}

class Checkpoint {
  const Context& context_;
  CheckpointOptions options_;
  const Entry& entry_;
  const State& state_;
  config::Spec spec_;
  plan::Plan plan_;
  sys::UniqueFd images_, work_;
  protobuf::Writer request_;

  // From the copy made at create: which mounts come from outside.
  Result<> compile() {
    Bundle bundle;
    bundle.path = state_.bundle;
    bundle.rootfs = state_.rootfs;
    bundle.spec = TRY(saved_spec(entry_, state_));
    DirectoryFilterCache cache(context_.root);
    PlanNeeds needs;
    needs.filter_cache = &cache;
    if (sys::faccessat(entry_.directory.get(), "notify", F_OK, 0)) needs.notify_directory = notify_directory(entry_.path);
    CreateOptions create;
    create.id = state_.id;
    const plan::HostFacts facts = TRY(read_facts(context_, bundle.spec));
    plan_ = TRY(compile_bundle(context_, create, bundle, facts, needs));
    spec_ = std::move(bundle.spec);
    return {};
  }

  Result<> check_status_fd() const {
    if (!options_.lazy_pages || options_.status_fd < 0) return {};
    const std::string doing = "invalid --status-fd argument " + std::to_string(options_.status_fd);
    const long flags = TRY_DOING(doing, sys::fcntl(options_.status_fd, F_GETFL));
    if ((flags & O_ACCMODE) == O_RDONLY) return fail(doing + ": not writable");
    return {};
  }

  std::string freezer() const {
    std::string v2;
    for (const cgroup::Member& member : state_.cgroup) {
      if (member.controllers == "freezer") return member.directory;
      if (member.controllers.empty()) v2 = member.directory;
    }
    return v2;
  }

  void describe() {
    using namespace criu;
    request_.number(kPid, state_.init.pid).text(kRoot, state_.rootfs);
    request_.flag(kLeaveRunning, options_.leave_running).flag(kTcpSkipInFlight, options_.tcp_skip_in_flight);
    request_.flag(kLinkRemap, options_.link_remap);
    if (const std::string directory = freezer(); !directory.empty()) request_.text(kFreezeCgroup, directory);
    if (!options_.page_server_address.empty()) {
      protobuf::Writer server;
      request_.message(kPageServer, server.text(1, options_.page_server_address).number(2, options_.page_server_port));
    }
    if (!options_.parent_path.empty()) request_.text(kParentImage, options_.parent_path).flag(kTrackMemory, true);
  }

  Result<> leave_out() {
    if (options_.pre_dump) return {};  // memory only
    criu::add_mounts(request_, TRY(criu::mounts_to_leave_out(plan_.view(), state_.init.pid)));
    (void)sys::unlinkat(images_.get(), "descriptors.json");
    const std::string json = write_names(state_.external_descriptors);
    TRY_DOING("open " + options_.image_path + "/descriptors.json", write_new(images_.get(), "descriptors.json", json, 0600));
    return {};
  }

  Result<> noticed(criu::Notification&& notification) {
    if (notification.script != "status-ready" || options_.status_fd < 0) return {};
    const auto told = sys::write(options_.status_fd, std::string_view("\0", 1));
    if (!told) context_.warn("can't write \\0 to status fd: " + std::string(errno_text(told.code())));
    sys::UniqueFd(std::exchange(options_.status_fd, -1)).reset();  // whoever reads there sees the end
    return {};
  }

 public:
  Checkpoint(const Context& context, const CheckpointOptions& options, const Entry& entry, const State& state)
      : context_(context), options_(options), entry_(entry), state_(state) {}

  // Everything that can be refused before criu touches a process; it makes directories at most.
  Result<> prepare() {
    TRY(criu::check_paths(options_));
    TRY(criu::check_version());
    TRY(compile());
    if (options_.pre_dump) TRY(criu::check_feature(criu::Feature::memory_tracking));
    if (options_.lazy_pages) TRY(criu::check_feature(criu::Feature::lazy_pages));
    TRY(check_status_fd());
    images_ = TRY(criu::open_directory(options_.image_path));
    if (!options_.work_path.empty()) work_ = TRY(criu::open_directory(options_.work_path));
    TRY(criu::add_common(request_, options_, images_.get(), work_.get(), "dump.log"));
    if (const std::string file = criu::config_file(state_.annotations); !file.empty()) request_.text(criu::kConfigFile, file);
    TRY(criu::leave_out_namespaces(request_, spec_, state_.init.pid));
    describe();
    return leave_out();
  }

  Result<> dump() {
    criu::Session session = TRY(criu::Session::start());
    auto done = session.exchange(options_.pre_dump ? criu::Request::pre_dump : criu::Request::dump, &request_,
                                 [this](criu::Notification&& notification) { return noticed(std::move(notification)); });
    if (!done) criu::add_log(done.error(), options_, "dump.log");
    return done;
  }
};

// criu has killed all; they may need a moment, and a thaw where they had been frozen before.
Result<> destroy_saved(const Context& context, const Store& store, Entry&& entry, const State& state, int pidfd, Status status) {
  if (status == Status::paused) (void)cgroup::thaw(state.cgroup);
  (void)sys::await_end(pidfd, kPatienceMs);
  const config::Hooks hooks = state.poststop_hooks ? saved_hooks(entry) : config::Hooks{};
  return destroy(context, store, std::move(entry), state, hooks.poststop);
}

}  // namespace

Result<> checkpoint(const Context& context, const CheckpointOptions& options) {
  const Store store(context.root);
  Entry entry = TRY(store.open(options.id));
  const State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status != Status::running && status != Status::paused) return wrong_status(status);
  if (state.host_overlay)
    return fail("cannot checkpoint container " + options.id +
                ": its root is an overlay that is mounted nowhere on the host, so criu could not restore it");
  const auto pidfd = open_process(state.init);
  if (!pidfd) return wrong_status(Status::stopped);
  if (state.rootless) context.warn("minc-oci checkpoint is untested with rootless containers");
  Checkpoint checkpoint(context, options, entry, state);
  TRY(checkpoint.prepare());
  TRY(checkpoint.dump());
  if (options.leave_running || options.pre_dump) return {};
  const auto destroyed = destroy_saved(context, store, std::move(entry), state, pidfd->get(), status);
  if (!destroyed) context.warn(destroyed.error().what);  // the checkpoint itself is good
  return {};
}

}  // namespace container
