// Process: the runtime, on the host, with the caller's rights. criu makes the container's processes as our children, so that what
// follows is as after `run`; there is no init of ours in them.
#include <array>

#include "container/creation.h"
#include "container/criu.h"
#include "container/criu_options.h"
#include "container/files.h"
#include "container/intel_rdt.h"
#include "container/outside.h"

namespace container {
namespace {

constexpr const char* kRootMount = "criu-root";
constexpr std::size_t kMaxCgroupFile = 1U << 20;

// Lines "5:cpu,cpuacct:/path", one root for each controller of them; "0::/path" is v2.
void add_cgroup_roots(protobuf::Writer& request, std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    for (bool more = true; more;) {
      const std::size_t comma = controllers.find(',');
      protobuf::Writer root;
      request.message(criu::kCgroupRoot, root.text(1, controllers.substr(0, comma)).text(2, line.substr(second + 1)));
      more = comma != std::string_view::npos;
      if (more) controllers.remove_prefix(comma + 1);
    }
  }
}

class Restoration final : public Creation {
  RestoreOptions restore_;
  std::vector<std::string> descriptors_;  // 0, 1 and 2 as they were
  sys::UniqueFd images_, work_;

  // Joined here so that criu and all that it makes are born in the groups. What criu then calls a root is ours, whatever the groups
  // were called when the checkpoint was made.
  Result<> enter_cgroups(int pid, protobuf::Writer& request) {
    TRY(join_rdt(state_, pid));  // what criu makes is born there
    if (!plan_.cgroup.enabled) return {};
    TRY(cgroup::apply(plan_.cgroup));
    TRY(cgroup::join(state_.cgroup, pid));
    // What the kernel calls them: this may be a container itself, where a mount point is not the root of its hierarchy.
    const std::string path = "/proc/" + std::to_string(pid) + "/cgroup";
    add_cgroup_roots(request, TRY_DOING("read " + path, read_whole(AT_FDCWD, path.c_str(), kMaxCgroupFile)));
    return {};
  }

  void inherit_pipes(protobuf::Writer& request) const {
    for (std::size_t number = 0; number < descriptors_.size() && number < 3; ++number) {
      if (descriptors_[number].find("pipe:") == std::string::npos) continue;
      protobuf::Writer pipe;
      request.message(criu::kInheritFd, pipe.text(1, descriptors_[number]).number(2, static_cast<int>(number)));
    }
  }

  Result<> describe(protobuf::Writer& request, const std::string& root) {
    using namespace criu;
    TRY(add_common(request, restore_, images_.get(), work_.get(), "restore.log"));
    request.text(kRoot, root).flag(kEvasiveDevices, true).flag(kRestoreSibling, true).flag(kTcpClose, restore_.tcp_close);
    if (!restore_.lsm_profile.empty()) request.text(kLsmProfile, restore_.lsm_profile);
    if (!restore_.lsm_mount_context.empty()) request.text(kLsmMountContext, restore_.lsm_mount_context);
    if (const std::string file = config_file(state_.annotations); !file.empty()) request.text(kConfigFile, file);
    inherit_pipes(request);
    return {};
  }

  // criu restores into a time namespace of its own making, so that clocks go on where they stood: `exec` has to follow.
  Result<> restored(int pid) {
    launched_.process.pid = pid;
    launched_.process.pidfd = TRY_DOING("open process " + std::to_string(pid), sys::pidfd_open(pid));
    const std::string path = "/proc/" + std::to_string(pid) + "/ns/time";
    const auto theirs = sys::stat_at(AT_FDCWD, path.c_str(), 0), ours = sys::stat_at(AT_FDCWD, "/proc/self/ns/time", 0);
    if (theirs && ours && theirs->inode != ours->inode) state_.namespaces |= CLONE_NEWTIME;
    return record(launched_.process);
  }

  Result<> noticed(criu::Notification&& notification) {
    if (context_.debug) context_.debug("criu: " + notification.script);
    if (notification.script == "setup-namespaces") return run_create_hooks(notification.pid);
    if (notification.script == "orphan-pts-master") return take_terminal(std::move(notification.fd));
    if (notification.script == "post-restore") return restored(notification.pid);
    return {};
  }

