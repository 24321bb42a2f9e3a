// Whole plans in words, compared with files in tests/plan/. MINC_UPDATE_GOLDEN=1 in the environment rewrites them: look at the
// difference before you commit it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/read.h"
#include "plan/facts_file.h"
#include "plan/plan.h"

namespace {

std::string path_of(const std::string& name) { return std::string(MINC_SOURCE_DIR "/tests/plan/") + name; }

std::string slurp(const std::string& name) {
  std::ifstream file(path_of(name));
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class T>
T value_of(Result<T> result) {
  if (!result) FAIL(result.error().what + " at " + result.error().pointer);
  return *std::move(result);
}

config::Spec spec_of(const std::string& name) {
  config::Spec spec = value_of(config::read_spec(slurp(name)));
  const auto valid = config::validate(spec);
  if (!valid) FAIL(valid.error().what + " at " + valid.error().pointer);
  return spec;
}

plan::Request request() {
  plan::Request wanted;
  wanted.id = "c1";
  wanted.bundle = "/bundle";
  wanted.rootfs = "/bundle/rootfs";
  return wanted;
}

plan::Plan compiled(const std::string& config, const std::string& facts, const plan::Request& wanted) {
  return value_of(plan::compile(spec_of(config), value_of(plan::read_facts(slurp(facts))), wanted));
}

void compare(const std::string& name, const std::string& text) {
  if (std::getenv("MINC_UPDATE_GOLDEN") != nullptr) std::ofstream(path_of(name)) << text;
  CHECK(text == slurp(name));
}

}  // namespace

TEST_CASE("golden: the default config on a hybrid cgroup host, create") {
  plan::Request wanted = request();
  wanted.wait_for_start = true;
  compare("default.txt", print_text(compiled("default.json", "facts-v1.json", wanted)));
}

TEST_CASE("golden: the default config as JSON") {
  compare("default-plan.json", print_json(compiled("default.json", "facts-v1.json", request())));
}

TEST_CASE("golden: an engine's config on cgroup v2") {
  plan::Request wanted = request();
  wanted.preserve_fds = 2;
  wanted.extra_env = {"LISTEN_FDS=2", "NOTIFY_SOCKET=/run/notify/notify.sock"};
  wanted.notify_directory = "/run/minc-oci/c1/notify";
  compare("engine.txt", print_text(compiled("engine.json", "facts-v2.json", wanted)));
}

TEST_CASE("golden: a rootless container on an old kernel") {
  compare("rootless.txt", print_text(compiled("rootless.json", "facts-rootless.json", request())));
}

TEST_CASE("golden: everything at once") {
  compare("everything.txt", print_text(compiled("everything.json", "facts-v2.json", request())));
}

TEST_CASE("golden: a container that joins the namespaces of a pod") {
  compare("joined.txt", print_text(compiled("joined.json", "facts-v1.json", request())));
}

TEST_CASE("golden: exec into the container with everything") {
  const auto process = value_of(config::read_process(slurp("exec-process.json")));
  plan::ExecRequest wanted;
  wanted.id = "c1";
  wanted.namespaces = 0x10000000 | 0x20000 | 0x20000000;
  const auto facts = value_of(plan::read_facts(slurp("facts-v2.json")));
  compare("exec.txt", print_text(value_of(plan::compile_exec(spec_of("everything.json"), process, facts, wanted))));
}
