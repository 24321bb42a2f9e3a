#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"
#include "plan/words.h"

namespace {

constexpr std::uint32_t kAll = plan::kNewMount | plan::kNewPid | plan::kNewNetwork | plan::kNewIpc | plan::kNewUts;

// The plan's sentences, or why there is none.
std::string change(std::vector<config::Mount> mounts, bool remove = false, std::uint32_t namespaces = kAll, bool rootless = false) {
  config::Spec spec = plan::samples::minimal();
  spec.mounts = std::move(mounts);
  plan::HostFacts facts;
  facts.rootless = rootless;
  plan::LiveMountsRequest request;
  request.bundle = "/b";
  request.rootfs = "/b/rootfs";
  request.namespaces = namespaces;
  request.remove = remove;
  const auto compiled = plan::compile_live_mounts(spec, facts, request);
  if (!compiled) return compiled.error().pointer + ": " + compiled.error().what;
  std::string words;
  for (const plan::Step& step : compiled->view().steps()) words += plan::describe(compiled->view(), step) + " | ";
  return words;
}

config::Mount bind(std::vector<std::string> options = {"bind"}) { return {"/dst", "src", "none", std::move(options), {}, {}}; }
config::Mount filesystem(std::string type, std::vector<std::string> options = {}) {
  return {"/" + type, type, type, std::move(options), {}, {}};
}

}  // namespace

TEST_CASE("live mounts: no more is joined than the filesystems need, and nothing is held back to the end") {
  const std::string end = "report that everything is ready | end | ";
  CHECK(
      change({bind({"bind", "ro"}), filesystem("tmpfs", {"ro"})}) ==
      "join the container's namespaces (mount) | bind /b/src on /dst (ro) | mount tmpfs on /tmpfs (ro, mode of the directory) | " +
          end);
  const std::string proc = change({filesystem("proc")});
  CHECK(proc.starts_with("join the container's namespaces (mount, pid) | fork"));
  CHECK(change({filesystem("mqueue")}).starts_with("join the container's namespaces (ipc, mount) | mount mqueue"));
  CHECK(change({filesystem("tmpfs")}, false, kAll | plan::kNewUser)
            .starts_with("join the container's namespaces (mount, user) | become root of the user namespace | mount tmpfs"));
}

TEST_CASE("live mounts: the last one is taken out first") {
  CHECK(change({filesystem("proc"), {"/b/../a/", {}, {}, {}, {}, {}}}, true) ==
        "join the container's namespaces (mount) | unmount /a, /proc | report that everything is ready | end | ");
  CHECK(change({filesystem("proc"), {"/..", {}, {}, {}, {}, {}}}, true) == "/mounts/1/destination: the root cannot be unmounted");
}

TEST_CASE("live mounts: what cannot be done to a container that runs is refused") {
  CHECK(change({filesystem("proc", {"remount"})}) == "/mounts/0/options: remount changes a mount, it adds none");
  CHECK(change({filesystem("cgroup")}) == "/mounts/0/type: a mount of type cgroup is made by create only");
  CHECK(change({bind()}, false, kAll, true) ==
        "/mounts/0/source: bind mounts of the host cannot be added to a rootless container that runs");
  CHECK(change({}, false, kAll & ~plan::kNewMount) == ": the container has no mount namespace: its mounts are the host's");
  CHECK(change(std::vector<config::Mount>(65, filesystem("tmpfs"))) == "/mounts: at most 64 mounts at once");
}
