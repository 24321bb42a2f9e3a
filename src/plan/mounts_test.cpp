#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"
#include "plan/words.h"

namespace {

config::Spec with(std::vector<config::Mount> mounts) {
  config::Spec spec = plan::samples::minimal();
  spec.mounts = std::move(mounts);
  return spec;
}

plan::HostFacts host() {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.kernel_minor = 12;
  facts.cgroup.mode = plan::CgroupLayout::Mode::v1;
  facts.cgroup.hierarchies = {{"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/own"}, {"devices", "/sys/fs/cgroup/devices", "/"}};
  return facts;
}

Result<plan::Plan> compile(const config::Spec& spec, const plan::HostFacts& facts = host()) {
  plan::Request request;
  request.id = "c1";
  request.bundle = "/b";
  request.rootfs = "/b/rootfs";
  return plan::compile(spec, facts, request);
}

// The sentences of the steps that came from mounts[], joined by " | ".
std::string mounts_of(const config::Spec& spec, const plan::HostFacts& facts = host()) {
  const auto plan = compile(spec, facts);
  if (!plan) return "refused: " + plan.error().what;
  std::string words;
  for (const plan::Step& step : plan->view().steps())
    if (plan->view().text(step.origin).starts_with("/mounts/"))
      words += (words.empty() ? "" : " | ") + plan::describe(plan->view(), step);
  return words;
}

config::Mount bind(std::vector<std::string> options) { return {"/dst", "/src", "none", std::move(options), {}, {}}; }
config::Mount tmpfs(std::vector<std::string> options) { return {"/dst", "tmpfs", "tmpfs", std::move(options), {}, {}}; }

}  // namespace

TEST_CASE("mount words: the last word on a flag wins") {
  CHECK(mounts_of(with({bind({"bind", "ro", "nosuid", "rw"})})) == "bind /src on /dst (nosuid, rw)");
  CHECK(mounts_of(with({bind({"bind", "rw", "ro"})})) == "bind /src on /dst (ro)");
}

TEST_CASE("mount words: a bind keeps what nobody mentions") {
  CHECK(mounts_of(with({bind({"rbind"})})) == "bind, with submounts, /src on /dst");
}

TEST_CASE("mount words: a bind with any flag has those that are named and no others") {
  const auto attributes = [](std::vector<std::string> options, bool rootless = false) {
    config::Spec spec = with({bind(std::move(options))});
    plan::HostFacts facts = host();
    facts.rootless = rootless;
    const auto plan = compile(spec, facts);
    REQUIRE(plan);
    for (const plan::Step& step : plan->view().steps())
      if (step.kind == plan::Kind::mount_bind && step.bind.major == 0) return step.bind.attributes;
    return plan::Attributes{};
  };
  CHECK(attributes({"bind", "rprivate", "rro"}).top_implied == 0);
  const plan::Attributes ro = attributes({"bind", "ro"});
  CHECK(ro.top_set == config::kAttrReadonly);
  CHECK(ro.top_implied == (config::kAttrNosuid | config::kAttrNodev | config::kAttrNoexec | config::kAttrNosymfollow));
  CHECK(attributes({"bind", "ro"}, true).top_implied == config::kAttrNosymfollow);  // the rest may be locked
  CHECK((attributes({"bind", "norelatime"}).top_clear & config::kAttrAtimeMask) == 0);
  CHECK((attributes({"bind", "diratime"}).top_clear & config::kAttrNodiratime) != 0);
  CHECK((attributes({"bind", "diratime"}, true).top_clear & config::kAttrNodiratime) == 0);
  const plan::Attributes atime = attributes({"bind", "nodiratime"});
  CHECK((atime.top_implied & config::kAttrAtimeMask) == config::kAttrAtimeMask);
  CHECK((atime.top_implied & config::kAttrNodiratime) == 0);
}

TEST_CASE("mount words: what becomes of a link at the end of source or target") {
  CHECK(mounts_of(with({bind({"bind", "src-nofollow", "dest-nofollow", "ro"})})) ==
        "bind /src on /dst (ro, a link as source is bound itself, a link as target is covered itself)");
  CHECK(mounts_of(with({bind({"rbind", "copy-symlink"})})) == "bind, with submounts, /src on /dst (a link is made again instead)");
}

