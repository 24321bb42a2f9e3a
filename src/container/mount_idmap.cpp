// Process: the runtime, on the host, with the caller's rights; `make_user_namespace` has a child that does nothing but exist.
#include "container/mount_idmap.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "container/child.h"
#include "container/descriptors.h"
#include "container/idmap.h"
#include "sys/mount.h"

namespace container {
namespace {

constexpr int kEinval = 22;

// Ends with its parent, whatever becomes of that.
[[noreturn]] void hold_namespace() {
  (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) (void)sys::poll({}, -1);
}

Result<Child> start_holder() {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER | CLONE_PIDFD;
  arguments.pidfd = static_cast<std::uint64_t>(sys::address(&pidfd));
  arguments.exit_signal = SIGCHLD;
  const int child = TRY_DOING("make a user namespace", sys::fork(arguments));
  if (child == 0) hold_namespace();
  return Child{child, sys::UniqueFd(pidfd)};
}

Result<sys::UniqueFd> open_namespace(const std::string& path) {
  auto file = sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return fail("open namespace " + path, file.error());
  if (!is_namespace(file->get(), CLONE_NEWUSER)) return fail(path + " is not a user namespace");
  return take(std::move(file));
}

Result<sys::UniqueFd> make_user_namespace(const plan::MountIdMap& map) {
  const Child holder = TRY(start_holder());
  plan::IdMaps maps;
  maps.uid_map = map.uid_map;
  maps.gid_map = map.gid_map;
  auto written = write_id_maps(holder.pid, maps);
  auto opened = written ? open_namespace("/proc/" + std::to_string(holder.pid) + "/ns/user")
                        : Result<sys::UniqueFd>(std::unexpected(std::move(written).error()));
  end_child(holder);
  return opened;
}

}  // namespace

Result<int> MountIdMapper::user_namespace(const plan::MountIdMap& map) {
  std::string key = map.user_namespace.empty() ? map.uid_map + ';' + map.gid_map : map.user_namespace;
  const auto found = std::ranges::find(known_, key, &Known::key);
  if (found != known_.end()) return found->user_namespace.get();
  sys::UniqueFd made = TRY(map.user_namespace.empty() ? make_user_namespace(map) : open_namespace(map.user_namespace));
  known_.push_back({std::move(key), std::move(made)});
  return known_.back().user_namespace.get();
}

Result<> MountIdMapper::map(const plan::Plan& plan, std::uint32_t step, int tree) {
  const auto wanted = std::ranges::find(plan.mount_id_maps, step, &plan::MountIdMap::step);
  if (wanted == plan.mount_id_maps.end() || step >= plan.view().steps().size()) return fail("the plan is damaged");
  const plan::MountBind& bind = plan.view().steps()[step].bind;
  const std::string source(plan.view().text(bind.source));
  const std::string mounting = "unable to start container process: error during container init: error mounting \"" + source +
                               "\" to rootfs at \"" + std::string(plan.view().text(bind.target)) + "\": ";
  auto owner = user_namespace(*wanted);
  if (!owner) {
    Error error = std::move(owner).error();
    error.pointer = wanted->pointer;
    return within(mounting + "user namespace for the mapping", std::move(error));
  }
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<std::uint64_t>(*owner);
  const auto set = sys::mount_setattr(tree, "", AT_EMPTY_PATH | (wanted->recursive ? AT_RECURSIVE : 0), attributes);
  if (set) return {};
  return fail(mounting + "failed to set MOUNT_ATTR_IDMAP on " + source, set.error(), wanted->pointer,
              set.code() == kEinval ? "maybe the filesystem of the source does not support idmap mounts on this kernel" : "");
}

}  // namespace container
