#include "config/read.h"

#include <catch2/catch.hpp>

#include "config/samples.h"
#include "config/schema.h"

using namespace config;
using samples::verdict;
using samples::verdict_linux;
using samples::verdict_process;
using samples::verdict_top;

namespace {

std::string read_error(const std::string& text) {
  const auto spec = read_spec(text);
  return spec ? "" : samples::in_words(spec.error());
}

std::string repeat(std::string_view piece, std::size_t times) {
  std::string whole;
  for (std::size_t each = 0; each < times; ++each) whole.append(piece);
  return whole;
}

}  // namespace

TEST_CASE("read: what podman writes is understood to the last number") {
  const auto spec = read_spec(R"({"ociVersion":"1.0.2-dev","process":{"user":{"uid":0,"gid":0,"umask":18,"additionalGids":[10]},
    "args":["/bin/true"],"env":["PATH=/bin","TERM=xterm"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN"],"effective":["CAP_CHOWN"]},
    "rlimits":[{"type":"RLIMIT_NOFILE","hard":1048576,"soft":1024}],"oomScoreAdj":100},
    "root":{"path":"/var/lib/x/merged","readonly":true},"hostname":"3200b8e8bc5f",
    "mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
      {"destination":"/etc/hosts","type":"bind","source":"/run/hosts","options":["bind","rprivate"]}],
    "hooks":{"createRuntime":[{"path":"/usr/bin/hook","args":["hook","x"],"env":["A=b"],"timeout":5}]},
    "annotations":{"io.container.manager":"libpod","org.opencontainers.image.stopSignal":"15"},
    "linux":{"sysctl":{"net.ipv4.ping_group_range":"0 0"},
      "resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":10,"minor":229,"access":"rwm"}],"pids":{"limit":2048},
        "memory":{"limit":9223372036854772000,"swap":-1}},
      "cgroupsPath":"/libpod_parent/libpod-32","rootfsPropagation":"rslave",
      "namespaces":[{"type":"pid"},{"type":"network","path":"/run/netns/netns-1"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}],
      "devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":8576,"uid":0,"gid":0}],
      "seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["socket"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":16,"valueTwo":0,"op":"SCMP_CMP_EQ"}],"errnoRet":22}]},
      "maskedPaths":["/proc/acpi"],"readonlyPaths":["/proc/bus"]}})");
  REQUIRE(spec);
  REQUIRE(validate(*spec));
  CHECK(spec->process->user.umask == 18);
  CHECK(spec->process->user.additional_gids == std::vector<std::uint32_t>{10});
  CHECK(spec->process->capabilities->effective == std::vector<std::string>{"CAP_CHOWN"});
  CHECK(spec->process->rlimits[0].hard == 1048576);
  CHECK(spec->process->oom_score_adj == 100);
  CHECK(spec->mounts[1].options == std::vector<std::string>{"bind", "rprivate"});
  CHECK(spec->hooks.create_runtime[0].timeout == 5);
  CHECK(spec->hooks.create_runtime[0].env == std::vector<std::string>{"A=b"});
  CHECK(spec->annotations[1].second == "15");
  CHECK(spec->linux_.sysctl[0].first == "net.ipv4.ping_group_range");
  CHECK(spec->linux_.resources->memory->limit == 9223372036854772000);
  CHECK(spec->linux_.resources->memory->swap == -1);
  CHECK(spec->linux_.resources->pids_limit == 2048);
  CHECK_FALSE(spec->linux_.resources->devices[0].major);
  CHECK(spec->linux_.resources->devices[1].minor == 229);
  CHECK(spec->linux_.find_namespace("network")->path == "/run/netns/netns-1");
  CHECK(spec->linux_.devices[0].file_mode == 8576);
  CHECK(spec->linux_.seccomp->default_errno_ret == 38);
  CHECK(spec->linux_.seccomp->syscalls[0].args[0].value == 16);
  CHECK_FALSE(spec->linux_.seccomp->flags);
}

