#include "config/run_oci.h"

#include <catch2/catch.hpp>

namespace {
std::string verdict(std::string name, std::string value) {
  const config::Object<std::string> annotations{{"other", "x"}, {std::move(name), std::move(value)}};
  const auto valid = config::validate_run_oci(annotations);
  return valid ? "" : valid.error().pointer + ": " + valid.error().what;
}
}  // namespace

TEST_CASE("run.oci: each annotation takes its values only, others are nobody's business") {
  CHECK(verdict("run.oci.keep_original_groups", "1") == "");
  CHECK(verdict("run.oci.keep_original_groups", "0") == "");
  CHECK(verdict("run.oci.keep_original_groups", "yes") ==
        "/annotations/run.oci.keep_original_groups: run.oci.keep_original_groups is \"yes\", expected \"0\" or \"1\"");
  for (const std::string stream : {"run.oci.hooks.stdout", "run.oci.hooks.stderr"}) {
    CHECK(verdict(stream, "/var/log/hooks") == "");
    CHECK(verdict(stream, "hooks").ends_with("expected an absolute path"));
    CHECK(verdict(stream, "").ends_with("expected an absolute path"));
  }
  for (const std::string type : {"context", "fscontext", "defcontext", "rootcontext"})
    CHECK(verdict("run.oci.mount_context_type", type) == "");
  CHECK(verdict("run.oci.mount_context_type", "seclabel").ends_with("expected context, fscontext, defcontext or rootcontext"));
  for (const std::string group : {"run.oci.systemd.subgroup", "run.oci.delegate-cgroup"}) {
    for (const std::string good : {"", "container", "a/b", "..."}) CHECK(verdict(group, good) == "");
    for (const std::string bad : {"/a", "a/", "a//b", ".", "..", "a/../..", "a/./b"})
      CHECK(verdict(group, bad).ends_with("expected a relative path of a control group, without \"..\""));
  }
  CHECK(verdict("run.oci.handler", "krun") == "");
}

TEST_CASE("run.oci: what is not there is empty") {
  const config::Object<std::string> annotations{{"run.oci.hooks.stderr", "/e"}};
  CHECK(config::hook_files(annotations).out.empty());
  CHECK(config::hook_files(annotations).err == "/e");
  CHECK(config::annotation(annotations, config::kDelegateCgroup).empty());
}
