#include <catch2/catch.hpp>

#include "config/samples.h"
#include "config/sysctl.h"

using namespace config;
using samples::verdict;
using samples::verdict_linux;
using samples::verdict_top;

namespace {

std::string with_namespaces(const std::string& namespaces, const std::string& section = "", const std::string& top = "",
                            const std::string& process = "") {
  return verdict(samples::Parts{.top = top, .process = process, .linux_ = section, .namespaces = namespaces});
}

constexpr char kUser[] = R"({"type":"mount"},{"type":"user"})";
constexpr char kBothMappings[] =
    R"("uidMappings":[{"containerID":0,"hostID":1000,"size":10}],"gidMappings":[{"containerID":0,"hostID":1000,"size":10}])";

}  // namespace

TEST_CASE("namespaces: known, given once, joined by absolute paths") {
  CHECK(with_namespaces(R"({"type":"cgroup"},{"type":"time"},{"type":"pid","path":"/proc/1/ns/pid"})") == "");
  CHECK(with_namespaces(R"({"type":"mnt"})") == "/linux/namespaces/0/type: namespace \"mnt\" does not exist");
  CHECK(with_namespaces(R"({"type":"pid"},{"type":"ipc"},{"type":"pid"})") ==
        "/linux/namespaces/2/type: malformed spec file: duplicated ns \"pid\"");
  CHECK(with_namespaces(R"({"type":"pid","path":"proc/1/ns/pid"})") ==
        "/linux/namespaces/0/path: namespace path \"proc/1/ns/pid\" is not absolute");
}

TEST_CASE("namespaces: a user namespace has mappings or a path, mappings have a user namespace") {
  CHECK(with_namespaces(kUser, kBothMappings) == "");
  CHECK(with_namespaces(R"({"type":"mount"},{"type":"user","path":"/proc/1/ns/user"})") == "");
  CHECK(with_namespaces(R"({"type":"mount"},{"type":"user","path":"/proc/1/ns/user"})", kBothMappings) == "");
  const std::string words = "user namespaces enabled, but no namespace path to join nor mappings to apply specified";
  CHECK(with_namespaces(kUser) == "/linux/namespaces: " + words);
  CHECK(with_namespaces(kUser, R"("uidMappings":[{"containerID":0,"hostID":1000,"size":10}])") == "/linux/namespaces: " + words);
  CHECK(verdict_linux(kBothMappings) ==
        "/linux/uidMappings: user namespace mappings specified, but user namespace isn't enabled in the config");
}

TEST_CASE("namespaces: mappings are what the kernel would take") {
  const auto uids = [](const std::string& list) {
    return with_namespaces(kUser, "\"uidMappings\":[" + list + R"(],"gidMappings":[{"containerID":0,"hostID":0,"size":1}])");
  };
  CHECK(uids(R"({"containerID":0,"hostID":0,"size":4294967295})") == "");
  CHECK(uids(R"({"containerID":0,"hostID":5,"size":1},{"containerID":1,"hostID":6,"size":9})") == "");
  CHECK(uids(R"({"containerID":0,"hostID":0,"size":0})") == "/linux/uidMappings/0/size: id mapping of size 0");
  CHECK(uids(R"({"containerID":1,"hostID":0,"size":4294967295})").starts_with("/linux/uidMappings/0/size: id mapping goes beyond"));
  CHECK(uids(R"({"containerID":0,"hostID":5,"size":2},{"containerID":1,"hostID":100,"size":9})") ==
        "/linux/uidMappings/1: id mapping overlaps with mapping 0");
  CHECK(uids(R"({"containerID":0,"hostID":5,"size":2},{"containerID":2,"hostID":6,"size":9})") ==
        "/linux/uidMappings/1: id mapping overlaps with mapping 0");
  CHECK(uids(R"({"containerID":1,"hostID":5,"size":2})") == "/linux/uidMappings: no mapping found for uid 0");
  CHECK(with_namespaces(
            kUser,
            R"("uidMappings":[{"containerID":0,"hostID":0,"size":1}],"gidMappings":[{"containerID":0,"hostID":5,"size":0}])") ==
        "/linux/gidMappings/0/size: id mapping of size 0");
  CHECK(with_namespaces(
            kUser,
            R"("uidMappings":[{"containerID":0,"hostID":0,"size":1}],"gidMappings":[{"containerID":1,"hostID":5,"size":1}])") ==
        "/linux/gidMappings: no mapping found for gid 0");
  const auto many = [](int count) {
    std::string list;
    for (int id = 0; id < count; ++id)
      list += (id == 0 ? "{\"containerID\":" : ",{\"containerID\":") + std::to_string(id) +
              ",\"hostID\":" + std::to_string(id + 7) + ",\"size\":1}";
    return list;
  };
  CHECK(uids(many(340)) == "");
  CHECK(uids(many(341)) == "/linux/uidMappings: 341 mappings, the kernel takes at most 340");
}

