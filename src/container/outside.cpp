// Process: the runtime, on the host, with the caller's rights; mount points are looked up through descriptors below the container's
// root.
#include "container/outside.h"

#include <array>
#include <map>

#include "container/criu.h"
#include "container/files.h"
#include "container/state_file.h"
#include "support/mountinfo.h"
#include "support/text.h"

namespace container::criu {
namespace {

using plan::Kind;

constexpr std::size_t kMaxMountinfo = 16U << 20, kMaxDescriptors = 64U << 10;
constexpr int kEnoent = 2;

std::string proc_path(int pid, std::string_view rest) { return "/proc/" + std::to_string(pid) + '/' + std::string(rest); }

using MountPoints = std::map<std::uint64_t, std::string>;  // by mount id
MountPoints read_mountinfo(std::string_view text) {
  MountPoints points;
  while (const auto line = mountinfo::next(text)) points[line->id] = mountinfo::unescape(line->point);
  return points;
}

// What the container sees at one path: the mount that is there, if one is.
class Look {
  sys::UniqueFd root_;
  MountPoints points_;

 public:
  static Result<Look> at(int pid) {
    Look look;
    const std::string root = proc_path(pid, "root"), mountinfo = proc_path(pid, "mountinfo");
    look.root_ = TRY_DOING("open " + root, sys::openat(AT_FDCWD, root.c_str(), O_PATH | O_DIRECTORY));
    const std::string text = TRY_DOING("read " + mountinfo, read_whole(AT_FDCWD, mountinfo.c_str(), kMaxMountinfo));
    look.points_ = read_mountinfo(text);
    return look;
  }
  bool is_symlink(const std::string& path) const {
    const auto found = sys::openat2(root_.get(), path.c_str(), O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    const auto stat = found ? sys::stat_fd(found->get()) : sys::Result<sys::Stat>(std::unexpected(sys::Errno{kEnoent}));
    return stat && stat->is_symlink();
  }
  // "" = no mount point, or nothing at all.
  std::string mount_point(const std::string& path, bool& directory) const {
    const auto found = sys::openat2(root_.get(), path.c_str(), O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    const auto stat = found ? sys::stat_fd(found->get()) : sys::Result<sys::Stat>(std::unexpected(sys::Errno{kEnoent}));
    constexpr std::uint64_t kMountRoot = 0x2000;  // STATX_ATTR_MOUNT_ROOT
    if (!stat || (stat->attributes & kMountRoot) == 0) return {};
    directory = stat->is_directory();
    const auto known = points_.find(stat->mount_id);
    return known == points_.end() ? std::string() : known->second;
  }
};

struct NamespaceKey {
  std::string_view type, proc, criu, key;  // in config.json, below /proc/PID/ns, in criu's words; key: of an external one
};
constexpr std::array kNamespaceKeys{
    NamespaceKey{"network", "net", "net", "extRootNetNS"},
    NamespaceKey{"pid", "pid", "pid", "extRootPidNS"},
    NamespaceKey{"mount", "mnt", "mnt", ""},
    NamespaceKey{"ipc", "ipc", "ipc", ""},
    NamespaceKey{"uts", "uts", "uts", ""},
    NamespaceKey{"user", "user", "user", ""},
    NamespaceKey{"time", "time", "time", ""},
};
const NamespaceKey* find_key(std::string_view type) {
  for (const NamespaceKey& entry : kNamespaceKeys)
    if (entry.type == type) return &entry;
  return nullptr;
}

}  // namespace

Result<std::vector<ExternalMount>> mounts_to_leave_out(const plan::View& view, int pid) {
  const Look look = TRY(Look::at(pid));
  std::vector<ExternalMount> mounts;
  for (const plan::Step& step : view.steps()) {
    if (step.kind != Kind::mount_bind && step.kind != Kind::mask_path) continue;
    const bool mask = step.kind == Kind::mask_path;
    const std::uint32_t flags = mask ? 0 : step.bind.flags;
    if ((flags & (plan::kNoFollowSource | plan::kNoFollowTarget)) != 0)
      return fail("criu cannot restore a mount with src-nofollow or dest-nofollow", std::string(view.text(step.origin)));
    if ((flags & plan::kCopySymlink) != 0 && look.is_symlink(std::string(view.text(step.bind.target)))) continue;
    bool directory = false;
    std::string point = look.mount_point(std::string(view.text(mask ? step.mask_path.path : step.bind.target)), directory);
    if (point.empty() || point == "/") continue;
    // A masked directory is a file system of the container's own; a masked file is the host's null device.
    if (mask && directory) continue;
    std::string name = mask ? "/dev/null" : point;
    mounts.push_back({std::move(point), std::move(name)});
  }
  return mounts;
}

void add_mounts(protobuf::Writer& options, const std::vector<ExternalMount>& mounts) {
  for (const ExternalMount& mount : mounts) {
    protobuf::Writer pair;
    options.message(kExternalMount, pair.text(1, mount.name).text(2, mount.source));
  }
}

Result<> leave_out_namespaces(protobuf::Writer& options, const config::Spec& spec, int pid) {
  for (const config::Namespace& entry : spec.linux_.namespaces) {
    const NamespaceKey* key = find_key(entry.type);
    if (entry.path.empty() || key == nullptr || key->key.empty()) continue;
    const std::string path = proc_path(pid, "ns/" + std::string(key->proc));
    const sys::Stat stat = TRY_DOING("stat " + path, sys::stat_at(AT_FDCWD, path.c_str(), 0));
    options.text(kExternal, std::string(key->criu) + '[' + std::to_string(stat.inode) + "]:" + std::string(key->key));
  }
  return {};
}

Result<std::vector<sys::UniqueFd>> bring_in_namespaces(protobuf::Writer& options, const config::Spec& spec) {
  std::vector<sys::UniqueFd> files;
  for (const config::Namespace& entry : spec.linux_.namespaces) {
    if (entry.path.empty()) continue;
    const NamespaceKey* key = find_key(entry.type);
    if (key == nullptr) return fail("criu cannot restore into a given " + entry.type + " namespace");
    protobuf::Writer message;
    if (key->key.empty()) {
      options.message(kJoinNamespace, message.text(1, key->criu).text(2, entry.path));
      continue;
    }
    auto file = sys::openat(AT_FDCWD, entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return fail("Requested " + entry.type + " namespace " + entry.path + " does not exist", file.error());
    options.message(kInheritFd, message.text(1, key->key).number(2, kFirstPassed + static_cast<int>(files.size())));
    files.push_back(take(std::move(file)));
  }
  return files;
}

std::vector<std::string> standard_descriptors(int pid) {
  std::vector<std::string> names;
  for (const char* number : {"0", "1", "2"}) {
    std::array<char, 4096> target{};
    const auto size = sys::readlinkat(AT_FDCWD, proc_path(pid, std::string("fd/") + number).c_str(), target);
    names.emplace_back(target.data(), size.value_or(0));
  }
  return names;
}

Result<std::vector<std::string>> read_descriptors(const std::string& path) {
  // Not read_document: its words are about config.json.
  const auto text = read_whole(AT_FDCWD, path.c_str(), kMaxDescriptors);
  if (!text) return fail("open " + path, text.error());
  return TRY_DOING(path, read_names(*text));
}

std::string config_file(const config::Object<std::string>& annotations) {
  for (const auto& [key, value] : annotations)
    if (key == "org.criu.config") return value;
  for (const char* path : {"/etc/criu/minc-oci.conf", "/etc/criu/runc.conf"})
    if (sys::faccessat(AT_FDCWD, path, R_OK, 0)) return path;
  return {};
}

}  // namespace container::criu
