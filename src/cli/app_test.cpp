#include "cli/app.h"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "cli/descriptors.h"
#include "cli/globals.h"

namespace {

// One call of the program with its standard output and error caught.
struct Call {
  int status = 0;
  std::string out, err;
};

class Capture {
 public:
  explicit Capture(int fd) : fd_(fd), saved_(dup(fd)), file_(memfd_create("capture", 0)) { dup2(file_, fd_); }
  ~Capture() { restore(), close(file_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  std::string text() {
    restore();
    std::string all(static_cast<std::size_t>(lseek(file_, 0, SEEK_END)), '\0');
    all.resize(static_cast<std::size_t>(pread(file_, all.data(), all.size(), 0)));
    return all;
  }

 private:
  int fd_, saved_, file_;
  void restore() {
    if (saved_ < 0) return;
    dup2(saved_, fd_), close(saved_);
    saved_ = -1;
  }
};

Call call(const std::string& line) {
  std::vector<std::string> words{"minc-oci"};
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  Capture out(1), err(2);
  const int status = cli::app(static_cast<int>(argv.size()), argv.data(), 022);
  return {status, out.text(), err.text()};
}

bool says(const Call& made, const std::string& message) {
  return made.err.find("level=error msg=" + message + "\n") != std::string::npos;
}

// An empty state directory that needs no rights.
const std::string kRoot = "--root /tmp/minc-oci-test-root ";

}  // namespace

TEST_CASE("exit status: help and version succeed") {
  for (const char* line :
       {"", "-h", "--help", "help", "h", "--version", "-v", "version", "create -h", "help create", "exec --help", "features"}) {
    INFO(line);
    const Call made = call(line);
    CHECK(made.status == 0);
    CHECK(made.err.empty());
    CHECK_FALSE(made.out.empty());
  }
}

TEST_CASE("exit status: an unknown command is 3") {
  for (const char* line : {"foo", "foo -h", "help foo"}) {
    INFO(line);
    CHECK(call(line).status == 3);
  }
  CHECK(says(call("foo"), "\"No help topic for 'foo'\""));
}

TEST_CASE("exit status: usage errors are 1, exec's too, with the help on standard output") {
  for (const char* line :
       {"--bad", "list --bad", "create", "create a b", "exec", "exec -it a", "kill", "kill a b c", "list a", "--root"}) {
    INFO(line);
    const Call made = call(line);
    CHECK(made.status == 1);
    CHECK(made.out.find("NAME:\n   minc-oci") != std::string::npos);
  }
  CHECK(says(call("create"), "\"minc-oci: \\\"create\\\" requires exactly 1 argument(s)\""));
  CHECK(says(call("exec"), "\"minc-oci: \\\"exec\\\" requires a minimum of 1 argument(s)\""));
  CHECK(says(call("kill a b c"), "\"minc-oci: \\\"kill\\\" requires a maximum of 2 argument(s)\""));
  CHECK(says(call("list --bad"), "\"flag provided but not defined: -bad\""));
}

TEST_CASE("exit status: an unknown container is 1, and 255 for exec") {
  for (const char* command : {"state", "start", "kill", "delete", "pause", "resume", "ps", "checkpoint"}) {
    INFO(command);
    const Call made = call(kRoot + command + " nope");
    CHECK(made.status == 1);
    CHECK(says(made, R"("container does not exist; there is no \"nope\" in /tmp/minc-oci-test-root")"));
  }
  const Call made = call(kRoot + "exec nope true");
  CHECK(made.status == 255);
  CHECK(says(made, R"("exec failed: container does not exist; there is no \"nope\" in /tmp/minc-oci-test-root")"));
  CHECK(call(kRoot + "delete --force nope").status == 0);
}

TEST_CASE("errors of create and run are headed with the program's name") {
  CHECK(
      call("--rootless=foo create x").err.find("minc-oci create failed: strconv.ParseBool: parsing \\\"foo\\\": invalid syntax") !=
      std::string::npos);
  CHECK(call("--rootless=foo run x").err.find("minc-oci run failed: ") != std::string::npos);
  CHECK(call(kRoot + "--rootless=foo state nope").err.find("container does not exist") != std::string::npos);
}

TEST_CASE("global options are checked before the command") {
  CHECK(says(call("--log-format xml list"), "\"invalid log-format: xml\""));
  CHECK(says(call("--log /nonexistent/log list"), "\"open /nonexistent/log: no such file or directory\""));
  CHECK(says(call("--root / list"), "\"Option --root argument should not be set to /\""));
  CHECK(says(call("--root /x/.. list"), "\"Option --root argument should not be set to /\""));
  CHECK(says(call("--cgroup-manager x list"), "\"invalid cgroup-manager: x\""));
}

TEST_CASE("list: a state directory that was named must be there") {
  CHECK(says(call("--root /nonexistent/root list"), "\"open /nonexistent/root: no such file or directory\""));
}

TEST_CASE("descriptors that the caller promises must be there") {
  // The highest number that a test may have open is far below.
  const Call made = call("create --preserve-fds 1000000 x");
  CHECK(made.status == 1);
  CHECK(made.err.find("minc-oci create failed: unable to stat preserved-fd ") != std::string::npos);
  CHECK(made.err.find(" (of 1000000): no such file or directory") != std::string::npos);
  CHECK(cli::check_passed(false, 0).has_value());
}

TEST_CASE("the initial user namespace maps every id to itself") {
  CHECK(cli::is_initial_user_namespace("         0          0 4294967295\n"));
  CHECK(cli::is_initial_user_namespace(""));
  CHECK_FALSE(cli::is_initial_user_namespace("         0       1000          1\n"));
  CHECK_FALSE(cli::is_initial_user_namespace("         0          0          1\n         1     100000      65536\n"));
}