TEST_CASE("namespaces: the user of the process must be mapped") {
  CHECK(with_namespaces(kUser, kBothMappings, "", R"("user":{"uid":9,"gid":9,"additionalGids":[0,9]})") == "");
  CHECK(with_namespaces(kUser, kBothMappings, "", R"("user":{"uid":10,"gid":9})") ==
        "/process/user/uid: cannot setuid to unmapped uid 10 in user namespace");
  CHECK(with_namespaces(kUser, kBothMappings, "", R"("user":{"uid":9,"gid":10})") ==
        "/process/user/gid: cannot setgid to unmapped gid 10 in user namespace");
  CHECK(with_namespaces(kUser, kBothMappings, "", R"("user":{"additionalGids":[1,10]})")
            .starts_with("/process/user/additionalGids/1: "));
}

TEST_CASE("namespaces: clocks are shifted in a new time namespace only") {
  const std::string offsets = R"("timeOffsets":{"monotonic":{"secs":5},"boottime":{"nanosecs":999999999}})";
  CHECK(with_namespaces(R"({"type":"time"})", offsets) == "");
  CHECK(with_namespaces("", offsets) ==
        "/linux/timeOffsets: time namespace offsets specified, but time namespace isn't enabled in the config");
  CHECK(with_namespaces(R"({"type":"time","path":"/x"})", offsets)
            .starts_with("/linux/timeOffsets: time namespace enabled, but both"));
  CHECK(with_namespaces(R"({"type":"time"})", R"("timeOffsets":{"realtime":{"secs":5}})") ==
        "/linux/timeOffsets/realtime: clock \"realtime\" has no offset");
  CHECK(with_namespaces(R"({"type":"time"})", R"("timeOffsets":{"boottime":{"nanosecs":1000000000}})") ==
        "/linux/timeOffsets/boottime/nanosecs: expected integer 0..999999999, found 1000000000");
}

TEST_CASE("namespaces: the host keeps its name") {
  CHECK(verdict_top(R"("hostname":"a","domainname":"b")") == "");
  CHECK(with_namespaces("", "", R"("hostname":"a")") == "/hostname: unable to set hostname without a private UTS namespace");
  CHECK(with_namespaces("", "", R"("domainname":"a")") == "/domainname: unable to set domainname without a private UTS namespace");
  CHECK(with_namespaces("", "", R"("hostname":"")") == "");
  CHECK(with_namespaces(R"({"type":"uts","path":"/x"})", "", R"("hostname":"a")") == "");
  CHECK(verdict_top("\"hostname\":\"" + std::string(64, 'h') + "\"") == "");
  CHECK(verdict_top("\"hostname\":\"" + std::string(65, 'h') + "\"") == "/hostname: hostname of 65 bytes, at most 64 are allowed");
}

TEST_CASE("sysctl: both spellings are one path") {
  CHECK(sysctl_path("net.ipv4.ip_forward") == "net/ipv4/ip_forward");
  CHECK(sysctl_path("net/ipv4/conf/eno2.100/rp_filter") == "net/ipv4/conf/eno2.100/rp_filter");
  CHECK(sysctl_path("net.ipv4.conf.eno2/100.rp_filter") == "net/ipv4/conf/eno2.100/rp_filter");
}

