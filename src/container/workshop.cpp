// Process: a child of the runtime on the host, with the caller's rights, in a mount namespace of its own, which criu gets. Below
// the container's root it goes by descriptors: the root file system is the image's, and may hold any symlink.
#include <linux/memfd.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>

#include "container/files.h"
#include "container/outside.h"
#include "sys/mount.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace container::criu {
namespace {

using plan::Kind;

constexpr int kEexist = 17, kEnoent = 2;
constexpr std::size_t kMaxAnswer = 16U << 20;

bool is_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

class Maker {
  const plan::View& view_;
  const std::string& scratch_;
  sys::UniqueFd root_;
  std::vector<std::string> own_;  // where file systems of the container's own will be
  std::vector<ExternalMount> mounts_;

  bool is_own(std::string_view path) const {
    for (const std::string& top : own_)
      if (is_below(path, top)) return true;
    return false;
  }

  sys::Result<sys::UniqueFd> find(const std::string& path) const {
    return sys::openat2(root_.get(), path.c_str(), O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  }

  // The object at `path`, a directory or an empty file, made with its parents where it is missing.
  sys::Result<sys::UniqueFd> open_or_make(const std::string& path, bool directory) const {
    auto found = find(path);
    if (found.code() != kEnoent) return found;
    const auto [parent_path, name] = split_path(path);
    const sys::UniqueFd parent = SYS_TRY(open_or_make(parent_path.empty() ? "/" : parent_path, true));
    const auto made =
        directory ? sys::mkdirat(parent.get(), name.c_str(), 0755) : sys::mknodat(parent.get(), name.c_str(), S_IFREG | 0644, 0);
    if (!made && made.code() != kEexist) return std::unexpected(made.error());
    return find(path);
  }

  Result<> bind_root(const std::string& rootfs) const {
    TRY_DOING("bind " + rootfs, sys::mount(rootfs.c_str(), scratch_.c_str(), nullptr, MS_BIND | MS_REC, nullptr));
    return {};
  }

  // As the container will see it. Only now, with the binds before it in place, all symlinks can be followed.
  std::string name_of(int fd) const {
    std::array<char, 4096> target{};
    const auto size = sys::readlinkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(fd)).c_str(), target);
    const std::string_view path(target.data(), size.value_or(0));
    return is_below(path, scratch_) ? std::string(path.substr(scratch_.size())) : std::string();
  }

  // It is in the root filesystem since `create`, and no mount.
  bool is_copied_link(const plan::MountBind& bind) const {
    if ((bind.flags & plan::kCopySymlink) == 0) return false;
    const auto stat = sys::stat_at(AT_FDCWD, view_.c_str(bind.source), AT_SYMLINK_NOFOLLOW);
    return stat && stat->is_symlink();
  }

  Result<> make_own(const std::string& target) {
    const std::string doing = "create criu restore mountpoint for " + target + " mount";
    if (!is_own(target)) TRY_DOING(doing, open_or_make(target, true));
    own_.push_back(target);
    return {};
  }

  Result<> make_bind(const std::string& target, const std::string& source) {
    mounts_.push_back({target, source});
    if (is_own(target)) return {};
    const std::string doing = "create criu restore mountpoint for " + target + " mount";
    const sys::UniqueFd tree =
        TRY_DOING(doing + ": " + source, sys::open_tree(AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | AT_RECURSIVE));
    const sys::Stat stat = TRY_DOING(doing + ": " + source, sys::stat_fd(tree.get()));
    const sys::UniqueFd point = TRY_DOING(doing, open_or_make(target, stat.is_directory()));
    std::string name = name_of(point.get());
    TRY_DOING(doing, sys::attach(tree.get(), point.get()));
    if (!name.empty() && name != target) mounts_.push_back({std::move(name), source});
    return {};
  }

 public:
  Maker(const plan::View& view, const std::string& scratch) : view_(view), scratch_(scratch) {}