TEST_CASE("mount words: each word of propagation counts, in its order; recursion is its own matter") {
  CHECK(mounts_of(with({bind({"rslave", "bind", "shared"})})) == "bind /src on /dst (rslave, shared)");
  CHECK(mounts_of(with({tmpfs({"unbindable"})})) == "mount tmpfs on /dst (unbindable, mode of the directory)");
  CHECK(mounts_of(with({bind({"rbind", "rro", "noatime"})})) == "bind, with submounts, /src on /dst (noatime, rro)");
}

TEST_CASE("mount words: unknown words are data, one string may hold several") {
  CHECK(mounts_of(with({tmpfs({"nosuid", "size=64k,mode=755", "huge=never", "inode64", "defaults", ""})})) ==
        "mount tmpfs on /dst (nosuid; size=64k, mode=755, huge=never, inode64)");
  const plan::MountWords words = plan::read_mount_words({R"(lowerdir=/a\,b,context="u:r:c0,c1",x)"});
  REQUIRE(words.data.size() == 2);
  CHECK(words.data[0].second == R"(/a\,b)");
  CHECK(words.data[1].second == R"("u:r:c0,c1")");
  CHECK(words.flags == std::vector<std::string>{"x"});
}

TEST_CASE("mounts: a tmpfs without a mode takes the directory's, read-only comes last") {
  CHECK(mounts_of(with({tmpfs({"ro", "nodev"})})) == "mount tmpfs on /dst (nodev, mode of the directory) | make /dst read-only");
}

TEST_CASE("mounts: a tmpfs that is read-only with all below it is so at the end") {
  CHECK(mounts_of(with({tmpfs({"rro"})})) == "mount tmpfs on /dst (mode of the directory) | make /dst read-only");
}

TEST_CASE("mounts: the label is given once, a remount cannot change it") {
  config::Spec spec = with({tmpfs({}), tmpfs({"remount", "size=1m"})});
  spec.linux_.mount_label = "u:r:t:s0";
  plan::HostFacts facts = host();
  facts.selinux = true;
  CHECK(mounts_of(spec, facts) ==
        "mount tmpfs on /dst (context=u:r:t:s0, mode of the directory) | remount tmpfs on /dst (size=1m)");
}

TEST_CASE("mounts: r-words on a new filesystem count for it") {
  config::Mount mount{"/x", "debugfs", "debugfs", {"rro", "rnosuid"}, {}, {}};
  CHECK(mounts_of(with({mount})) == "mount debugfs on /x (nosuid, ro)");
}

TEST_CASE("mounts: a filesystem with a device is read-only as a whole, words of the superblock are its options") {
  config::Mount mount{"/x", "/dev/vdb", "ext4", {"ro", "sync", "lazytime", "nolazytime"}, {}, {}};
  CHECK(mounts_of(with({mount})) == "mount ext4 on /x (ro; sync, ro)");
}

TEST_CASE("mounts: relative destinations and sources") {
  const config::Spec spec = with({{"a/../b/", "vol", {}, {"bind"}, {}, {}}});
  CHECK(mounts_of(spec) == "bind /b/vol on /b");
  CHECK(compile(spec)->warnings.size() == 1);
}

TEST_CASE("mounts: a remount changes what it names, and options only of a filesystem of the container's own") {
  CHECK(mounts_of(with({bind({"bind", "remount", "nodev", "exec", "rro"})})) == "remount bind on /dst (nodev, exec, rro)");
  CHECK(mounts_of(with({tmpfs({"mode=1"}), tmpfs({"remount", "nosuid", "size=4k", "async"})})) ==
        "mount tmpfs on /dst (mode=1) | remount tmpfs on /dst (nosuid; async, size=4k)");
  // What lies there is the image's, or a bind of the host's: its superblock is not the container's to change.
  CHECK(mounts_of(with({tmpfs({"remount", "size=4k"})})).starts_with("refused: "));
  CHECK(mounts_of(with({bind({"bind"}), tmpfs({"remount", "sync"})})).starts_with("refused: "));
  CHECK(mounts_of(with({bind({"bind"}), tmpfs({"remount", "nosuid"})})) == "bind /src on /dst | remount bind on /dst (nosuid)");
  CHECK(mounts_of(with({tmpfs({"tmpcopyup"}), tmpfs({"remount", "tmpcopyup"})})).starts_with("refused: "));
}