TEST_CASE("sysctl: only what belongs to a namespace of the container") {
  const auto sysctl = [](const std::string& key, const std::string& namespaces, const std::string& top = "") {
    return with_namespaces(namespaces, "\"sysctl\":{\"" + key + "\":\"1\"}", top);
  };
  CHECK(sysctl("kernel.msgmax", R"({"type":"ipc"})") == "");
  CHECK(sysctl("fs.mqueue.msg_max", R"({"type":"ipc"})") == "");
  CHECK(sysctl("net/ipv4/ip_forward", R"({"type":"network"})") == "");
  CHECK(sysctl("kernel.domainname", R"({"type":"uts"})") == "");
  CHECK(sysctl("kernel.shm_rmid_forced", "") ==
        "/linux/sysctl/kernel.shm_rmid_forced: sysctl \"kernel.shm_rmid_forced\" is not allowed without a private ipc namespace");
  CHECK(sysctl("net.ipv4.ip_forward", "").ends_with("sysctl \"net.ipv4.ip_forward\" not allowed in host network namespace"));
  CHECK(sysctl("vm.swappiness", R"({"type":"ipc"})") ==
        "/linux/sysctl/vm.swappiness: sysctl \"vm.swappiness\" is not in a separate kernel namespace");
  CHECK(sysctl("kernel.msgmaxx", R"({"type":"ipc"})").ends_with("is not in a separate kernel namespace"));
  CHECK(sysctl("user.max_user_namespaces", "").find("without a private user namespace") != std::string::npos);
  CHECK(sysctl("kernel.hostname", R"({"type":"uts"})").find("conflicts with the OCI \"hostname\" field") != std::string::npos);
  CHECK(sysctl("kernel.domainname", R"({"type":"uts"})", R"("domainname":"d")")
            .ends_with("differs from the OCI \"domainname\" field"));
}

TEST_CASE("sysctl: a key cannot walk out of its namespace") {
  for (const char* key :
       {"net/../kernel/core_pattern", "net/./x", "net//x", "net..x", "net.x.", "", "/net/x", "net.ipv4.//.kernel"})
    CHECK(verdict_linux("\"sysctl\":{\"" + std::string(key) + "\":\"1\"}").find("/linux/sysctl/") == 0);
}

TEST_CASE("linux: hidden paths are absolute and need a mount namespace") {
  CHECK(verdict_linux(R"("maskedPaths":["/proc/x"],"readonlyPaths":["/proc/y"])") == "");
  CHECK(verdict_linux(R"("maskedPaths":["/a","proc/x"])") == "/linux/maskedPaths/1: path \"proc/x\" is not absolute");
  CHECK(verdict_linux(R"("readonlyPaths":[""])") == "/linux/readonlyPaths/0: path \"\" is not absolute");
  CHECK(with_namespaces("", R"("maskedPaths":["/x"])") ==
        "/linux/maskedPaths: unable to restrict sys entries without a private MNT namespace");
  CHECK(with_namespaces("", R"("readonlyPaths":["/x"])") ==
        "/linux/readonlyPaths: unable to restrict sys entries without a private MNT namespace");
  CHECK(with_namespaces("", R"("maskedPaths":[],"readonlyPaths":[])") == "");
  // A read-only root is a matter of our own mount of it.
  CHECK(verdict(R"({"ociVersion":"1.0.0","root":{"path":"r","readonly":true},"process":{"cwd":"/","args":["x"]}})") == "");
}

TEST_CASE("linux: propagation is one of eight words") {
  for (const char* word : {"shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable", ""})
    CHECK(verdict_linux("\"rootfsPropagation\":\"" + std::string(word) + "\"") == "");
  CHECK(verdict_linux(R"("rootfsPropagation":"ro")") == "/linux/rootfsPropagation: rootfsPropagation \"ro\" is not supported");
}

