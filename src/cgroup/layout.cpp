// cgroup/layout.cpp: which hierarchies there are, where they are mounted and where we are in them. /proc/self/cgroup names them;
// the mount points are guessed as systemd and its imitators make them and checked with one statfs(2) each. The mount table, which
// is long on a host with many containers, is read only where a guess fails.
#include <algorithm>
#include <array>

#include "cgroup/cgroup.h"
#include "cgroup/tree.h"
#include "support/mountinfo.h"

namespace cgroup {
namespace {

using plan::CgroupLayout;

constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr long kCgroup2Magic = 0x63677270, kCgroupMagic = 0x27e0eb;

// A line of /proc/self/cgroup: "4:memory:/a/b"; "0::/a" for v2.
struct Own {
  std::string controllers, path;
};

std::vector<Own> parse_own(std::string_view text) {
  std::vector<Own> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    std::string_view path = line.substr(second + 1);
    constexpr std::string_view kDeleted = " (deleted)";  // somebody removed our own group while we were in it
    if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
    lines.push_back({std::string(line.substr(first + 1, second - first - 1)), std::string(path)});
  }
  return lines;
}

// A cgroup entry of /proc/self/mountinfo.
struct Mounted {
  bool v2 = false;
  std::string root, point, options;  // options: of the superblock, where v1 has its controllers
};

std::string_view next_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

std::vector<Mounted> parse_mounts(std::string_view text) {
  std::vector<Mounted> mounts;
  while (const auto line = mountinfo::next(text)) {
    if (line->type != "cgroup" && line->type != "cgroup2") continue;
    mounts.push_back(
        {line->type == "cgroup2", mountinfo::unescape(line->root), mountinfo::unescape(line->point), std::string(line->super)});
  }
  return mounts;
}

class Mounts {  // read when first asked
 public:
  sys::Result<const Mounted*> find(std::string_view controllers) {
    if (!read_) {
      const sys::UniqueFd file = SYS_TRY(sys::openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY));
      mounts_ = parse_mounts(SYS_TRY(read_all(file.get())));
      read_ = true;
    }
    const std::string_view first = controllers.substr(0, controllers.find(','));
    for (const Mounted& mount : mounts_)
      if (mount.v2 ? controllers.empty() : !controllers.empty() && lists(mount.options, first)) return &mount;
    return nullptr;
  }

 private:
  bool read_ = false;
  std::vector<Mounted> mounts_;
};

bool is_of_type(const std::string& path, long magic) {
  const auto stat = sys::statfs(path.c_str());
  return stat && stat->type == magic;
}

std::string usual_point(const std::string& controllers) {
  if (controllers.empty()) return std::string(kRoot) + "/unified";
  constexpr std::string_view kNamed = "name=";
  return std::string(kRoot) + "/" + (controllers.starts_with(kNamed) ? controllers.substr(kNamed.size()) : controllers);
}

// Inside a container without a cgroup namespace a mount shows only the part below the container's group, while /proc/self/cgroup
// tells the host's path: our place in the mount is what the path has beyond the mount's root.
std::string within_mount(const std::string& own, const std::string& root) {
  if (root == "/" || !own.starts_with(root) || (own.size() > root.size() && own[root.size()] != '/')) return own;
  return own.size() == root.size() ? "/" : own.substr(root.size());
}

sys::Result<> add(CgroupLayout& layout, const Own& own, std::string point, long magic, Mounts& mounts) {
  // A path that the mount does not show is of a mount that does not begin at the hierarchy's root.
  const bool usual = is_of_type(point, magic) && (own.path == "/" || sys::faccessat(AT_FDCWD, (point + own.path).c_str(), 0, 0));
  if (usual) {
    layout.hierarchies.push_back({own.controllers, std::move(point), own.path});
    return {};
  }
  const Mounted* mount = SYS_TRY(mounts.find(own.controllers));
  if (mount != nullptr) layout.hierarchies.push_back({own.controllers, mount->point, within_mount(own.path, mount->root)});
  return {};  // mounted nowhere: not there for us
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty())
    if (const std::string_view word = next_word(text); !word.empty()) words.emplace_back(word);
  return words;
}

sys::Result<CgroupLayout> read() {
  CgroupLayout layout;
  Mounts mounts;
  const sys::UniqueFd file = SYS_TRY(sys::openat(AT_FDCWD, "/proc/self/cgroup", O_RDONLY));
  const std::vector<Own> lines = parse_own(SYS_TRY(read_all(file.get())));
  const bool pure = is_of_type(kRoot, kCgroup2Magic);
  bool v1 = false, v2 = false;
  for (const Own& own : lines) {
    if (pure && !own.controllers.empty()) continue;  // a leftover that nobody mounts beside v2
    const std::size_t before = layout.hierarchies.size();
    const bool is_v2 = own.controllers.empty();
    SYS_TRY(add(layout, own, pure ? kRoot : usual_point(own.controllers), is_v2 ? kCgroup2Magic : kCgroupMagic, mounts));
    if (layout.hierarchies.size() > before) (is_v2 ? v2 : v1) = true;
  }
  using Mode = CgroupLayout::Mode;
  layout.mode = v1 && v2 ? Mode::hybrid : v1 ? Mode::v1 : v2 ? Mode::v2 : Mode::none;
  if (layout.mode == Mode::v2) {
    Tree tree;
    if (const auto controllers = tree.read(layout.hierarchies[0].mount_point + "/cgroup.controllers"))
      layout.v2_controllers = words_of(*controllers);
  }
  return layout;
}

}  // namespace

Result<CgroupLayout> read_layout() {
  auto layout = read();
  if (!layout) return fail("reading the layout of the control groups", layout.error());
  return *std::move(layout);
}

}  // namespace cgroup