TEST_CASE("mounts: a remount and the read-only of a tmpfs, which comes last") {
  CHECK(mounts_of(with({tmpfs({"mode=1"}), tmpfs({"remount", "ro"})})) ==
        "mount tmpfs on /dst (mode=1) | remount tmpfs on /dst | make /dst read-only");
  CHECK(mounts_of(with({tmpfs({"mode=1", "ro"}), tmpfs({"remount", "rw"})})) ==
        "mount tmpfs on /dst (mode=1) | remount tmpfs on /dst (rw)");
  config::Mount disk{"/x", "/dev/vdb", "ext4", {"ro"}, {}, {}}, writable{"/x", {}, {}, {"remount", "rw"}, {}, {}};
  CHECK(mounts_of(with({disk, writable})) == "mount ext4 on /x (ro; ro) | remount ext4 on /x (rw; rw)");
}

TEST_CASE("mounts: a remount leaves the access time alone until a word chooses one") {
  const auto cleared = [](std::vector<std::string> options) {
    config::Mount again = tmpfs({"remount", "rw"});
    again.options.insert(again.options.end(), options.begin(), options.end());
    const auto plan = compile(with({tmpfs({}), again}));
    REQUIRE(plan);
    for (const plan::Step& step : plan->view().steps())
      if (step.kind == plan::Kind::mount_filesystem && (step.filesystem.flags & plan::kRemount) != 0)
        return step.filesystem.attributes.top_clear & config::kAttrAtimeMask;
    return ~0U;
  };
  CHECK(cleared({"norelatime"}) == 0);
  CHECK(cleared({"noatime"}) == config::kAttrAtimeMask);
}

TEST_CASE("mounts: mapped ids of a rootless container are refused") {
  config::Mount mount = bind({"bind"});
  mount.uid_mappings = mount.gid_mappings = {{0, 1000, 1}};
  plan::HostFacts facts = host();
  CHECK_FALSE(mounts_of(with({mount}), facts).starts_with("refused: "));
  facts.rootless = true;
  CHECK(mounts_of(with({mount}), facts) == "refused: id-mapped mounts are not supported for rootless containers");
}

TEST_CASE("mounts: without privilege uid= and gid= must be mapped") {
  config::Spec spec = with({tmpfs({"mode=1", "gid=5"})});
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 1000, 1}};
  plan::HostFacts facts = host();
  CHECK_FALSE(mounts_of(spec, facts).starts_with("refused: "));
  facts.rootless = true;
  facts.euid = facts.egid = 1000;
  CHECK(mounts_of(spec, facts) == "refused: cannot specify gid= mount options for unmapped gid in rootless containers");
  spec.linux_.gid_mappings = {{0, 1000, 6}};
  CHECK_FALSE(mounts_of(spec, facts).starts_with("refused: "));
}

TEST_CASE("mounts: only a procfs is bound on /proc") {
  CHECK(mounts_of(with({{"/proc", "/src", {}, {"bind"}, {}, {}}})).starts_with("refused: "));
  CHECK(mounts_of(with({{"/proc", "/proc", {}, {"rbind"}, {}, {}}})) == "bind, with submounts, /proc on /proc");
}

TEST_CASE("mounts: proc and sysfs want a real directory, so that no link leads them elsewhere") {
  const auto plan = compile(with({{"/proc", "proc", "proc", {}, {}, {}}, {"/sys", "sysfs", "sysfs", {}, {}, {}}}));
  REQUIRE(plan);
  for (const plan::Step& step : plan->view().steps())
    if (step.kind == plan::Kind::mount_filesystem) CHECK(step.filesystem.flags == plan::kOrdinaryDirectory);
}

