// With the rights and a hierarchy to do it (root, cgroup v1 or v2 writable) these tests make real groups, each under a name of its
// own, and take them away again; elsewhere they are passed over.
#include "cgroup/cgroup.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>

#include "cgroup/room.h"
#include "plan/cgroup.h"
#include "plan/facts.h"

namespace {

using cgroup::Member;

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string all = text.str();
  if (all.ends_with('\n')) all.pop_back();
  return all;
}

plan::HostFacts host() {
  plan::HostFacts facts;
  facts.cgroup = *cgroup::read_layout();
  facts.kernel_major = 6;
  return facts;
}
bool can_try() {
  return ::geteuid() == 0 && host().cgroup.mode != plan::CgroupLayout::Mode::none &&
         ::access(host().cgroup.hierarchies[0].mount_point.c_str(), W_OK) == 0;
}

std::string name() {
  static int count = 0;
  return "/minc-oci-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

// A process that sleeps until it is killed.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0)
      for (;;) ::pause();
  }
  ~Sleeper() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), wait();
  }
  int pid() const { return pid_; }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status;
  }

 private:
  pid_t pid_ = 0;
};

struct Made {
  plan::CgroupPlan plan;
  cgroup::Group group;
  Made(const std::string& path, config::Resources resources = {}) {
    config::Spec spec;
    spec.linux_.cgroups_path = path;
    spec.linux_.resources = std::move(resources);
    std::vector<std::string> warnings;
    auto compiled = plan::compile_cgroup(spec, host(), {}, warnings);
    if (!compiled) FAIL(compiled.error().what);
    plan = *std::move(compiled);
    group = cgroup::planned(plan);
  }
  ~Made() { CHECK(cgroup::remove(group, 2000)); }
  void make() {
    auto made = cgroup::make(plan, group);
    if (!made) FAIL(made.error().what);
  }
  std::string directory(std::string_view controller) const {
    for (const Member& member : group)
      if (controller.empty() ? member.controllers.empty() : cgroup::lists(member.controllers, controller)) return member.directory;
    return {};
  }
};

}  // namespace

TEST_CASE("cgroup: the layout names hierarchies that exist") {
  const auto layout = cgroup::read_layout();
  REQUIRE(layout);
  for (const plan::CgroupHierarchy& each : layout->hierarchies) {
    CHECK(::access((each.mount_point + "/cgroup.procs").c_str(), F_OK) == 0);
    CHECK(each.own_path.starts_with('/'));
  }
}

TEST_CASE("cgroup: a group is made, joined, emptied and removed, with its parents left") {
  if (!can_try()) return;
  const std::string parent = name();
  Made outer(parent);
  for (Member& member : outer.group) member.made = Member::Made::by_us;  // the test's own parents: removed at its end
  {
    Made made(parent + "/a/b");
    made.make();
    for (const Member& member : made.group) CHECK(member.made == Member::Made::by_us);
    Sleeper sleeper;
    REQUIRE(cgroup::join(made.group, sleeper.pid()));
    CHECK(*cgroup::processes(made.group) == std::vector<int>{sleeper.pid()});
    REQUIRE(cgroup::kill_all(made.group, 2000));
    CHECK(WTERMSIG(sleeper.wait()) == SIGKILL);
    CHECK(cgroup::processes(made.group)->empty());
  }
  for (const Member& member : outer.group) {
    CHECK(::access((member.directory + "/a/b").c_str(), F_OK) != 0);
    CHECK(::access((member.directory + "/a").c_str(), F_OK) == 0);
  }
}

TEST_CASE("cgroup: groups that the container made are removed too") {
  if (!can_try()) return;
  Made made(name());
  made.make();
  cgroup::Tree tree;
  std::string deep = made.group[0].directory;
  for (int level = 0; level < 20; ++level) {
    deep += "/x";
    REQUIRE(tree.make_directory(deep));
    REQUIRE(tree.make_directory(deep + "y"));
  }
}