  Result<> make(const std::string& rootfs) {
    // What is mounted here does not show on the host; what the host mounts meanwhile may be a source of ours.
    TRY_DOING("make the mounts slaves", sys::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr));
    TRY(bind_root(rootfs));
    root_ = TRY_DOING("open " + scratch_, sys::openat(AT_FDCWD, scratch_.c_str(), O_PATH | O_DIRECTORY));
    bool masks = false;
    for (const plan::Step& step : view_.steps()) {
      if (step.kind == Kind::mount_filesystem && (step.filesystem.flags & plan::kRemount) == 0)
        TRY(make_own(std::string(view_.text(step.filesystem.target))));
      if (step.kind == Kind::mount_bind && !is_copied_link(step.bind))
        TRY(make_bind(std::string(view_.text(step.bind.target)), std::string(view_.text(step.bind.source))));
      masks = masks || step.kind == Kind::mask_path;
    }
    if (masks) mounts_.push_back({"/dev/null", "/dev/null"});
    // Without the binds: criu makes its own.
    root_.reset();
    TRY_DOING("unmount " + scratch_, sys::umount(scratch_.c_str(), MNT_DETACH));
    return bind_root(rootfs);
  }
  const std::vector<ExternalMount>& mounts() const { return mounts_; }
};

// Texts, each with a NUL behind it.
std::string answer_of(const plan::View& view, const std::string& rootfs, const std::string& scratch, bool& failed) {
  Maker maker(view, scratch);
  const auto made = maker.make(rootfs);
  failed = !made;
  if (failed) return made.error().what;
  std::string answer;
  for (const ExternalMount& mount : maker.mounts()) (((answer += mount.name) += '\0') += mount.source) += '\0';
  return answer;
}

std::vector<ExternalMount> read_answer(std::string_view text) {
  const auto next = [&text] {
    const std::string_view word = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return std::string(word);
  };
  std::vector<ExternalMount> mounts;
  while (!text.empty()) {
    std::string name = next();
    mounts.push_back({std::move(name), next()});
  }
  return mounts;
}

struct Helper {
  int pid = 0;
  sys::UniqueFd socket;  // closed: it ends
  ~Helper() {
    socket.reset();
    if (pid > 0) (void)sys::waitid(P_PID, pid, WEXITED);
  }
};

// The helper's part: one byte when all is made or has failed, then it waits until the runtime has taken hold of the namespace.
void serve(int socket, int memory, const plan::View& view, const std::string& rootfs, const std::string& scratch) {
  bool failed = false;
  const bool written = write_all(memory, answer_of(view, rootfs, scratch, failed)).has_value();
  char word = failed || !written ? 'n' : 'y';
  (void)sys::send_message(socket, &word, 1);
  (void)sys::receive_message(socket, &word, 1);
}

Result<std::string> take_answer(int socket, int memory) {
  char word = 'n';
  const auto received = sys::receive_message(socket, &word, 1);
  TRY_DOING("lseek", sys::checked(sys::raw(__NR_lseek, memory, 0, 0 /* SEEK_SET */)));
  std::string answer = TRY_DOING("read", read_rest(memory, kMaxAnswer));
  if (received && received->size == 1 && word == 'y') return answer;
  return fail(answer.empty() ? std::string("the helper that makes mount points has died") : answer);
}

}  // namespace

Result<Workshop> make_workshop(const plan::View& view, const std::string& rootfs, const std::string& scratch) {
  const sys::UniqueFd memory = TRY_DOING("memfd_create", sys::memfd_create("minc-oci:mounts", MFD_CLOEXEC));
  sys::UniqueFd ends[2];
  TRY_DOING("socketpair", sys::socketpair(SOCK_SEQPACKET, ends));
  clone_args arguments{};
  arguments.flags = CLONE_NEWNS;
  arguments.exit_signal = SIGCHLD;
  Helper helper;
  helper.pid = TRY_DOING("unshare the mount namespace", sys::fork(arguments));
  if (helper.pid == 0) {
    ends[0].reset();
    serve(ends[1].get(), memory.get(), view, rootfs, scratch);
    sys::exit_process(0);
  }
  helper.socket = std::move(ends[0]);
  ends[1].reset();
  Workshop workshop;
  workshop.mounts = read_answer(TRY(take_answer(helper.socket.get(), memory.get())));
  const std::string proc = "/proc/" + std::to_string(helper.pid);
  workshop.mount_namespace = TRY_DOING("open " + proc + "/ns/mnt", sys::openat(AT_FDCWD, (proc + "/ns/mnt").c_str(), O_RDONLY));
  workshop.root = TRY_DOING("open " + proc + "/root", sys::openat(AT_FDCWD, (proc + "/root").c_str(), O_PATH | O_DIRECTORY));
  return workshop;
}

}  // namespace container::criu