TEST_CASE("mounts: sysfs without its network namespace falls back on a bind") {
  config::Spec spec = with({{"/sys", "sysfs", "sysfs", {}, {}, {}}});
  plan::HostFacts facts = host();
  facts.rootless = true;
  CHECK(mounts_of(spec, facts) == "mount sysfs on /sys (or else a bind of /sys)");
  spec.linux_.namespaces.push_back({"network", ""});
  CHECK(mounts_of(spec, facts) == "mount sysfs on /sys");
}

TEST_CASE("mounts: what is covered later becomes read-only before that") {
  const config::Mount upper{"/dst", "tmpfs", "tmpfs", {"noexec"}, {}, {}};
  CHECK(mounts_of(with({tmpfs({"ro"}), upper})) ==
        "mount tmpfs on /dst (mode of the directory) | make /dst read-only | mount tmpfs on /dst (noexec, mode of the directory)");
  const config::Mount beside{"/dst2", "tmpfs", "tmpfs", {}, {}, {}};
  CHECK(mounts_of(with({tmpfs({"ro"}), beside})).ends_with(" | make /dst read-only"));
  config::Spec spec = with({{"/sys/fs/cgroup", "cgroup", "cgroup", {"ro"}, {}, {}}, {"/sys", "sysfs", "sysfs", {}, {}, {}}});
  spec.linux_.namespaces.push_back({"network", ""});
  CHECK(mounts_of(spec).ends_with(" | make /sys/fs/cgroup read-only | mount sysfs on /sys"));
}

TEST_CASE("mounts: a read-only bind of /dev gets its nodes first") {
  config::Spec spec = with({{"/dev", "/dev", "bind", {"rbind", "ro", "nosuid"}, {}, {}}});
  CHECK(mounts_of(spec) == "bind, with submounts, /dev on /dev (nosuid) | make /dev read-only");
}

TEST_CASE("mounts: cgroup on v2: its words, and the place of the host where nothing is ours") {
  plan::HostFacts facts = host();
  facts.cgroup.mode = plan::CgroupLayout::Mode::v2;
  facts.cgroup.hierarchies = {{"", "/sys/fs/cgroup", "/own"}};
  config::Spec spec = with({{"/sys/fs/cgroup", "cgroup", "cgroup", {"rslave", "nsdelegate"}, {}, {}}});
  CHECK(mounts_of(spec, facts) == "bind the cgroup /sys/fs/cgroup/c1 on /sys/fs/cgroup (rslave)");
  spec.linux_.namespaces.push_back({"cgroup", ""});
  CHECK(mounts_of(spec, facts) == "mount cgroup2 on /sys/fs/cgroup (rslave; nsdelegate)");
  facts.cgroup = {};
  facts.rootless = true;
  facts.euid = facts.egid = 1000;
  spec.linux_.namespaces = {{"mount", ""}, {"user", ""}};
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 1000, 1}};
  const auto without = compile(spec, facts);
  REQUIRE(without);
  CHECK(without->warnings == std::vector<std::string>{"this host has no cgroup hierarchy to be mounted on /sys/fs/cgroup"});
}

