// Process: the runtime, on the host, with the caller's rights.
#include "overlay/layers.h"

#include <algorithm>
#include <array>

#include "overlay/fs_context.h"
#include "support/text.h"
#include "sys/mount.h"
#include "sys/xattr.h"

namespace overlay {
namespace {

constexpr int kEnoent = 2, kEexist = 17, kEnodata = 61, kEopnotsupp = 95;
constexpr long kOverlayMagic = 0x794c7630;
constexpr std::size_t kMostLowers = 500;
constexpr std::uint64_t kLargestDefault = std::uint64_t{2} << 30;

Result<> check_directory(const std::string& path, std::string_view role) {
  const auto stat = sys::stat_at(AT_FDCWD, path.c_str(), 0);
  if (!stat) return fail(std::string(role) + " directory " + path, stat.error());
  if (!stat->is_directory()) return fail(std::string(role) + ' ' + path + " is no directory");
  return {};
}

bool is_inside(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

std::uint64_t default_tmpfs_bytes() {
  std::array<char, 512> text{};
  const auto file = sys::openat(AT_FDCWD, "/proc/meminfo", O_RDONLY);
  const auto got =
      file ? sys::read(file->get(), std::as_writable_bytes(std::span{text})) : sys::Result<std::size_t>(std::size_t{0});
  std::string_view rest(text.data(), got.value_or(0));
  const std::size_t line = rest.find("MemAvailable:");
  if (line == std::string_view::npos) return kLargestDefault / 4;
  rest.remove_prefix(std::min(rest.find_first_of("0123456789", line), rest.size()));
  const auto kilobytes = text::parse_unsigned(rest.substr(0, rest.find(' ')), std::uint64_t{1} << 50);
  return kilobytes ? std::clamp(*kilobytes * 1024 / 2, std::uint64_t{1} << 20, kLargestDefault) : kLargestDefault / 4;
}

// Access control lists must go along: without them the mode's group bits mean another thing. Other attributes go where they can.
Result<> copy_attribute(int from, int to, const char* name) {
  std::array<char, 65536> value;  // XATTR_SIZE_MAX
  const std::string_view key(name);
  if (key.starts_with("trusted.overlay.") || key.starts_with("user.overlay.")) return {};  // bookkeeping of another overlay
  const auto size = sys::fgetxattr(from, name, value);
  if (size.code() == kEnodata) return {};
  if (!size) return fail("read the attribute " + std::string(name) + " of the lower root", size.error());
  const auto set = sys::fsetxattr(to, name, std::span(value).first(*size));
  if (!set && (set.code() != kEopnotsupp || key.starts_with("system.")))
    return fail("set the attribute " + std::string(name) + " of the upper root", set.error());
  return {};
}

Result<> copy_attributes(int from, int to) {
  std::array<char, 65536> names;  // XATTR_LIST_MAX
  const auto size = sys::flistxattr(from, names);
  if (size.code() == kEopnotsupp) return {};
  if (!size) return fail("list the attributes of the lower root", size.error());
  for (std::size_t at = 0; at < *size; at += std::string_view(&names[at]).size() + 1) TRY(copy_attribute(from, to, &names[at]));
  return {};
}

// The upper's root is what the overlay shows as its own root. chown before chmod: it clears set-id bits.
Result<> look_like(int lower, int upper) {
  const auto readable = sys::openat(lower, ".", O_RDONLY | O_DIRECTORY);
  if (!readable) return fail("open the lower root", readable.error());
  const auto target = sys::openat(upper, ".", O_RDONLY | O_DIRECTORY);
  if (!target) return fail("open the upper root", target.error());
  const auto stat = sys::stat_fd(readable->get());
  if (!stat) return fail("stat the lower root", stat.error());
  TRY_DOING("set the owner of the upper root", sys::fchownat(target->get(), "", stat->uid, stat->gid, AT_EMPTY_PATH));
  TRY_DOING("set the mode of the upper root", sys::fchmod(target->get(), stat->mode & 07777));
  return copy_attributes(readable->get(), target->get());
}

Result<sys::UniqueFd> open_or_make(const std::string& path, std::string_view role) {
  const auto made = sys::mkdirat(AT_FDCWD, path.c_str(), 0700);
  if (!made && made.code() != kEexist) return fail("make the " + std::string(role) + " directory " + path, made.error());
  auto opened = sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened) return fail("open the " + std::string(role) + " directory " + path, opened.error());
  return take(std::move(opened));
}

Result<> check_upper_filesystem(const Request& request) {
  const std::size_t slash = request.upper_directory.rfind('/');
  const std::string parent = slash == 0 ? "/" : request.upper_directory.substr(0, slash);
  auto found = sys::statfs(request.upper_directory.c_str());
  if (found.code() == kEnoent) found = sys::statfs(parent.c_str());
  if (!found) return fail("upper directory " + request.upper_directory, found.error());
  if (found->type == kOverlayMagic)
    return fail("upper " + request.upper_directory + " lies on an overlay, which cannot hold an upper", "",
                "use upper \"tmpfs\" inside of containers");
  return {};
}

// The kernel leaves this mark in the work directory of a volatile overlay and removes it at a clean end.
Result<> refuse_unsynced(const Request& request, int work) {
  if (!sys::stat_at(work, "work/incompat/volatile", AT_SYMLINK_NOFOLLOW)) return {};
  return fail(
      "upper " + request.upper_directory + " was used by a volatile overlay that did not end cleanly: its files may be damaged", "",
      "to accept that, remove " + request.work_directory + "/work/incompat/volatile");
}

}  // namespace

Result<> check_layers(const Request& request) {
  if (request.lowers.empty()) return fail("an overlay needs a lower directory");
  if (request.lowers.size() > kMostLowers)
    return fail("too many lower directories: " + std::to_string(request.lowers.size()) + ", the kernel takes " +
                std::to_string(kMostLowers));
  for (const std::string& lower : request.lowers) TRY(check_directory(lower, "lower"));
  for (std::size_t i = 0; i < request.lowers.size(); ++i)
    if (std::ranges::find(request.lowers.begin(), request.lowers.begin() + static_cast<std::ptrdiff_t>(i), request.lowers[i]) !=
        request.lowers.begin() + static_cast<std::ptrdiff_t>(i))
      return fail("lower directory " + request.lowers[i] + " is given twice");
  if (request.upper != Request::Upper::directory) return {};
  if (is_inside(request.work_directory, request.upper_directory) || is_inside(request.upper_directory, request.work_directory))
    return fail("upper " + request.upper_directory + " and work " + request.work_directory +
                " must be separate directories, none inside the other");
  return check_upper_filesystem(request);
}

Result<sys::UniqueFd> open_lower(const std::string& path, bool detached) {
  auto opened = detached ? sys::open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE)
                         : sys::openat(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  if (!opened) return fail((detached ? "clone the mount of lower directory " : "open lower directory ") + path, opened.error());
  return take(std::move(opened));
}

Result<sys::UniqueFd> make_tmpfs(std::uint64_t bytes) {
  FsContext tmpfs = TRY(FsContext::open("tmpfs"));
  TRY(tmpfs.set("source", "minc-oci"));
  TRY(tmpfs.set("size", std::to_string(bytes != 0 ? bytes : default_tmpfs_bytes())));
  TRY(tmpfs.set("mode", "0700"));
  return tmpfs.mount(MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
}

Result<Pair> make_pair(int tmpfs, const std::string& suffix, int lower) {
  Pair pair;
  const std::string upper = "up" + suffix, work = "work" + suffix;
  TRY_DOING("mkdir upper", sys::mkdirat(tmpfs, upper.c_str(), 0700));
  TRY_DOING("mkdir work", sys::mkdirat(tmpfs, work.c_str(), 0700));
  pair.upper = TRY_DOING("open upper", sys::openat(tmpfs, upper.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  pair.work = TRY_DOING("open work", sys::openat(tmpfs, work.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  TRY(look_like(lower, pair.upper.get()));
  return pair;
}

Result<Pair> open_pair(const Request& request, int lower) {
  Pair pair;
  pair.upper = TRY(open_or_make(request.upper_directory, "upper"));
  pair.work = TRY(open_or_make(request.work_directory, "work"));
  const auto upper = sys::stat_fd(pair.upper.get()), work = sys::stat_fd(pair.work.get());
  if (!upper || !work) return fail("stat upper and work", (upper ? work : upper).error());
  if (upper->mount_id != work->mount_id)
    return fail("upper " + request.upper_directory + " and work " + request.work_directory + " must lie on the same mount");
  TRY(refuse_unsynced(request, pair.work.get()));
  const bool used_before = sys::stat_at(pair.work.get(), "work", AT_SYMLINK_NOFOLLOW).has_value();  // overlayfs makes it
  if (!used_before) TRY(look_like(lower, pair.upper.get()));
  return pair;
}

}  // namespace overlay