TEST_CASE("cgroup: freeze and thaw") {
  if (!can_try()) return;
  Made made(name());
  made.make();
  Sleeper sleeper;
  REQUIRE(cgroup::join(made.group, sleeper.pid()));
  CHECK(!*cgroup::is_frozen(made.group));
  REQUIRE(cgroup::freeze(made.group));
  CHECK(*cgroup::is_frozen(made.group));
  REQUIRE(cgroup::thaw(made.group));
  CHECK(!*cgroup::is_frozen(made.group));
  REQUIRE(cgroup::freeze(made.group));  // a frozen group can be killed
  (void)cgroup::kill_all(made.group, 100);
  CHECK(WTERMSIG(sleeper.wait()) == SIGKILL);
}

TEST_CASE("cgroup: an occupied or frozen group is refused and left alone") {
  if (!can_try()) return;
  const std::string path = name();
  Made first(path);
  first.make();
  {
    Sleeper sleeper;
    REQUIRE(cgroup::join(first.group, sleeper.pid()));
    Made second(path);
    const auto refused = cgroup::make(second.plan, second.group);
    REQUIRE(!refused);
    CHECK(refused.error().what.ends_with("container's cgroup is not empty: 1 process(es) found"));
    CHECK(refused.error().pointer == "/linux/cgroupsPath");
  }
  REQUIRE(cgroup::freeze(first.group));
  Made third(path);
  const auto refused = cgroup::make(third.plan, third.group);
  REQUIRE(!refused);
  CHECK(refused.error().what.ends_with("container's cgroup unexpectedly frozen"));
  REQUIRE(cgroup::thaw(first.group));
  for (Member& member : third.group) member.made = Member::Made::before_us;
}

TEST_CASE("cgroup: a group that was there before stays") {
  if (!can_try()) return;
  const std::string path = name();
  Made before(path);
  before.make();
  Made made(path);
  made.make();
  REQUIRE(cgroup::remove(made.group, 100));
  for (const Member& member : before.group) {
    CHECK(::access(member.directory.c_str(), F_OK) == 0);
  }
  Sleeper sleeper;
  REQUIRE(cgroup::join(made.group, sleeper.pid()));
  REQUIRE(cgroup::kill_all(made.group, 100));
  CHECK(::kill(sleeper.pid(), 0) == 0);
}

TEST_CASE("cgroup: limits are what the kernel then shows, and can be changed both ways") {
  if (!can_try() || host().cgroup.mode == plan::CgroupLayout::Mode::v2) return;
  config::Resources resources;
  resources.memory = config::Memory{};
  resources.memory->limit = 64 << 20;
  resources.memory->swap = 64 << 20;
  resources.cpu = config::Cpu{};
  resources.cpu->quota = 50000;
  resources.cpu->period = 200000;
  resources.cpu->shares = 512;
  resources.pids_limit = 20;
  const std::string path = name();
  Made made(path, resources);
  made.make();
  auto applied = cgroup::apply(made.plan);
  if (!applied) FAIL(applied.error().what);
  CHECK(content(made.directory("memory") + "/memory.limit_in_bytes") == "67108864");
  CHECK(content(made.directory("memory") + "/memory.memsw.limit_in_bytes") == "67108864");
  CHECK(content(made.directory("cpu") + "/cpu.cfs_quota_us") == "50000");
  CHECK(content(made.directory("cpu") + "/cpu.cfs_period_us") == "200000");
  CHECK(content(made.directory("cpu") + "/cpu.shares") == "512");
  CHECK(content(made.directory("pids") + "/pids.max") == "20");
  CHECK(content(made.directory("cpuset") + "/cpuset.cpus") ==
        content(host().cgroup.hierarchies.empty() ? "" : "/sys/fs/cgroup/cpuset/cpuset.cpus"));

  const auto update = [&](std::int64_t limit, std::optional<std::int64_t> swap) {
    config::Resources wanted;
    wanted.memory = config::Memory{};
    wanted.memory->limit = limit;
    wanted.memory->swap = swap;
    std::vector<std::string> warnings;
    made.plan.writes = *plan::compile_resources(wanted, host(), made.plan.directories, warnings);
    const auto changed = cgroup::apply(made.plan);
    if (!changed) FAIL(changed.error().what);
    return content(made.directory("memory") + "/memory.limit_in_bytes") + " " +
           content(made.directory("memory") + "/memory.memsw.limit_in_bytes");
  };
  CHECK(update(128 << 20, 256 << 20) == "134217728 268435456");
  CHECK(update(32 << 20, 32 << 20) == "33554432 33554432");
  CHECK(update(-1, {}) == "9223372036854771712 9223372036854771712");
}