TEST_CASE("linux: devices have a type, an absolute path and numbers") {
  const auto device = [](const std::string& properties) { return verdict_linux("\"devices\":[{" + properties + "}]"); };
  CHECK(device(R"("type":"c","path":"/dev/x","major":1,"minor":3)") == "");
  CHECK(device(R"("type":"u","path":"/dev/x","major":1,"minor":3,"fileMode":8630)") == "");
  CHECK(device(R"("type":"p","path":"/run/fifo")") == "");
  CHECK(device(R"("type":"x","path":"/dev/x","major":1,"minor":3)") == "/linux/devices/0/type: invalid device type \"x\"");
  CHECK(device(R"("type":"","path":"/dev/x")") == "/linux/devices/0/type: invalid device type \"\"");
  CHECK(device(R"("type":"c","path":"dev/x","major":1,"minor":3)") ==
        "/linux/devices/0/path: device path \"dev/x\" is not absolute");
  CHECK(device(R"("type":"c","path":"/dev/..","major":1,"minor":3)") ==
        "/linux/devices/0/path: device path \"/dev/..\" is the root directory");
  CHECK(device(R"("type":"c","path":"/dev/x","minor":3)") == "/linux/devices/0: device \"/dev/x\" has no major number");
  CHECK(device(R"("type":"b","path":"/dev/x","major":3)") == "/linux/devices/0: device \"/dev/x\" has no minor number");
  CHECK(device(R"("type":"b","path":"/dev/x","major":4096,"minor":0)") ==
        "/linux/devices/0/major: expected integer 0..4095, found 4096");
  CHECK(device(R"("type":"b","path":"/dev/x","major":1,"minor":-1)") ==
        "/linux/devices/0/minor: expected integer 0..1048575, found -1");
}

TEST_CASE("linux: device rules say what they allow") {
  const auto rules = [](const std::string& list) { return verdict_linux("\"resources\":{\"devices\":[" + list + "]}"); };
  CHECK(rules(R"({"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"})") == "");
  CHECK(rules(R"({"allow":true,"type":"a","access":"rwm"},{"allow":false,"type":"c","major":1,"access":"m"})") == "");
  CHECK(rules(R"({"allow":false,"type":"c","major":10,"minor":229,"access":"rwm"})") == "");
  CHECK(rules(R"({"allow":false,"type":"u","access":"rwm"})") ==
        "/linux/resources/devices/0/type: invalid type \"u\" of a device rule");
  CHECK(rules(R"({"allow":false})") == "/linux/resources/devices/0: device access cannot be empty");
  CHECK(rules(R"({"allow":false,"access":""})") == "/linux/resources/devices/0/access: device access cannot be empty");
  CHECK(rules(R"({"allow":true,"access":"rx"})") == "/linux/resources/devices/0/access: invalid device access \"rx\"");
  CHECK(rules(R"({"allow":false,"access":"rx"})") == "");  // denies all
  CHECK(rules(R"({"allow":true,"type":"c","major":-2,"access":"r"})") ==
        "/linux/resources/devices/0/major: expected integer -1..4294967295, found -2");
  CHECK(rules(R"({"allow":false,"type":"c","major":1,"minor":3,"access":"rwx"})") == "");
}

TEST_CASE("linux: network devices need a network namespace and names that the kernel takes") {
  const auto devices = [](const std::string& list) { return verdict_linux("\"netDevices\":{" + list + "}"); };
  CHECK(devices(R"("eth0":{},"eth1":{"name":"ct%d"},"eth2":{"name":"ct%d"})") == "");
  CHECK(devices(R"("fifteen-letters":{})") == "");
  CHECK(devices(R"("sixteen--letters":{})").find("invalid network device name") != std::string::npos);
  CHECK(devices(R"("a/b":{"name":"fine"})") == "/linux/netDevices/a~1b: invalid network device name \"a/b\"");
  CHECK(devices(R"("eth0":{"name":"a/b"})") == "/linux/netDevices/eth0/name: invalid network device name \"a/b\"");
  CHECK(devices(R"("eth0":{"name":".."})").find("invalid") != std::string::npos);
  CHECK(devices(R"("eth0":{"name":"a b"})").find("invalid") != std::string::npos);
  CHECK(devices(R"("eth0":{},"eth1":{"name":"eth0"})") ==
        "/linux/netDevices/eth1/name: two network devices would be called \"eth0\"");
  CHECK(with_namespaces("", R"("netDevices":{"eth0":{}})") ==
        "/linux/netDevices: unable to move network devices without a NET namespace");
}