TEST_CASE("read: what docker writes for things nobody asked for is accepted") {
  const auto spec = read_spec(R"({"ociVersion":"1.2.1","process":{"terminal":false,"consoleSize":{"height":0,"width":0},
    "user":{"uid":0,"gid":0,"additionalGids":[0]},"args":["sh"],"cwd":"/","rlimits":null,"oomScoreAdj":0,"apparmorProfile":""},
    "root":{"path":"/x"},"hostname":"h","hooks":{},"mounts":[],
    "linux":{"resources":{"devices":[{"allow":false,"access":"rwm"}],"memory":{"disableOOMKiller":false},"cpu":{"shares":0},
      "pids":{"limit":null},"blockIO":{"weight":0}},"cgroupsPath":"/docker/1","namespaces":[{"type":"uts","path":""}]}})");
  REQUIRE(spec);
  REQUIRE(validate(*spec));
  CHECK(spec->process->rlimits.empty());
  CHECK(spec->process->oom_score_adj == 0);
  CHECK(spec->linux_.resources->block_io->weight == 0);
  CHECK(spec->linux_.resources->cpu->shares == 0);
  CHECK(spec->linux_.resources->memory->disable_oom_killer == false);
  CHECK_FALSE(spec->linux_.resources->memory->use_hierarchy);
  CHECK_FALSE(spec->linux_.resources->pids_limit);
}

TEST_CASE("read: null is absent where a property is optional") {
  const auto spec = read_spec(R"({"process":null,"root":null,"mounts":null,"hooks":null,"annotations":null,"linux":null})");
  REQUIRE(spec);
  CHECK_FALSE(spec->process);
  CHECK_FALSE(spec->root);
  CHECK(verdict_process(R"("user":null,"capabilities":null,"env":null,"noNewPrivileges":null,"oomScoreAdj":null)") == "");
  CHECK(verdict_linux(R"("resources":{"pids":null,"cpu":null},"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","flags":null})") == "");
}

TEST_CASE("read: null is no element and no required property") {
  CHECK(verdict_process(R"("env":["A=b",null])") == "/process/env/1: expected string, found null");
  CHECK(verdict_top(R"("mounts":[null])") == "/mounts/0: expected object, found null");
  CHECK(verdict_top(R"("annotations":{"a":null})") == "/annotations/a: expected string, found null");
  CHECK(verdict_process(R"("rlimits":[{"type":null,"soft":1,"hard":1}])") ==
        "/process/rlimits/0: required property \"type\" is missing");
}

TEST_CASE("read: a document that is null is refused") {
  CHECK(read_error(" null\n") == ": config cannot be null");
  CHECK(read_process("null").error().what == "process cannot be null");
}

TEST_CASE("read: a wrong type is named with its place") {
  CHECK(verdict_process(R"("user":{"uid":"0"})") == "/process/user/uid: expected integer 0..4294967294, found string");
  CHECK(verdict_process(R"("noNewPrivileges":"true")") == "/process/noNewPrivileges: expected true or false, found string");
  CHECK(verdict_process(R"("terminal":1)") == "/process/terminal: expected true or false, found integer 1");
  CHECK(verdict_process(R"("env":"A=b")") == "/process/env: expected array, found string");
  CHECK(verdict_process(R"("env":{})") == "/process/env: expected array, found object");
  CHECK(verdict_process(R"("rlimits":[[]])") == "/process/rlimits/0: expected object, found array");
  CHECK(verdict_process(R"("apparmorProfile":true)") == "/process/apparmorProfile: expected string, found true");
  CHECK(verdict_linux(R"("sysctl":["a"])") == "/linux/sysctl: expected object, found array");
  CHECK(verdict_linux(R"("sysctl":{"net/a~b":1})") == "/linux/sysctl/net~1a~0b: expected string, found integer 1");
  CHECK(verdict_top(R"("annotations":{"a":1.5})") == "/annotations/a: expected string, found number 1.5");
  CHECK(read_error("[]") == ": expected object, found array");
  CHECK(read_error("3") == ": expected object, found integer 3");
}

