#include "plan/systemd.h"

#include <catch2/catch.hpp>

#include "plan/cgroup.h"
#include "plan/variant_text.h"

namespace {

using Lines = std::vector<std::string>;

std::string parsed(std::string_view text) {
  const auto value = plan::parse_variant(text);
  return value ? value->signature + " " + plan::show(*value) : "! " + value.error().what;
}

plan::HostFacts facts_with(plan::CgroupLayout::Mode mode) {
  plan::HostFacts facts;
  facts.systemd = true;
  facts.cgroup.mode = mode;
  if (mode == plan::CgroupLayout::Mode::v2)
    facts.cgroup.hierarchies = {{"", "/sys/fs/cgroup", "/user.slice/session"}};
  else
    for (const char* name : {"name=systemd", "pids", "devices", "memory", "cpu,cpuacct", "blkio"})
      facts.cgroup.hierarchies.push_back({name, std::string("/sys/fs/cgroup/") + name, "/"});
  facts.cgroup.v2_controllers = {"cpuset", "cpu", "io", "memory", "pids"};
  return facts;
}

struct Compiled {
  plan::CgroupPlan plan;
  std::string error;
  std::string property(std::string_view name) const {
    std::string found;
    for (const plan::UnitProperty& each : plan.unit->properties)
      if (each.name == name) found += plan::show(each.value);
    return found;
  }
  std::string write(std::string_view file) const {
    for (const plan::CgroupWrite& each : plan.writes)
      if (each.file == file) return each.value;
    return {};
  }
};
Compiled compile(const config::Spec& spec, const plan::HostFacts& facts) {
  plan::Request request;
  request.id = "box";
  request.systemd_cgroup = true;
  Lines warnings;
  auto plan = plan::compile_cgroup(spec, facts, request, warnings);
  if (!plan) return {{}, plan.error().what};
  return {*std::move(plan), ""};
}
config::Spec at(const std::string& path) {
  config::Spec spec;
  spec.linux_.cgroups_path = path;
  return spec;
}
constexpr auto kV2 = plan::CgroupLayout::Mode::v2;

}  // namespace

TEST_CASE("a slice's name is its path") {
  const auto expanded = [](const char* slice) { return plan::expand_slice(slice).value_or("refused"); };
  CHECK(expanded("a.slice") == "/a.slice");
  CHECK(expanded("a-b-c.slice") == "/a.slice/a-b.slice/a-b-c.slice");
  CHECK(expanded("-.slice") == "/");
  for (const char* wrong : {"", "-", ".slice", "a", "a--b.slice", "-a.slice", "a-.slice", "a/b.slice", "a.slice/", "../a.slice"})
    CHECK(plan::expand_slice(wrong).error().what == std::string("invalid slice name: ") + wrong);
}

