#include "container/hooks.h"

#include <catch2/catch.hpp>

#include "container/files.h"
#include "container/scratch_directory.h"

using namespace container;

namespace {
config::Hook shell(const std::string& script) {
  config::Hook hook;
  hook.path = "/bin/sh";
  hook.args = {"hook-name", "-c", script};
  return hook;
}
std::string content(const std::string& path) { return read_whole(AT_FDCWD, path.c_str(), 1 << 20).value_or("?"); }
}  // namespace

TEST_CASE("hooks: the state on standard input, argv as given, no descriptor of ours") {
  const ScratchDirectory scratch;
  const std::string out = scratch.path + "/out";
  REQUIRE(
      run_hooks("prestart", {shell("cat > " + out + "; echo \" $0\" >> " + out + "; test ! -e /proc/self/fd/9")}, "{\"id\":1}"));
  CHECK(content(out) == "{\"id\":1} hook-name\n");
}

TEST_CASE("hooks: a state larger than a pipe arrives whole, and one that nobody reads harms nobody") {
  const ScratchDirectory scratch;
  const std::string large(300'000, 'x');
  REQUIRE(run_hooks("prestart", {shell("wc -c > " + scratch.path + "/n"), shell("exec true")}, large));
  CHECK(content(scratch.path + "/n") == "300000\n");
}

TEST_CASE("hooks: a failure tells which, how, and what was printed") {
  const auto failed = run_hooks("createRuntime", {shell("true"), shell("echo a; echo b >&2; exit 3"), shell("exit 9")}, "{}");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what == "error running createRuntime hook #1: exit status 3, stdout: a\n, stderr: b\n");
  CHECK(failed.error().pointer == "/hooks/createRuntime/1");
  CHECK(run_hooks("poststart", {shell("kill -9 $$")}, "{}").error().what ==
        "error running poststart hook #0: signal: killed, stdout: , stderr: ");
  config::Hook absent;
  absent.path = "/nonexistent/hook";
  CHECK(run_hooks("prestart", {absent}, "{}").error().what ==
        "error running prestart hook #0: fork/exec /nonexistent/hook: no such file or directory");
}

TEST_CASE("hooks: the timeout ends the whole group, and its pipes are not waited for") {
  config::Hook slow = shell("sleep 60 & sleep 60");
  slow.timeout = 1;
  CHECK(run_hooks("prestart", {slow}, "{}").error().what ==
        "error running prestart hook #0: hook ran past specified timeout of 1.0s");
}

TEST_CASE("hooks: output is bounded") {
  const auto failed = run_hooks("prestart", {shell("head -c 300000 /dev/zero | tr '\\0' y; exit 1")}, "{}");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what.size() < (65U << 10));
}

TEST_CASE("hooks: their own environment is the only one when given") {
  const ScratchDirectory scratch;
  config::Hook hook = shell("echo $A ${HOME-none} > " + scratch.path + "/env");
  hook.env = std::vector<std::string>{"A=1"};
  REQUIRE(run_hooks("prestart", {hook}, "{}"));
  CHECK(content(scratch.path + "/env") == "1 none\n");

  // What the kernel was given, byte by byte: short texts and long ones live in different places of the heap.
  config::Hook several = shell("tr '\\0' ';' </proc/$$/environ > " + scratch.path + "/env");
  several.env = std::vector<std::string>{"PATH=/usr/local/bin:/usr/bin:/bin", "B=", "C=" + std::string(100, 'x')};
  REQUIRE(run_hooks("prestart", {several}, "{}"));
  CHECK(content(scratch.path + "/env") == "PATH=/usr/local/bin:/usr/bin:/bin;B=;C=" + std::string(100, 'x') + ";");
}

TEST_CASE("poststop hooks: all run, failures are warnings") {
  const ScratchDirectory scratch;
  std::vector<std::string> warnings;
  run_all_hooks("poststop", {shell("exit 1"), shell("touch " + scratch.path + "/second")}, "{}", {},
                [&](const std::string& text) { warnings.push_back(text); });
  CHECK(warnings.size() == 1);
  CHECK(content(scratch.path + "/second").empty());
}

TEST_CASE("hooks: what they print goes to the config's files, at the end; the rest into the error") {
  const ScratchDirectory scratch;
  const std::string out = scratch.path + "/out", err = scratch.path + "/err";
  REQUIRE(run_hooks("prestart", {shell("echo one"), shell("echo two; echo three >&2")}, "{}", {out, err}));
  REQUIRE(run_hooks("prestart", {shell("echo four")}, "{}", {out, out}));
  CHECK(content(out) == "one\ntwo\nfour\n");
  CHECK(content(err) == "three\n");
  CHECK(run_hooks("prestart", {shell("echo a; echo b >&2; exit 3")}, "{}", {out, ""}).error().what ==
        "error running prestart hook #0: exit status 3, stdout: , stderr: b\n");
  const auto refused = run_hooks("prestart", {shell("true")}, "{}", {"", scratch.path + "/no/file"});
  CHECK(refused.error().what == "error running prestart hooks: open " + scratch.path + "/no/file: no such file or directory");
  CHECK(refused.error().pointer == "/annotations/run.oci.hooks.stderr");
  std::vector<std::string> warnings;
  run_all_hooks("poststop", {shell("touch " + scratch.path + "/ran")}, "{}", {scratch.path, ""},
                [&](const std::string& text) { warnings.push_back(text); });
  CHECK(warnings == std::vector<std::string>{"poststop hooks: open " + scratch.path + ": is a directory"});
  CHECK(content(scratch.path + "/ran").empty());
}
