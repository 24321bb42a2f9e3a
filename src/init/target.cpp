// init/target.cpp. Process: init, in the container's mount namespace; "/" is the host's tree or the container's.
#include "init/target.h"

#include <linux/openat2.h>

namespace init {
namespace {

constexpr std::size_t kPathMax = 4096;
constexpr int kMaxLinks = 40;  // as path_resolution(7)
constexpr std::uint64_t kScoped = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

// A path under change: a link's text takes the place of the link.
struct Path {
  char text[kPathMax + 1] = {};
  std::size_t size = 0;

  bool assign(std::string_view path) {
    if (path.size() > kPathMax) return false;
    __builtin_memcpy(text, path.data(), path.size());
    size = path.size();
    text[size] = '\0';
    return true;
  }
  // Puts `link` for the component text[from, to); an absolute link begins at the root.
  bool substitute(std::size_t from, std::size_t to, std::string_view link) {
    if (link.starts_with('/')) from = 0;
    const std::size_t rest = size - to;
    if (from + link.size() + rest > kPathMax) return false;
    __builtin_memmove(text + from + link.size(), text + to, rest);
    __builtin_memcpy(text + from, link.data(), link.size());
    size = from + link.size() + rest;
    text[size] = '\0';
    return true;
  }
};
constinit Path work;       // of make_directories
constinit Path file_path;  // of make_file
char link_text[kPathMax];  // what readlinkat(2) says

// Calls `act` with the first `size` characters of `path` as a whole text.
template <class Act>
auto with_prefix(Path& path, std::size_t size, Act&& act) {
  const char kept = std::exchange(path.text[size], '\0');
  auto result = act(path.text);
  path.text[size] = kept;
  return result;
}

std::size_t without_last_component(const Path& path, std::size_t size) {
  while (size > 0 && path.text[size - 1] != '/') --size;
  while (size > 0 && path.text[size - 1] == '/') --size;
  return size;
}

sys::Result<sys::UniqueFd> no(int code) { return std::unexpected(sys::Errno{code}); }

// The end of the name in `path`: its offset; the size of `path` when it ends in no name.
std::size_t name_offset(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t at = slash == path.npos ? 0 : slash + 1;
  const std::string_view name = path.substr(at);
  return name == "." || name == ".." ? path.size() : at;
}

}  // namespace

int Rootfs::root() {
  if (!root_) {
    auto opened = sys::openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    if (opened) root_ = std::move(*opened);  // else -1, and the caller's call answers EBADF
  }
  return root_.get();
}

void Rootfs::set_root(sys::UniqueFd root) {
  forget();
  root_ = std::move(root);
}

sys::Result<sys::UniqueFd> Rootfs::find(const char* path, std::uint64_t flags) {
  return sys::openat2(root(), path, flags, kScoped);
}

// The longest part of `path` that exists is found by the kernel, the rest is made by descriptors. A link that leads nowhere is
// read and put in its place by us, at most 40 times: with O_CREAT the kernel would follow one that was swapped in.
sys::Result<sys::UniqueFd> Rootfs::make_directories(std::string_view path, std::uint64_t resolve, unsigned mode) {
  if (!work.assign(path)) return no(kEnametoolong);
  for (int links = 0; links <= kMaxLinks; ++links) {
    std::size_t done = work.size;
    sys::UniqueFd directory;
    for (;;) {
      auto found = with_prefix(work, done, [&](const char* prefix) {
        return sys::openat2(root(), done == 0 ? "." : prefix, O_PATH | O_DIRECTORY, resolve);
      });
      if (found) {
        directory = std::move(*found);
        break;
      }
      if (found.code() != kEnoent || done == 0) return found;
      done = without_last_component(work, done);
    }
    bool linked = false;
    while (!linked) {
      while (work.text[done] == '/') ++done;
      if (done == work.size) return directory;
      std::size_t end = done;
      while (end < work.size && work.text[end] != '/') ++end;
      const std::string_view name{work.text + done, end - done};
      if (name == "..") return no(kEnoent);  // above something that does not exist
      const std::size_t start = std::exchange(done, end);
      if (name == ".") continue;
      auto next = with_prefix(work, end, [&](const char*) -> sys::Result<sys::UniqueFd> {
        const auto made = sys::mkdirat(directory.get(), work.text + start, end == work.size ? mode : 0755);
        if (!made && made.code() != kEexist) return std::unexpected(made.error());
        auto opened = sys::openat(directory.get(), work.text + start, O_PATH | O_NOFOLLOW | O_DIRECTORY);
        if (opened || opened.code() != kEnotdir || (resolve & RESOLVE_NO_SYMLINKS) != 0) return opened;
        const auto length = sys::readlinkat(directory.get(), work.text + start, link_text);
        if (!length || *length == sizeof link_text) return no(kEnotdir);  // EINVAL: a file, no link
        linked = true;
        return no(static_cast<int>(*length));
      });
      if (linked) {
        const std::string_view link{link_text, static_cast<std::size_t>(next.code())};
        if (!work.substitute(start, end, link)) return no(kEnametoolong);
      } else if (!next) {
        return next;
      } else {
        directory = std::move(*next);
      }
    }
  }
  return no(kEloop);
}

Result<Place> Rootfs::place(std::string_view path) {
  const std::size_t at = name_offset(path);
  if (at == path.size()) return fail(Trouble::target_not_found, kEinval, path);
  const std::string_view directory = path.substr(0, at);
  if (!parent_ || directory != parent_path_) {
    forget();
    parent_ = TRY_ABOUT(Trouble::target_not_found, path, make_directories(directory, kScoped, 0755));
    parent_path_ = directory;
  }
  return Place{parent_.get(), path.data() + at};
}

Result<Node> Rootfs::directory(std::string_view path, unsigned mode) {
  const std::size_t at = name_offset(path);
  if (at != path.size() && parent_ && path.substr(0, at) == parent_path_) {
    // Its directory is the one at hand: most often this is new, so making it is the first try.
    const auto made = sys::mkdirat(parent_.get(), path.data() + at, mode);
    if (!made && made.code() != kEexist) return fail(Trouble::target_not_found, made.code(), path);
    auto opened = sys::openat(parent_.get(), path.data() + at, O_PATH | O_NOFOLLOW | O_DIRECTORY);
    if (opened && made) return Node{std::move(*opened), {}, true};
    if (opened) {
      const sys::Stat stat = TRY(sys::stat_fd(opened->get()));
      return Node{std::move(*opened), stat, false};
    }
  }
  auto found = find(path.data());
  if (found) {
    const sys::Stat stat = TRY(sys::stat_fd(found->get()));
    if (!stat.is_directory()) return fail(Trouble::target_type, kEnotdir, path);
    forget();  // the mount may cover it
    return Node{std::move(*found), stat, false};
  }
  if (found.code() != kEnoent) return fail(Trouble::target_not_found, found.code(), path);
  if (at != path.size()) {
    const Place here = TRY(place(path));
    if (sys::mkdirat(here.directory, here.name, mode)) {
      sys::UniqueFd fd =
          TRY_ABOUT(Trouble::target_not_found, path, sys::openat(here.directory, here.name, O_PATH | O_NOFOLLOW | O_DIRECTORY));
      return Node{std::move(fd), {}, true};
    }
  }
  forget();
  sys::UniqueFd fd = TRY_ABOUT(Trouble::target_not_found, path, make_directories(path, kScoped, mode));
  return Node{std::move(fd), {}, true};
}

Result<Node> Rootfs::ordinary_directory(std::string_view path) {
  constexpr std::uint64_t kOrdinary = kScoped | RESOLVE_NO_SYMLINKS;
  forget();
  auto found = sys::openat2(root(), path.data(), O_PATH, kOrdinary);
  if (!found && found.code() == kEnoent) found = make_directories(path, kOrdinary, 0755);
  if (!found) {
    const bool crooked = found.code() == kEloop || found.code() == kEnotdir;
    return fail(crooked ? Trouble::target_not_directory : Trouble::target_not_found, found.code(), path);
  }
  const sys::Stat stat = TRY(sys::stat_fd(found->get()));
  if (!stat.is_directory()) return fail(Trouble::target_not_directory, kEnotdir, path);
  return Node{std::move(*found), stat, false};
}

// Makes the file, or follows a dangling link to where it should be made.
Result<Node> Rootfs::make_file(const char* path) {
  for (int links = 0; links <= kMaxLinks; ++links) {
    const std::string_view here_path{path};
    const Place here = TRY(place(here_path));
    auto made = sys::openat(here.directory, here.name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0644);
    if (made) return Node{std::move(*made), {}, true};
    if (made.code() != kEexist) return fail(Trouble::target_not_found, made.code(), here_path);
    const auto length = sys::readlinkat(here.directory, here.name, link_text);
    if (!length || *length == sizeof link_text) return fail(Trouble::target_not_found, kEexist, here_path);
    if (path != file_path.text && !file_path.assign(here_path)) return fail(Trouble::target_not_found, kEnametoolong);
    const std::size_t at = name_offset({file_path.text, file_path.size});
    forget();  // parent_path_ may be a text that changes now
    if (!file_path.substitute(at, file_path.size, {link_text, *length})) return fail(Trouble::target_not_found, kEnametoolong);
    path = file_path.text;
    auto found = find(path);
    if (found) {
      const sys::Stat stat = TRY(sys::stat_fd(found->get()));
      return Node{std::move(*found), stat, false};
    }
  }
  return fail(Trouble::target_not_found, kEloop);
}

Result<Node> Rootfs::file(std::string_view path) {
  auto found = find(path.data());
  Node node;
  if (found) {
    const sys::Stat stat = TRY(sys::stat_fd(found->get()));
    node = Node{std::move(*found), stat, false};
  } else if (found.code() == kEnoent) {
    auto made = make_file(path.data());
    if (parent_path_.data() == file_path.text) forget();
    if (!made) return fail(Trouble::target_not_found, made.error().error, path);
    node = std::move(*made);
  } else {
    return fail(Trouble::target_not_found, found.code(), path);
  }
  if (!node.made && node.stat.is_directory()) return fail(Trouble::target_type, kEisdir, path);
  return node;
}

Result<Node> Rootfs::itself(std::string_view path, bool directory) {
  const Place here = TRY(place(path));
  auto found = sys::openat(here.directory, here.name, O_PATH | O_NOFOLLOW);
  if (!found && found.code() == kEnoent) {
    if (directory) TRY_ABOUT(Trouble::target_not_found, path, sys::mkdirat(here.directory, here.name, 0755));
    const int make = directory ? O_PATH | O_DIRECTORY | O_NOFOLLOW : O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY;
    sys::UniqueFd made = TRY_ABOUT(Trouble::target_not_found, path, sys::openat(here.directory, here.name, make, 0644));
    return Node{std::move(made), {}, true};
  }
  if (!found) return fail(Trouble::target_not_found, found.code(), path);
  const sys::Stat stat = TRY(sys::stat_fd(found->get()));
  if (stat.is_directory() != directory) return fail(Trouble::target_type, directory ? kEnotdir : kEisdir, path);
  return Node{std::move(*found), stat, false};
}

}  // namespace init