TEST_CASE("read: integers are exact at their borders") {
  const auto uid = [](const char* number) { return verdict_process("\"user\":{\"uid\":" + std::string(number) + "}"); };
  CHECK(uid("4294967294") == "");
  CHECK(uid("0") == "");
  CHECK(uid("-0") == "");
  CHECK(uid("4294967295") == "/process/user/uid: expected integer 0..4294967294, found 4294967295");
  CHECK(uid("-1") == "/process/user/uid: expected integer 0..4294967294, found -1");

  const auto limit = [](const char* number) {
    return verdict_linux("\"resources\":{\"memory\":{\"limit\":" + std::string(number) + "}}");
  };
  CHECK(limit("9223372036854775807") == "");
  CHECK(limit("-9223372036854775808") == "");
  CHECK(limit("9223372036854775808") ==
        "/linux/resources/memory/limit: expected integer -9223372036854775808..9223372036854775807, found 9223372036854775808");
  CHECK(limit("-9223372036854775809").ends_with("found -9223372036854775809"));

  const auto rlimit = [](const char* number) {
    return verdict_process("\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":" + std::string(number) + "}]");
  };
  CHECK(rlimit("18446744073709551615") == "");
  CHECK(rlimit("18446744073709551616") ==
        "/process/rlimits/0/hard: expected integer 0..18446744073709551615, found 18446744073709551616");
  CHECK(verdict_linux(R"("resources":{"blockIO":{"weight":65536}})") ==
        "/linux/resources/blockIO/weight: expected integer 0..65535, found 65536");
  CHECK(verdict_linux(R"("devices":[{"type":"c","path":"/dev/x","major":1,"minor":3,"fileMode":65536}])") ==
        "/linux/devices/0/fileMode: expected integer 0..65535, found 65536");
}

TEST_CASE("read: an integer has no fraction and no exponent") {
  for (const char* number : {"1.0", "1e3", "0.5", "1E0"}) {
    const auto spec = read_spec(samples::text({.top = {}, .process = "\"oomScoreAdj\":" + std::string(number), .linux_ = {}}));
    REQUIRE_FALSE(spec);
    CHECK(spec.error().pointer == "/process/oomScoreAdj");
    CHECK(spec.error().what == "expected integer -2147483648..2147483647, found " + std::string(number));
    CHECK(spec.error().hint == "write it with digits only, without fraction and exponent");
  }
}

TEST_CASE("read: duplicate properties are refused wherever they are") {
  CHECK(verdict_process(R"("cwd":"/tmp")") == "/process/cwd: duplicate property \"cwd\"");
  CHECK(verdict_process(R"("env":null,"env":[])") == "/process/env: duplicate property \"env\"");
  CHECK(verdict_top(R"("annotations":{"a":"1","b":"2","a":"1"})") == "/annotations/a: duplicate property \"a\"");
  CHECK(verdict_top(R"("x":{"y":[{"k":1,"\u006b":2}]})") == "/x/y/0/k: duplicate property \"k\"");
  CHECK(verdict_top(R"("x":1,"y":{"x":1},"x":2)") == "/x: duplicate property \"x\"");
  CHECK(verdict_linux(R"("resources":{"pids":{"limit":1,"limit":2}})") ==
        "/linux/resources/pids/limit: duplicate property \"limit\"");
}

TEST_CASE("read: the same name in different objects is no duplicate") {
  CHECK(verdict_top(R"("x":{"a":{"a":{"a":1}},"b":{"a":1}},"y":[{"a":1},{"a":1}])") == "");
}

