// What is made stays detached: these tests see it through its descriptor and leave nothing on the host. They need root.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "overlay/builder.h"
#include "sys/file.h"
#include "sys/xattr.h"

using overlay::Request;

namespace {

class Directory {
  std::string path_;

 public:
  Directory() {
    char name[] = "/tmp/minc-overlay-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Directory() { [[maybe_unused]] const int status = std::system(("rm -rf '" + path_ + "'").c_str()); }
  std::string make(const std::string& name, unsigned mode = 0755) const {
    const std::string path = path_ + '/' + name;
    REQUIRE(sys::mkdirat(AT_FDCWD, path.c_str(), mode));
    return path;
  }
};

void write_file(int directory, const char* name, std::string_view text) {
  const auto file = sys::openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  REQUIRE(file);
  REQUIRE(sys::write(file->get(), text));
}

std::string read_file(int directory, const char* name) {
  const auto file = sys::openat(directory, name, O_RDONLY);
  if (!file) return "errno " + std::to_string(file.code());
  char text[256];
  return std::string(text, *sys::read(file->get(), std::as_writable_bytes(std::span{text})));
}

int write_error(int directory, const char* name) { return sys::openat(directory, name, O_WRONLY | O_CREAT, 0644).code(); }

bool can_mount() { return ::geteuid() == 0; }

// The detached way, or the one for older kernels.
Result<overlay::Mounted> make(const Request& request, bool attached) {
  return attached ? overlay::make_in_namespace(request) : overlay::make(request);
}

Request over(std::vector<std::string> lowers, Request::Upper upper = Request::Upper::tmpfs) {
  Request request;
  request.lowers = std::move(lowers);
  request.upper = upper;
  request.tmpfs_bytes = 1U << 20;
  request.submounts = overlay::Submounts::hide;
  return request;
}

}  // namespace

TEST_CASE("overlay made: writes go to the tmpfs, the lower stays as it is") {
  if (!can_mount()) return;
  const bool attached = GENERATE(false, true);
  const Directory directory;
  const std::string lower = directory.make("a:b,c\\ d", 0750);
  write_file(AT_FDCWD, (lower + "/file").c_str(), "old");
  REQUIRE(sys::fchownat(AT_FDCWD, lower.c_str(), 12, 34, 0));
  const auto mounted = make(over({lower}), attached);
  REQUIRE(mounted);
  const int root = mounted->tree.get();
  REQUIRE(read_file(root, "file") == "old");
  write_file(root, "file", "new");
  REQUIRE(read_file(AT_FDCWD, (lower + "/file").c_str()) == "old");
  REQUIRE(read_file(mounted->upper.get(), "up/file") == "new");
  const auto stat = sys::stat_fd(root);
  REQUIRE((stat->mode & 07777) == 0750);
  REQUIRE(stat->uid == 12);
  REQUIRE(stat->gid == 34);
}

TEST_CASE("overlay made: the root's attributes are the lower's") {
  if (!can_mount()) return;
  const Directory directory;
  const std::string lower = directory.make("lower");
  const auto fd = sys::openat(AT_FDCWD, lower.c_str(), O_RDONLY | O_DIRECTORY);
  const std::string_view value = "v";
  REQUIRE(sys::fsetxattr(fd->get(), "trusted.minc", value));
  const auto mounted = make(over({lower}), GENERATE(false, true));
  REQUIRE(mounted);
  const auto root = sys::openat(mounted->tree.get(), ".", O_RDONLY | O_DIRECTORY);
  char got[8];
  REQUIRE(*sys::fgetxattr(root->get(), "trusted.minc", got) == 1);
}

TEST_CASE("overlay made: without an upper every write fails") {
  if (!can_mount()) return;
  const Directory directory;
  const auto mounted = make(over({directory.make("lower")}, Request::Upper::none), GENERATE(false, true));
  REQUIRE(mounted);
  REQUIRE(write_error(mounted->tree.get(), "x") == 30);  // EROFS
  REQUIRE_FALSE(mounted->upper);
}

TEST_CASE("overlay made: the top lower wins") {
  if (!can_mount()) return;
  const Directory directory;
  const std::string top = directory.make("top"), bottom = directory.make("bottom");
  write_file(AT_FDCWD, (top + "/x").c_str(), "top");
  write_file(AT_FDCWD, (bottom + "/x").c_str(), "bottom");
  write_file(AT_FDCWD, (bottom + "/y").c_str(), "bottom");
  const auto mounted = make(over({top, bottom}), GENERATE(false, true));
  REQUIRE(mounted);
  REQUIRE(read_file(mounted->tree.get(), "x") == "top");
  REQUIRE(read_file(mounted->tree.get(), "y") == "bottom");
}

TEST_CASE("overlay made: a directory upper keeps what was written") {
  if (!can_mount()) return;
  const bool attached = GENERATE(false, true);
  const Directory directory;
  Request request = over({directory.make("lower")}, Request::Upper::directory);
  request.upper_directory = directory.make("upper");
  request.work_directory = request.upper_directory + ".work";
  {
    const auto mounted = make(request, attached);
    REQUIRE(mounted);
    write_file(mounted->tree.get(), "x", "kept");
  }
  REQUIRE(read_file(AT_FDCWD, (request.upper_directory + "/x").c_str()) == "kept");
  const auto again = make(request, attached);
  REQUIRE(again);
  REQUIRE(read_file(again->tree.get(), "x") == "kept");
}

TEST_CASE("overlay made: refusals have their own words") {
  if (!can_mount()) return;
  const Directory directory;
  const std::string lower = directory.make("lower");
  const auto what = [](const Request& request) {
    const auto mounted = overlay::make(request);
    return mounted ? "" : mounted.error().what;
  };
  REQUIRE(what(over({"/nowhere"})) == "overlay root: lower directory /nowhere: no such file or directory");
  REQUIRE(what(over({"/etc/passwd"})) == "overlay root: lower /etc/passwd is no directory");
  REQUIRE(what(over({lower, lower})) == "overlay root: lower directory " + lower + " is given twice");
  REQUIRE(what(over(std::vector<std::string>(501, lower))).find("too many lower directories: 501") != std::string::npos);
  Request request = over({lower}, Request::Upper::directory);
  request.upper_directory = directory.make("upper");
  request.work_directory = request.upper_directory + "/work";
  REQUIRE(what(request).find("separate directories") != std::string::npos);
  request.work_directory = "/dev/shm/minc-overlay-test-work";
  REQUIRE(what(request).find("same mount") != std::string::npos);
  REQUIRE(sys::unlinkat(AT_FDCWD, request.work_directory.c_str(), AT_REMOVEDIR));
  const auto inside = overlay::make(over({lower, "/"}));
  REQUIRE_FALSE(inside);
  REQUIRE(inside.error().hint == "a lower directory lies inside another layer");
}

TEST_CASE("overlay made: a kernel's refusal is told in its words") {
  if (!can_mount()) return;
  const Directory directory;
  Request request = over({directory.make("lower")});
  request.options = {{"metacopy", "on"}, {"redirect_dir", "off"}};
  const auto mounted = overlay::make(request);
  if (!mounted) REQUIRE(mounted.error().what.find("overlay: ") != std::string::npos);
}