TEST_CASE("mounts: cgroup on v1 is a directory a hierarchy and a link a name") {
  config::Spec spec = with({{"/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid"}, {}, {}}});
  spec.linux_.cgroups_path = "/g";
  CHECK(mounts_of(spec) ==
        "mount tmpfs on /sys/fs/cgroup (nodev, noexec, nosuid; mode=755)"
        " | bind the cgroup /sys/fs/cgroup/cpu,cpuacct/g on /sys/fs/cgroup/cpu,cpuacct (nosuid, ro)"
        " | link /sys/fs/cgroup/cpu to cpu,cpuacct | link /sys/fs/cgroup/cpuacct to cpu,cpuacct"
        " | bind the cgroup /sys/fs/cgroup/devices/g on /sys/fs/cgroup/devices (nosuid, ro)"
        " | make /sys/fs/cgroup read-only");
  config::Spec slave = with({{"/sys/fs/cgroup", "cgroup", "cgroup", {"rslave"}, {}, {}}});
  CHECK(mounts_of(slave).starts_with("mount tmpfs on /sys/fs/cgroup (nodev, noexec, nosuid, rslave; mode=755)"));
  plan::HostFacts hybrid = host();
  hybrid.cgroup.mode = plan::CgroupLayout::Mode::hybrid;
  hybrid.cgroup.hierarchies.push_back({"", "/sys/fs/cgroup/unified", "/"});
  CHECK(mounts_of(spec, hybrid) == mounts_of(spec));  // the tree of v2 is not shown
  plan::Request request;
  request.rootfs = "/b/rootfs";
  request.cgroup_disabled = true;
  const auto disabled = plan::compile(spec, host(), request);
  REQUIRE(disabled);  // the group that the process is in anyway
  CHECK(plan::print_text(*disabled).find("bind /sys/fs/cgroup/cpu,cpuacct/own on /sys/fs/cgroup/cpu,cpuacct") != std::string::npos);
  spec.linux_.namespaces.push_back({"cgroup", ""});
  CHECK(mounts_of(spec).find("mount cgroup on /sys/fs/cgroup/cpu,cpuacct (nosuid, ro; cpu, cpuacct)") != std::string::npos);

  plan::HostFacts other = host();
  other.selinux = true;
  other.cgroup.hierarchies = {{"cpu,cpuacct", "/sys/fs/cgroup/cpu", "/"},
                              {"name=systemd", "/sys/fs/cgroup/systemd", "/"},
                              {"devices", "/sys/fs/cgroup/devices", "/"}};
  spec.linux_.mount_label = "u:r:t:s0";
  spec.mounts[0].options.clear();
  CHECK(mounts_of(spec, other) ==
        "mount tmpfs on /sys/fs/cgroup (nodev, noexec, nosuid; mode=755, context=u:r:t:s0)"
        " | mount cgroup on /sys/fs/cgroup/cpu (cpu, cpuacct) | link /sys/fs/cgroup/cpuacct to cpu"
        " | mount cgroup on /sys/fs/cgroup/systemd (name=systemd) | mount cgroup on /sys/fs/cgroup/devices (devices)");
}

TEST_CASE("mounts: a group that a rootless container may not get: the runtime's own, covered by ours when it is there") {
  config::Spec spec = with({{"/sys/fs/cgroup", "cgroup", "cgroup", {}, {}, {}}});
  plan::HostFacts facts = host();
  facts.rootless = true;
  facts.euid = facts.egid = 1000;
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 1000, 1}};
  CHECK(mounts_of(spec, facts)
            .find("bind /sys/fs/cgroup/cpu,cpuacct/own on /sys/fs/cgroup/cpu,cpuacct | bind the cgroup "
                  "/sys/fs/cgroup/cpu,cpuacct/own/c1 on /sys/fs/cgroup/cpu,cpuacct") != std::string::npos);
}

TEST_CASE("mounts: the access time of a cgroup bind is cleared before it is set") {
  config::Spec spec = with({{"/sys/fs/cgroup", "cgroup", "cgroup", {"noatime"}, {}, {}}});
  spec.linux_.cgroups_path = "/g";
  const auto plan = compile(spec, host());
  REQUIRE(plan);
  int binds = 0;
  for (const plan::Step& step : plan->view().steps())
    if (step.kind == plan::Kind::mount_bind && step.bind.major == 0) {
      ++binds;
      CHECK(step.bind.attributes.top_set == config::kAttrNoatime);
      CHECK(step.bind.attributes.top_clear == config::kAttrAtimeMask);
      CHECK(step.bind.attributes.base_propagation == (config::kMsSlave | config::kMsRec));
    }
  CHECK(binds == 2);
}