TEST_CASE("read: NUL is refused, as escape and as byte, in names and in values") {
  CHECK(verdict_process(R"("env":["A=\u0000b"])") == "/process/env/0: string contains a NUL byte");
  CHECK(verdict_top(R"("unknown":["\u0000"])") == "/unknown/0: string contains a NUL byte");
  CHECK(verdict_top(R"("annotations":{"a\u0000b":"x"})").ends_with(": property name contains a NUL byte"));
  CHECK(read_error(std::string("{} \0 {}", 7)) == ":1:4: NUL byte");
  CHECK(read_error(std::string("{}\0", 3)) == ":1:3: NUL byte");
}

TEST_CASE("read: invalid UTF-8 is refused, also where nobody looks") {
  CHECK(read_error("{\n \"unknown\": \"x\xff\"}") == ":2:15: invalid UTF-8 in a string");
  CHECK(read_error("{\"\xc0\xaf\": 1}").find("invalid UTF-8") != std::string::npos);          // overlong
  CHECK(read_error("{\"a\": \"\xed\xa0\x80\"}").find("invalid UTF-8") != std::string::npos);  // surrogate
  CHECK_FALSE(read_error(R"({"a": "\ud800"})").empty());
  CHECK(read_error("\xef\xbb\xbf{}") == ":1:1: byte order mark: write plain UTF-8");
  CHECK(read_error("{\"a\": \"\xc3\xa4\"}") == "");
}

TEST_CASE("read: syntax errors have line and column in words") {
  CHECK(read_error("{}\n{}") == ":2:1: text after the end of the document");
  CHECK(read_error("{}x").find("text after the end") != std::string::npos);
  CHECK(read_error("{\n  \"a\": nul }").starts_with(":2:"));
  CHECK(read_error("{\n  \"a\": 1,\n}").starts_with(":3:1: unexpected '}'"));
  CHECK(read_error("// no comments\n{}").starts_with(":1:1: "));
  CHECK(read_error("{'a':1}").starts_with(":1:2: "));
  CHECK(read_error("{\"a\": 1e999}").find("number out of range") != std::string::npos);
}