TEST_CASE("cgroup: what the kernel refuses is told with its place") {
  if (!can_try() || host().cgroup.mode == plan::CgroupLayout::Mode::v2) return;
  config::Resources resources;
  resources.cpu = config::Cpu{};
  resources.cpu->cpus = "4000";
  Made made(name(), resources);
  made.make();
  const auto applied = cgroup::apply(made.plan);
  REQUIRE(!applied);
  CHECK(applied.error().pointer == "/linux/resources/cpu/cpus");
  CHECK(applied.error().what.starts_with("failed to write \"4000\": write /sys/fs/cgroup/cpuset/minc-oci-test-"));
  CHECK(applied.error().code != 0);
}

TEST_CASE("cgroup: the device filter of a v2 group is loaded and attached, and replaced the second time") {
  if (!can_try()) return;
  Made made(name());
  made.make();
  const std::string directory = made.directory("");
  if (directory.empty()) return;
  auto reduced =
      std::vector<plan::CgroupPlan::DeviceRule>{{false, 'a', -1, -1, "rwm"}, {true, 'c', 1, 3, "r"}, {true, 'c', -1, -1, "m"}};
  cgroup::Tree tree;
  const auto fd = tree.open(directory, O_RDONLY | O_DIRECTORY);
  REQUIRE(fd);
  for (int round = 0; round < 2; ++round) {
    const auto attached = cgroup::attach_device_program(fd->get(), reduced);
    if (!attached) FAIL(attached.error().what);
  }
  int results[2];
  REQUIRE(::pipe(results) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (!cgroup::join(made.group, ::getpid())) ::_exit(99);
    const bool null_read = ::open("/dev/null", O_RDONLY) >= 0;
    const bool null_write = ::open("/dev/null", O_WRONLY) >= 0;
    const bool zero = ::open("/dev/zero", O_RDONLY) >= 0;
    ::_exit((null_read ? 1 : 0) | (null_write ? 2 : 0) | (zero ? 4 : 0));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(results[0]), ::close(results[1]);
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("cgroup: a process goes on into a group below its unit's, and into one that is the container's business") {
  if (!can_try()) return;
  plan::CgroupPlan plan;
  plan.enabled = true;
  plan.mode = plan::CgroupLayout::Mode::v2;  // of a hybrid host's v2 tree, too
  for (const plan::CgroupHierarchy& each : host().cgroup.hierarchies)
    if (each.controllers.empty()) plan.directories.push_back({"", each.mount_point, name() + ".scope/payload"});
  if (plan.directories.empty()) return;
  plan.unit.emplace().subgroup = "payload";
  plan.delegated = "a/b";
  plan.delegated_uid = 65534;
  const std::string group = plan.directories[0].directory(), unit = group.substr(0, group.rfind('/'));
  cgroup::Group whole{{"", unit, Member::Made::by_us}};
  cgroup::Tree tree;
  REQUIRE(tree.make_directory(unit));
  Sleeper sleeper;
  const std::string pid = std::to_string(sleeper.pid());
  REQUIRE(tree.write(unit + "/cgroup.procs", pid));
  REQUIRE(cgroup::enter_subgroup(plan, sleeper.pid()));
  CHECK(content(group + "/cgroup.procs") == pid);
  CHECK(content(unit + "/cgroup.procs") == "");
  const auto delegated = cgroup::delegate(plan, sleeper.pid());
  if (!delegated) FAIL(delegated.error().what);
  CHECK(content(group + "/a/b/cgroup.procs") == pid);
  CHECK(content(group + "/cgroup.procs") == "");
  struct stat owner{};
  REQUIRE(::stat((group + "/a/b/cgroup.procs").c_str(), &owner) == 0);
  CHECK(owner.st_uid == 65534);
  REQUIRE(::stat((group + "/cgroup.procs").c_str(), &owner) == 0);
  CHECK(owner.st_uid == 0);
  REQUIRE(cgroup::kill_all(whole, 2000));
  sleeper.wait();
  CHECK(cgroup::remove(whole, 2000));
  CHECK(::access(unit.c_str(), F_OK) != 0);
}