TEST_CASE("mounts: what is cloned on the host never stays shared with it unless that was asked for") {
  const auto base = [](std::string propagation, bool rootless) {
    config::Spec spec = with({bind({"bind"})});
    spec.linux_.rootfs_propagation = std::move(propagation);
    plan::HostFacts facts = host();
    facts.rootless = rootless;
    const auto plan = compile(spec, facts);
    REQUIRE(plan);
    for (const plan::Step& step : plan->view().steps())
      if (step.kind == plan::Kind::mount_bind && step.bind.major == 0) return step.bind.attributes.base_propagation;
    return ~0U;
  };
  CHECK(base("", false) == (config::kMsSlave | config::kMsRec));
  CHECK(base("private", false) == (config::kMsPrivate | config::kMsRec));
  CHECK(base("unbindable", false) == (config::kMsPrivate | config::kMsRec));
  CHECK(base("shared", false) == 0);
  CHECK(base("rshared", false) == (config::kMsShared | config::kMsRec));
  CHECK(base("rshared", true) == (config::kMsSlave | config::kMsRec));
}

TEST_CASE("mounts: a device of the host, bound in a user namespace, is not shared with it either") {
  config::Spec spec = with({});
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 65536}};
  const auto plan = compile(spec);
  REQUIRE(plan);
  int devices = 0;
  for (const plan::Step& step : plan->view().steps())
    if (step.kind == plan::Kind::mount_bind) {
      ++devices;
      CHECK(step.bind.attributes.base_propagation == (config::kMsSlave | config::kMsRec));
    }
  CHECK(devices == 6);
}

TEST_CASE("mounts: a bind shows its own mappings, or the container's") {
  config::Spec spec = with({bind({"rbind", "ridmap"}), bind({"bind"})});
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = {{0, 100000, 65536}, {70000, 5, 1}};
  spec.linux_.gid_mappings = {{0, 200000, 65536}};
  spec.mounts[1].uid_mappings = spec.mounts[1].gid_mappings = {{7, 8, 9}};
  CHECK(mounts_of(spec) == "bind, with submounts, /src on /dst (ids mapped) | bind /src on /dst (ids mapped)");
  const auto plan = compile(spec);
  REQUIRE(plan->mount_id_maps.size() == 2);
  const plan::MountIdMap &containers = plan->mount_id_maps[0], &own = plan->mount_id_maps[1];
  CHECK(containers.uid_map == "0 100000 65536\n70000 5 1\n");
  CHECK(containers.gid_map == "0 200000 65536\n");
  CHECK(containers.recursive);
  CHECK(plan->view().steps()[containers.step].kind == plan::Kind::mount_bind);
  CHECK(plan->view().steps()[containers.step].bind.slot >= 0);
  CHECK(own.uid_map == "7 8 9\n");
  CHECK_FALSE(own.recursive);
  CHECK(plan::print_text(*plan).find("uid 0 100000 65536, 70000 5 1; gid 0 200000 65536 (and below it)  [/mounts/0]") !=
        std::string::npos);

  spec.linux_.namespaces.back().path = "/proc/9/ns/user";
  CHECK(compile(spec)->mount_id_maps[0].user_namespace == "/proc/9/ns/user");
  plan::HostFacts facts = host();
  facts.rootless = true;
  CHECK(mounts_of(spec, facts) == "refused: id-mapped mounts are not supported for rootless containers");
}

TEST_CASE("mounts: a source in the root filesystem is the container's, found when its turn comes") {
  config::Mount mount{"/b/rootfs/dst", "/b/rootfs/mnt/../x", {}, {"rbind"}, {}, {}};
  CHECK(mounts_of(with({mount})) == "bind, with submounts, the container's /x on /dst");
  const auto plan = compile(with({mount}));
  CHECK(plan->warnings.size() == 1);  // the destination was the host's name
  for (const plan::Step& step : plan->view().steps())
    if (step.kind == plan::Kind::mount_bind && step.bind.major == 0) CHECK(step.bind.slot == -1);
  mount.source = "rootfs";
  CHECK(mounts_of(with({mount})) == "bind, with submounts, the container's / on /dst");
  mount.source = "/b/rootfs2/x";
  CHECK(mounts_of(with({mount})) == "bind, with submounts, /b/rootfs2/x on /dst");
}