TEST_CASE("read: a document that is cut off says unexpected EOF, wherever the cut is") {
  const std::string whole = samples::text({.top = R"("annotations":{"a":"\u00e4","b":"c"})", .process = {}, .linux_ = {}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto spec = read_spec(std::string_view(whole).substr(0, length));
    REQUIRE_FALSE(spec);
    CAPTURE(length, spec.error().what);
    CHECK(spec.error().what.find("unexpected EOF") != std::string::npos);
  }
  CHECK(read_error("{\n \"a\": [1,\n") == ":3:1: unexpected EOF: the document is cut off");
}

TEST_CASE("read: depth is bounded, in known places and in unknown ones") {
  CHECK(verdict_top("\"x\":" + repeat("[", 63) + repeat("]", 63)) == "");
  CHECK(verdict_top("\"x\":" + repeat("[", 64) + repeat("]", 64)).ends_with(": nested deeper than 64 levels"));
  CHECK(read_error(repeat("[", 2000000)) == ": expected object, found array");
  CHECK(read_error("{\"x\":" + repeat("[", 2000000)).ends_with(": nested deeper than 64 levels"));
  CHECK(read_error(repeat("{\"x\":", 400000)).ends_with(": nested deeper than 64 levels"));
}

TEST_CASE("read: long strings are for arguments, environment and annotations only") {
  const std::string longer(kMaxStringBytes + 1, 'x'), longest(kMaxStringBytes, 'x');
  CHECK(verdict_process("\"env\":[\"A=" + longer + "\"]") == "");
  CHECK(verdict_top("\"annotations\":{\"a\":\"" + longer + "\"}") == "");
  CHECK(verdict_process("\"apparmorProfile\":\"" + longest + "\"") == "");
  CHECK(verdict_process("\"apparmorProfile\":\"" + longer + "\"") ==
        "/process/apparmorProfile: string of 1048577 bytes, at most 1048576 are allowed here");
  CHECK(verdict_top("\"unknown\":\"" + longer + "\"").starts_with("/unknown: string of 1048577 bytes"));
  CHECK(verdict_top("\"" + longer + "\":1").find("property name of 1048577 bytes") != std::string::npos);
}

TEST_CASE("read: a document that is too large is refused unread") {
  CHECK(read_error(std::string(kMaxDocumentBytes + 1, ' ')) == ": document of 67108865 bytes, at most 67108864 are allowed");
}

TEST_CASE("read: unknown properties pass, with everything below them") {
  CHECK(verdict_top(R"("vm":{"hypervisor":{"path":"/x","n":[1,2.5,-3e2,null,true,{"":{}}]}},"Hostname":5)") == "");
  CHECK(verdict_process(R"("commandLine":"x","user2":[])") == "");
}

TEST_CASE("read: required properties that are missing are named at their object") {
  CHECK(verdict_top(R"("mounts":[{"source":"x"}])") == "/mounts/0: required property \"destination\" is missing");
  CHECK(verdict_linux(R"("devices":[{"type":"c"}])") == "/linux/devices/0: required property \"path\" is missing");
  CHECK(verdict_linux(R"("uidMappings":[{"containerID":0,"hostID":1}])") ==
        "/linux/uidMappings/0: required property \"size\" is missing");
  CHECK(verdict_top(R"("hooks":{"poststop":[{"args":["x"]}]})") == "/hooks/poststop/0: required property \"path\" is missing");
  CHECK(verdict_linux(R"("resources":{"devices":[{"access":"r"}]})") ==
        "/linux/resources/devices/0: required property \"allow\" is missing");
}

TEST_CASE("read: escapes in names find the same property") {
  CHECK(verdict_process(R"("\u0075ser":{"uid":-5})").starts_with("/process/user/uid: "));
}

TEST_CASE("read: a process, limits and mounts are documents of their own") {
  const auto process = read_process(R"({"args":["id"],"cwd":"/","user":{"uid":5}})");
  REQUIRE(process);
  CHECK(process->user.uid == 5);
  CHECK(read_process(R"({"user":{"uid":-5}})").error().pointer == "/user/uid");
  const auto resources = read_resources(R"({"memory":{"limit":1048576},"unified":{"memory.high":"max"}})");
  REQUIRE(resources);
  CHECK(resources->unified[0].second == "max");
  const auto mounts = read_mounts(R"([{"destination":"/mnt","type":"tmpfs"}])");
  REQUIRE(mounts);
  CHECK(mounts->at(0).type == "tmpfs");
  CHECK(read_mounts(R"([{"destination":5}])").error().pointer == "/0/destination");
}

TEST_CASE("read: every property of the resources ends where it belongs") {
  const auto resources =
      read_resources(R"({"cpu":{"shares":1,"quota":-1,"period":3,"burst":4,"realtimeRuntime":5,"realtimePeriod":6,"idle":1,
    "cpus":"0-1","mems":"0"},"memory":{"reservation":1,"kernel":2,"kernelTCP":3,"swappiness":4,"useHierarchy":true,"checkBeforeUpdate":true},
    "blockIO":{"leafWeight":10,"weightDevice":[{"major":8,"minor":0,"weight":500,"leafWeight":300}],
      "throttleReadBpsDevice":[{"major":8,"minor":1,"rate":1}],"throttleWriteBpsDevice":[{"major":8,"minor":2,"rate":2}],
      "throttleReadIOPSDevice":[{"major":8,"minor":3,"rate":3}],"throttleWriteIOPSDevice":[{"major":8,"minor":4,"rate":4}]},
    "hugepageLimits":[{"pageSize":"2MB","limit":9}],"network":{"classID":1048577,"priorities":[{"name":"eth0","priority":7}]},
    "rdma":{"mlx5_1":{"hcaHandles":3},"mlx4_0":{"hcaObjects":1000}}})");
  REQUIRE(resources);
  CHECK(validate_resources(*resources, ""));
  CHECK(resources->cpu->quota == -1);
  CHECK(resources->cpu->realtime_period == 6);
  CHECK(resources->cpu->cpus == "0-1");
  CHECK(resources->memory->kernel_tcp == 3);
  CHECK(resources->memory->check_before_update == true);
  CHECK(resources->block_io->weight_device[0].leaf_weight == 300);
  CHECK(resources->block_io->throttle_write_bps_device[0].rate == 2);
  CHECK(resources->block_io->throttle_read_iops_device[0].minor == 3);
  CHECK(resources->hugepage_limits[0].limit == 9);
  CHECK(resources->network->priorities[0].priority == 7);
  CHECK(resources->rdma[0].second.hca_handles == 3);
  CHECK_FALSE(resources->rdma[1].second.hca_handles);
}