TEST_CASE("cgroupsPath names the unit and its slice; the group's path follows") {
  const auto place = [](const char* path) {
    const auto compiled = compile(at(path), facts_with(kV2));
    return compiled.error.empty() ? compiled.plan.unit->name + " " + compiled.plan.directories[0].directory()
                                  : "! " + compiled.error;
  };
  CHECK(place("") == "runc-box.scope /sys/fs/cgroup/system.slice/runc-box.scope");
  CHECK(place("a-b.slice:x:y") == "x-y.scope /sys/fs/cgroup/a.slice/a-b.slice/x-y.scope");
  CHECK(place("-.slice:x:y") == "x-y.scope /sys/fs/cgroup/x-y.scope");
  CHECK(place("::y") == "-y.scope /sys/fs/cgroup/system.slice/-y.scope");
  CHECK(place("a.slice:x:a-pod.slice") == "a-pod.slice /sys/fs/cgroup/a.slice/a-pod.slice");
  for (const char* wrong : {"/a", "a:b", "a:b:c:d"})
    CHECK(place(wrong) == std::string("! expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"") +
                              wrong + "\" instead");
  CHECK(place(":x:../../y").starts_with("! invalid unit name"));
  CHECK(place("-:x:y") == "! invalid slice name: -");
}

TEST_CASE("rootless: the user's systemd, below its own group; not on v1") {
  auto facts = facts_with(kV2);
  facts.rootless = true;
  facts.systemd_group = "/user.slice/user-7.slice/user@7.service";
  const auto compiled = compile({}, facts);
  CHECK(compiled.plan.unit->user_manager);
  CHECK(compiled.plan.directories[0].path == "/user.slice/user-7.slice/user@7.service/user.slice/runc-box.scope");
  CHECK(compiled.property("DeviceAllow").empty());
  auto v1 = facts_with(plan::CgroupLayout::Mode::v1);
  v1.rootless = true;
  CHECK(compile({}, v1).error == "cannot use rootless systemd cgroups manager on cgroup v1");
}

TEST_CASE("a unit's identity: a scope has a slice and is delegated, a slice wants its parent") {
  const auto scope = compile(at("a.slice:x:y"), facts_with(kV2));
  CHECK(scope.property("Description") == "\"libcontainer container y\"");
  CHECK(scope.property("Slice") == "\"a.slice\"");
  CHECK(scope.property("Delegate") == "true");
  CHECK(scope.property("IOAccounting") == "true");
  CHECK(scope.property("DefaultDependencies") == "false");
  const auto slice = compile(at("a.slice:x:a-y.slice"), facts_with(kV2));
  CHECK(slice.property("Wants") == "[\"a.slice\"]");
  CHECK(slice.property("Delegate").empty());
  CHECK_FALSE(slice.plan.unit->takes_processes);
}

TEST_CASE("limits are properties, by the files' own values; unified wins") {
  config::Spec spec;
  auto& resources = spec.linux_.resources.emplace();
  resources.memory.emplace();
  resources.memory->limit = 1000000;
  resources.memory->swap = 1500000;
  resources.cpu.emplace();
  resources.cpu->shares = 1024;
  resources.cpu->quota = 12345;
  resources.cpu->period = 50000;
  resources.cpu->cpus = "0-2,9";
  resources.pids_limit = 0;
  resources.unified = {{"memory.max", "3M"}, {"memory.oom.group", "1"}};
  const auto v2 = compile(spec, facts_with(kV2));
  CHECK(v2.property("MemoryMax") == "3145728");
  CHECK(v2.property("MemorySwapMax") == "500000");
  CHECK(v2.property("CPUWeight") == "100");
  CHECK(v2.property("CPUQuotaPerSecUSec") == "250000");
  CHECK(v2.property("CPUQuotaPeriodUSec") == "50000");
  CHECK(v2.write("cpu.max") == "12500 50000");  // systemd's hundredths of a processor, upwards
  CHECK(v2.property("AllowedCPUs") == "[7, 2]");
  CHECK(v2.property("TasksMax") == "1");
  CHECK(v2.property("OOMPolicy") == "\"kill\"");
  resources.cpu->idle = 0;
  CHECK(compile(spec, facts_with(kV2)).property("CPUWeight") == "100");
  resources.cpu->shares.reset();
  CHECK(compile(spec, facts_with(kV2)).property("CPUWeight") == "infinity");
  resources.cpu->idle = 1;
  CHECK(compile(spec, facts_with(kV2)).property("CPUWeight") == "0");

  resources.unified.clear();
  resources.cpu->cpus.reset();
  resources.cpu->idle.reset();
  resources.cpu->shares = 1024;
  resources.memory->swap.reset();
  const auto v1 = compile(spec, facts_with(plan::CgroupLayout::Mode::v1));
  CHECK(v1.error.empty());
  CHECK(v1.property("MemoryLimit") == "1000000");
  CHECK(v1.property("CPUShares") == "1024");
  CHECK(v1.property("CPUQuotaPerSecUSec") == "250000");
  CHECK(v1.write("cpu.cfs_quota_us") == "12500");
  CHECK(v1.property("DevicePolicy") == "\"strict\"");
  CHECK(v1.property("BlockIOAccounting") == "true");
}

TEST_CASE("device rules are DeviceAllow; where all but some are allowed systemd filters nothing") {
  config::Spec spec;
  auto& resources = spec.linux_.resources.emplace();
  config::DeviceRule rule;
  rule.allow = true;
  rule.type = "b";
  rule.major = 8;
  rule.access = "r";
  resources.devices.push_back(rule);
  const auto compiled = compile(spec, facts_with(kV2));
  const std::string allowed = compiled.property("DeviceAllow");
  CHECK(allowed.starts_with("[(\"block-8\", \"r\"), (\"char-*\", \"m\"), (\"block-*\", \"m\"), (\"/dev/char/1:3\", \"rwm\")"));
  CHECK(allowed.find("(\"char-136\", \"rwm\")") != std::string::npos);
  rule.major.reset();
  rule.minor = 3;  // has no name there
  resources.devices = {rule};
  CHECK(compile(spec, facts_with(kV2)).property("DeviceAllow").starts_with("[(\"char-*\", \"m\"), (\"block-*\", \"m\"), "));
  rule.major = 8;
  rule.minor.reset();
  rule.type = "a";
  rule.access = "rwm";
  resources.devices = {rule};
  const auto open = compile(spec, facts_with(kV2));
  CHECK(open.property("DevicePolicy") == "\"auto\"");
  CHECK(open.property("DeviceAllow") == "[]");
}

TEST_CASE("annotations are properties, in GVariant's words") {
  const auto with = [](const std::string& name, const std::string& value) {
    config::Spec spec;
    spec.annotations = {{"org.systemd.property." + name, value}};
    return compile(spec, facts_with(kV2));
  };
  CHECK(with("CollectMode", "'inactive-or-failed'").property("CollectMode") == "\"inactive-or-failed\"");
  CHECK(with("TimeoutStopSec", "uint64 5").property("TimeoutStopUSec") == "5000000");
  CHECK(with("TimeoutStopSec", "1.5").property("TimeoutStopUSec") == "1500000");
  CHECK(with("DefaultDependencies", "true").property("DefaultDependencies") == "true");
  config::Spec other;
  other.annotations = {{"of.somebody.else", "1"}};
  CHECK(compile(other, facts_with(kV2)).error.empty());
  CHECK(with("X1", "true").error == "annotation org.systemd.property.X1 name incorrect: too short");
  CHECK(with("Abc1", "true").error == "annotation org.systemd.property.Abc1 name incorrect: contains non-alphabetic character");
  CHECK(with("Abc", "x").error == "annotation org.systemd.property.Abc=x value parse error: unknown word \"x\"");
  CHECK(with("TimeoutStopSec", "'x'").error ==
        "annotation org.systemd.property.TimeoutStopSec='x' value parse error: not a number");
  for (const std::string number : {"-1", "1e13", "-1.5", "uint64 18446744073710"})
    CHECK(with("TimeoutStopSec", number).error ==
          "annotation org.systemd.property.TimeoutStopSec=" + number + " value parse error: number out of range");
}

TEST_CASE("GVariant text") {
  CHECK(parsed("true") == "b true");
  CHECK(parsed(" 5 ") == "i 5");
  CHECK(parsed("-5") == "i -5");
  CHECK(parsed("uint64 18446744073709551615") == "t infinity");
  CHECK(parsed("byte 0xff") == "y 255");
  CHECK(parsed("int64 -9223372036854775808") == "x -9223372036854775808");
  CHECK(parsed("1.5") == "d 1.500000");
  CHECK(parsed("'a\\'b\\n'") == "s " + plan::show(plan::bus_text("a'b\n")));
  CHECK(parsed("['a', \"b\"]") == "as [\"a\", \"b\"]");
  CHECK(parsed("@au [1, 2]") == "au [1, 2]");
  CHECK(parsed("@as []") == "as []");
  CHECK(parsed("[('a', uint32 1)]") == "a(su) [(\"a\", 1)]");
  CHECK(parsed("<<5>>") == "v <<5>>");
  CHECK(parsed("objectpath '/a'") == "o \"/a\"");
  for (const char* wrong :
       {"", "x", "'a", "[", "[]", "()", "{}", "5 5", "2147483648", "uint32 -1", "byte 256", "[1, 'a']", "@a{ss} []", "(1", "'a\\"})
    CHECK(parsed(wrong).starts_with("! "));
  CHECK(parsed(std::string(100, '<')).starts_with("! "));
}

TEST_CASE("a subgroup of the unit takes the container, and its limits") {
  config::Spec spec = at("");
  spec.annotations = {{"run.oci.systemd.subgroup", "payload"}};
  spec.linux_.resources.emplace().pids_limit = 7;
  const auto v2 = compile(spec, facts_with(kV2));
  REQUIRE(v2.error == "");
  CHECK(v2.plan.unit->subgroup == "payload");
  CHECK(v2.plan.directories[0].directory() == "/sys/fs/cgroup/system.slice/runc-box.scope/payload");
  CHECK(v2.write("pids.max") == "7");
  CHECK(v2.property("TasksMax") == "7");
  for (const plan::CgroupDirectory& each : compile(spec, facts_with(plan::CgroupLayout::Mode::v1)).plan.directories)
    CHECK(each.path == "/system.slice/runc-box.scope/payload");
  spec.annotations[0].second.clear();
  CHECK(compile(spec, facts_with(kV2)).plan.directories[0].path == "/system.slice/runc-box.scope");
  spec.annotations[0].second = "a";
  spec.linux_.cgroups_path = "a.slice:x:y.slice";
  CHECK(compile(spec, facts_with(kV2)).error == "a slice has no subgroup: the container's group would be in no unit");
}