TEST_CASE("linux: memory policy needs the nodes that its mode needs") {
  const auto policy = [](const std::string& properties) { return verdict_linux("\"memoryPolicy\":{" + properties + "}"); };
  CHECK(policy(R"("mode":"MPOL_BIND","nodes":"0-1","flags":["MPOL_F_STATIC_NODES"])") == "");
  CHECK(policy(R"("mode":"MPOL_PREFERRED")") == "");
  CHECK(policy(R"("mode":"MPOL_DEFAULT","nodes":"")") == "");
  CHECK(policy("") == "/linux/memoryPolicy: invalid memory policy mode \"\"");
  CHECK(policy(R"("mode":"BIND")") == "/linux/memoryPolicy/mode: invalid memory policy mode \"BIND\"");
  CHECK(policy(R"("mode":"MPOL_BIND","nodes":"0","flags":["X"])") ==
        "/linux/memoryPolicy/flags/0: invalid memory policy flag \"X\"");
  CHECK(policy(R"("mode":"MPOL_BIND","nodes":"x")") == "/linux/memoryPolicy/nodes: invalid memory policy nodes \"x\"");
  CHECK(policy(R"("mode":"MPOL_LOCAL","nodes":"0-1")") ==
        "/linux/memoryPolicy/nodes: memory policy mode requires 0 nodes but got 2");
  CHECK(policy(R"("mode":"MPOL_INTERLEAVE")") == "/linux/memoryPolicy: memory policy mode requires at least one node but got 0");
  CHECK(policy(R"("mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES","MPOL_F_RELATIVE_NODES"])")
            .find("exclude each other") != std::string::npos);
}

TEST_CASE("linux: personality and resource director") {
  CHECK(verdict_linux(R"("personality":{"domain":"LINUX32"})") == "");
  CHECK(verdict_linux(R"("personality":{"domain":"BSD"})") == "/linux/personality/domain: invalid personality domain \"BSD\"");
  CHECK(verdict_linux(R"("personality":{"domain":"LINUX","flags":["X"]})") ==
        "/linux/personality/flags/0: personality flag \"X\" is not supported");
  CHECK(verdict_linux(R"("intelRdt":{"closID":"/","schemata":["L3:0=f"],"memBwSchema":"MB:0=20"})") == "");
  CHECK(verdict_linux(R"("intelRdt":{"closID":"a/b"})") == "/linux/intelRdt/closID: invalid intelRdt closID \"a/b\"");
  CHECK(verdict_linux(R"("intelRdt":{"closID":".."})") == "/linux/intelRdt/closID: invalid intelRdt closID \"..\"");
  CHECK(verdict_linux(R"("intelRdt":{"memBwSchema":"L3:0=f"})") ==
        "/linux/intelRdt/memBwSchema: memBwSchema does not begin with \"MB:\"");
  CHECK(verdict_linux(R"("intelRdt":{"memBwSchema":"MB:0=20\nL3:0=f"})") ==
        "/linux/intelRdt/memBwSchema: memBwSchema contains a newline");
  CHECK(verdict_linux(R"("intelRdt":{"l3CacheSchema":"L3:0=f\nMB:0=20"})") ==
        "/linux/intelRdt/l3CacheSchema: l3CacheSchema contains a newline");
  CHECK(verdict_linux(R"("intelRdt":{"schemata":["a","b\nc"]})") == "/linux/intelRdt/schemata/1: schema contains a newline");
}