TEST_CASE("read: every property of the linux section ends where it belongs") {
  const auto spec = read_spec(R"({"domainname":"d","linux":{"uidMappings":[{"containerID":0,"hostID":1000,"size":65536}],
    "gidMappings":[{"containerID":1,"hostID":2,"size":3}],"netDevices":{"eth0":{"name":"e"},"eth1":{}},"mountLabel":"l",
    "intelRdt":{"closID":"c","schemata":["L3:0=f"],"l3CacheSchema":"L3:0=1","memBwSchema":"MB:0=20","enableMonitoring":true},
    "memoryPolicy":{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]},"personality":{"domain":"LINUX32","flags":[]},
    "timeOffsets":{"boottime":{"secs":-5,"nanosecs":6}},
    "seccomp":{"defaultAction":"SCMP_ACT_ALLOW","flags":[],"listenerPath":"/l","listenerMetadata":"m"}},
    "process":{"scheduler":{"policy":"SCHED_FIFO","nice":-1,"priority":5,"flags":["SCHED_FLAG_RECLAIM"],"runtime":1,"deadline":2,"period":3},
      "ioPriority":{"class":"IOPRIO_CLASS_BE","priority":4},"execCPUAffinity":{"initial":"0","final":"1"},"selinuxLabel":"s",
      "consoleSize":{"height":24,"width":80}}})");
  REQUIRE(spec);
  const Linux& section = spec->linux_;
  CHECK(spec->domainname == "d");
  CHECK(section.uid_mappings[0] == IdMapping{0, 1000, 65536});
  CHECK(section.gid_mappings[0] == IdMapping{1, 2, 3});
  CHECK(section.net_devices[0].second.name == "e");
  CHECK_FALSE(section.net_devices[1].second.name);
  CHECK(section.intel_rdt->mem_bw_schema == "MB:0=20");
  CHECK(section.intel_rdt->enable_monitoring);
  CHECK(section.memory_policy->flags[0] == "MPOL_F_STATIC_NODES");
  CHECK(section.personality->domain == "LINUX32");
  CHECK(section.time_offsets[0].second.secs == -5);
  CHECK(section.seccomp->flags->empty());
  CHECK(section.seccomp->listener_metadata == "m");
  CHECK(spec->process->scheduler->period == 3);
  CHECK(spec->process->io_priority->priority == 4);
  CHECK(spec->process->exec_cpu_affinity->final == "1");
  CHECK(spec->process->console_size->width == 80);
}

TEST_CASE("read: of very many annotations the one too many is found") {
  std::string text = "{\"annotations\":{";
  for (int each = 0; each < 200000; ++each) text.append("\"k").append(std::to_string(each)).append("\":\"\",");
  const auto fine = read_spec(text + "\"last\":\"\"}}");
  REQUIRE(fine);
  CHECK(fine->annotations.size() == 200001);
  CHECK(read_error(text + "\"k777\":\"\"}}") == "/annotations/k777: duplicate property \"k777\"");
}