  Result<std::string> make_root_mount() {
    TRY_DOING(std::string("mkdir ") + kRootMount, sys::mkdirat(entry_.directory.get(), kRootMount, 0755));
    const auto directory = TRY_DOING("open " + entry_.path + '/' + kRootMount,
                                     sys::openat(entry_.directory.get(), kRootMount, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    std::array<char, 4096> path{};
    const std::size_t size =
        TRY_DOING("readlink", sys::readlinkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(directory.get())).c_str(), path));
    return std::string(path.data(), size);
  }

  // criu works in one of them and mounts there, which it can only when it finds them in its own mount namespace.
  Result<> open_directories(int root) {
    const auto open = [root](const std::string& path) {
      return sys::openat2(root, path.c_str(), O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
    };
    images_ = TRY_DOING("open " + restore_.image_path, open(restore_.image_path));
    if (!restore_.work_path.empty()) work_ = TRY_DOING("open " + restore_.work_path, open(restore_.work_path));
    return {};
  }

  // `criu lazy-pages` and we are usually started by one script at the same time, and it is the slower one. Without it criu says
  // what it misses, so there is no error of ours.
  void wait_for_lazy_pages() const {
    constexpr int kPatience = 200, kPause = 10;  // ms: two seconds in all
    const int directory = work_ ? work_.get() : images_.get();
    for (int attempt = 0; attempt < kPatience; ++attempt, (void)sys::poll({}, kPause))
      if (sys::stat_at(directory, "lazy-pages.socket", AT_SYMLINK_NOFOLLOW)) return;
  }

  Result<> bring_to_life() override {
    limits_first_ = true;  // criu restores them
    const std::string root = TRY(make_root_mount());
    const criu::Workshop workshop = TRY(criu::make_workshop(plan_.view(), bundle_.rootfs, root));
    TRY(open_directories(workshop.root.get()));
    if (restore_.lazy_pages) wait_for_lazy_pages();
    protobuf::Writer request;
    TRY(describe(request, root));
    criu::add_mounts(request, workshop.mounts);
    const auto namespaces = TRY(criu::bring_in_namespaces(request, bundle_.spec));
    criu::Surroundings surroundings{{}, workshop.mount_namespace.get(), workshop.root.get(), true};
    for (const sys::UniqueFd& file : namespaces) surroundings.passed.push_back(file.get());
    criu::Session session = TRY(criu::Session::start(surroundings));
    TRY(enter_cgroups(session.pid(), request));
    auto done = session.exchange(criu::Request::restore, &request,
                                 [this](criu::Notification&& notification) { return noticed(std::move(notification)); });
    if (!done) criu::add_log(done.error(), restore_, "restore.log");
    (void)sys::unlinkat(entry_.directory.get(), kRootMount, AT_REMOVEDIR);
    return done;
  }

 public:
  Restoration(const Context& context, const RestoreOptions& options)
      : Creation(context, options.create, options.detach ? Mode::run_detached : Mode::run), restore_(options) {}

  // Everything that can be refused without a side effect.
  Result<> prepare_all() {
    TRY(criu::check_paths(restore_));
    TRY(criu::check_version());
    descriptors_ = TRY(criu::read_descriptors(restore_.image_path + "/descriptors.json"));
    (void)TRY(criu::open_directory(restore_.image_path));
    if (!restore_.work_path.empty()) (void)TRY(criu::open_directory(restore_.work_path));
    TRY(prepare());
    if (!bundle_.overlay) return {};
    return fail("cannot restore container " + options_.id +
                " over an overlay of its own: criu needs a root that is mounted on the host");
  }
};

}  // namespace

Result<int> restore(const Context& context, const RestoreOptions& options) {
  Restoration restoration(context, options);
  auto prepared = restoration.prepare_all();
  if (!prepared) return std::unexpected(restoration.refused(std::move(prepared).error()));
  if (!options.detach && !options.no_subreaper) (void)sys::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto made = restoration.make();
  if (!made) return std::unexpected(restoration.give_up(std::move(made).error()));
  if (options.detach) return 0;
  const int status = TRY(restoration.foreground().wait(restoration.process()));
  TRY(restoration.destroy_ended());
  return status;
}

}  // namespace container
