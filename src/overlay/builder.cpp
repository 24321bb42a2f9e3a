// Process: the runtime, on the host, with the caller's rights; or the child of in_namespace.cpp. Nothing here is visible to others.
#include "overlay/builder.h"

#include <sys/mount.h>

#include <algorithm>
#include <array>

#include "overlay/fs_context.h"
#include "sys/mount.h"

namespace overlay {
namespace {

constexpr int kEinval = 22;
constexpr unsigned kMostSubmountOverlays = 32;
constexpr std::size_t kLargestMountinfo = 16U << 20;
constexpr std::size_t kLargestMountData = 4095;                            // mount(2) takes a page and cuts the rest without a word
constexpr std::uint32_t kCarried = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;  // the same bits as MS_* and statfs(2)'s ST_*

std::string by_number(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

std::string set_to(std::string_view name, std::string_view value) {
  std::string text(name);
  if (!value.empty()) text.append("=").append(value);
  return text;
}

// An overlay must not give back what the mount of its lower had taken away. Device nodes are never wanted.
unsigned attributes_of(int lower) {
  const auto stat = sys::fstatfs(lower);
  return MOUNT_ATTR_NODEV | (stat ? static_cast<unsigned>(stat->flags) & kCarried : 0U);
}

// Our choice where the request has none. redirect_dir, metacopy: an upper stays complete in itself and can be read without its
// lower. index: a second mount of a directory upper is then refused; a tmpfs has nobody else. xino: no noise in the kernel's log.
std::vector<std::pair<std::string, std::string>> options_of(const Request& request) {
  const bool directory = request.upper == Request::Upper::directory;
  std::vector<std::pair<std::string, std::string>> options{
      {"redirect_dir", "off"}, {"metacopy", "off"}, {"index", directory ? "on" : "off"}, {"xino", "off"}};
  if (request.upper == Request::Upper::tmpfs) options.emplace_back("volatile", "");  // nothing to sync: it ends with the container
  for (const auto& [name, value] : request.options) {
    const auto found = std::ranges::find(options, name, [](const auto& option) { return option.first; });
    if (found == options.end())
      options.emplace_back(name, value);
    else
      found->second = value;
  }
  return options;
}

Result<std::string> read_mountinfo() {
  const auto file = sys::openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY);
  if (!file) return fail("open /proc/self/mountinfo", file.error());
  std::string text;
  for (std::size_t used = 0;;) {
    text.resize(used + 16384);
    const auto got = sys::read(file->get(), std::as_writable_bytes(std::span{text}).subspan(used));
    if (!got) return fail("read /proc/self/mountinfo", got.error());
    used += *got;
    text.resize(used);
    if (*got == 0) return text;
    if (used > kLargestMountinfo) return fail("/proc/self/mountinfo is too large");
  }
}

}  // namespace

Result<> Builder::open_scratch() {
  if (scratch_) return {};
  const bool holds_files = request_.upper == Request::Upper::tmpfs;
  scratch_ = TRY(make_tmpfs(holds_files ? request_.tmpfs_bytes : 65536));
  // overlayfs of older kernels takes layers only from mounts that are attached here. Nobody has layers below /dev.
  if (attached_) TRY_DOING("attach the tmpfs of the overlay", sys::attach_at(scratch_.get(), AT_FDCWD, "/dev"));
  return {};
}

Result<Builder::Lowers> Builder::open_lowers() {
  Lowers lowers;
  for (const std::string& path : request_.lowers) lowers.push_back(TRY(open_lower(path, !attached_)));
  return lowers;
}

// overlayfs without an upper wants two lowers at least.
Result<> Builder::add_empty_lower(Lowers& lowers) {
  TRY(open_scratch());
  const std::string name = "empty" + std::to_string(count_);
  TRY_DOING("mkdir an empty lower", sys::mkdirat(scratch_.get(), name.c_str(), 0755));
  lowers.push_back(TRY_DOING("open an empty lower", sys::openat(scratch_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW)));
  return {};
}

Result<Pair> Builder::open_root_pair(int lower) {
  switch (request_.upper) {
    case Request::Upper::none:
      return Pair{};
    case Request::Upper::directory:
      return open_pair(request_, lower);
    case Request::Upper::tmpfs:
      break;
  }
  TRY(open_scratch());
  return make_pair(scratch_.get(), "", lower);
}

Result<sys::UniqueFd> Builder::overlay_by_descriptors(const Lowers& lowers, const Pair& pair, unsigned attributes) {
  FsContext fs = TRY(FsContext::open("overlay"));
  TRY(fs.set("source", "overlay"));
  lacks_descriptors_ = true;  // until the kernel has taken them
  for (const sys::UniqueFd& lower : lowers) TRY(fs.set_descriptor("lowerdir+", lower.get()));
  if (pair.upper) {
    TRY(fs.set_descriptor("upperdir", pair.upper.get()));
    TRY(fs.set_descriptor("workdir", pair.work.get()));
  }
  lacks_descriptors_ = false;
  for (const auto& [name, value] : options_of(request_)) {
    if (value.empty())
      TRY(fs.set_flag(name.c_str()));
    else
      TRY(fs.set(name.c_str(), value));
  }
  auto tree = fs.mount(attributes);
  // Linux 6.13 and 6.14 take the descriptors, and say EINVAL when they find the layers detached.
  lacks_descriptors_ = !tree && tree.error().code == kEinval;
  return tree;
}

std::string Builder::option_data() const {
  std::string data;
  for (const auto& [name, value] : options_of(request_)) data.append(",").append(set_to(name, value));
  return data;
}

Result<sys::UniqueFd> Builder::overlay_by_mount(const Lowers& lowers, const Pair& pair, unsigned attributes) {
  std::string data = "lowerdir=";
  for (std::size_t i = 0; i < lowers.size(); ++i) data.append(i == 0 ? "" : ":").append(by_number(lowers[i].get()));
  if (pair.upper)
    data.append(",upperdir=").append(by_number(pair.upper.get())).append(",workdir=").append(by_number(pair.work.get()));
  data.append(option_data());
  if (data.size() > kLargestMountData)
    return fail("too many lower directories for this kernel: " + std::to_string(lowers.size()), "", "Linux 6.15 takes up to 500");
  TRY(open_scratch());
  const std::string name = "root" + std::to_string(count_);
  TRY_DOING("mkdir a mount point for the overlay", sys::mkdirat(scratch_.get(), name.c_str(), 0700));
  const std::string target = by_number(scratch_.get()) + '/' + name;
  TRY_DOING("overlay: mount", sys::mount("overlay", target.c_str(), "overlay", attributes, data.c_str()));
  return TRY_DOING("clone the overlay", sys::open_tree(scratch_.get(), name.c_str(), OPEN_TREE_CLONE));
}

Result<sys::UniqueFd> Builder::make_overlay(const Lowers& lowers, const Pair& pair, unsigned attributes) {
  auto tree = attached_ ? overlay_by_mount(lowers, pair, attributes) : overlay_by_descriptors(lowers, pair, attributes);
  ++count_;
  return tree;
}

Result<sys::UniqueFd> Builder::make_root() {
  Lowers lowers = TRY(open_lowers());
  const int top = lowers.front().get();
  const unsigned attributes = attributes_of(top);
  Pair pair = TRY(open_root_pair(top));
  if (!pair.upper) TRY(add_empty_lower(lowers));
  auto tree = make_overlay(lowers, pair, attributes);
  if (request_.upper == Request::Upper::directory) upper_ = std::move(pair.upper);
  return tree;
}

Result<sys::UniqueFd> Builder::overlay_of(const Submount& mount) {
  Lowers lowers;
  lowers.push_back(TRY(open_lower(mount.path, !attached_)));
  const int lower = lowers.front().get();
  if (request_.upper == Request::Upper::none) {
    TRY(add_empty_lower(lowers));
    return make_overlay(lowers, {}, attributes_of(lower));
  }
  const Pair pair = TRY(make_pair(scratch_.get(), std::to_string(count_), lower));
  return make_overlay(lowers, pair, attributes_of(lower));
}

Result<sys::UniqueFd> Builder::clone_of(const Submount& mount, bool writable) {
  sys::UniqueFd tree = TRY_DOING("clone the mount", sys::open_tree(AT_FDCWD, mount.path.c_str(), OPEN_TREE_CLONE));
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_NODEV | (writable ? 0 : MOUNT_ATTR_RDONLY);
  attributes.propagation = MS_PRIVATE;  // a clone of a shared mount is its peer
  TRY_DOING("set mount attributes", sys::mount_setattr(tree.get(), "", AT_EMPTY_PATH, attributes));
  return tree;
}

// Of a directory upper, which may be kept and read later, submounts are no part: they are shown read-only.
Result<sys::UniqueFd> Builder::tree_of(const Submount& mount) {
  if (request_.submounts == Submounts::bind) return clone_of(mount, true);
  const auto stat = sys::stat_at(AT_FDCWD, mount.path.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!stat) return fail("stat", stat.error());
  const bool own_overlay =
      request_.submounts == Submounts::overlay && request_.upper != Request::Upper::directory && stat->is_directory();
  if (!own_overlay) return clone_of(mount, false);
  if (count_ <= kMostSubmountOverlays) {
    auto tree = overlay_of(mount);
    if (tree) return tree;
    warnings_.push_back(mount.path + " (" + mount.type + ") is read-only in the container: " + tree.error().what);
  } else {
    warnings_.push_back(mount.path + " is read-only in the container: more than " + std::to_string(kMostSubmountOverlays) +
                        " mounts below the base");
  }
  return clone_of(mount, false);
}

Result<> Builder::add_submount(int root, const Submount& mount) {
  const std::size_t base = request_.lowers.back() == "/" ? 1 : request_.lowers.back().size() + 1;
  const auto target = sys::openat2(root, mount.path.c_str() + base, O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
  if (!target) return fail("find the place of " + mount.path + " in the overlay", target.error());
  sys::UniqueFd tree = TRY_DOING(mount.path, tree_of(mount));
  TRY_DOING("attach " + mount.path, sys::attach(tree.get(), target->get()));
  return {};
}

// What cannot be shown is missing from a view of the host, which is worth a warning and no refusal.
Result<> Builder::add_submounts(int root) {
  const std::string mountinfo = TRY(read_mountinfo());
  for (const Submount& mount : find_submounts(mountinfo, request_.lowers.back())) {
    const auto added = add_submount(root, mount);
    if (!added) warnings_.push_back(mount.path + " is not shown in the container: " + added.error().what);
  }
  return {};
}

Result<Mounted> Builder::build() {
  Mounted mounted;
  mounted.tree = TRY(make_root());
  if (request_.submounts != Submounts::hide) {
    sys::UniqueFd root;
    if (attached_) root = TRY_DOING("open the overlay", sys::openat(scratch_.get(), "root0", O_PATH | O_DIRECTORY));
    TRY(add_submounts(attached_ ? root.get() : mounted.tree.get()));
    if (attached_)
      mounted.tree = TRY_DOING("clone the overlay", sys::open_tree(root.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE));
  }
  mounted.upper = request_.upper == Request::Upper::directory ? std::move(upper_) : std::move(scratch_);
  if (request_.upper == Request::Upper::none) mounted.upper.reset();
  mounted.warnings = std::move(warnings_);
  return mounted;
}

}  // namespace overlay
