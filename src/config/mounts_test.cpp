#include <catch2/catch.hpp>

#include "config/samples.h"

using namespace config;
using samples::verdict;

namespace {

std::string mount(const std::string& properties, const std::string& more_namespaces = "") {
  samples::Parts parts;
  parts.top = "\"mounts\":[{" + properties + "}]";
  parts.namespaces += more_namespaces;
  if (!more_namespaces.empty())
    parts.linux_ =
        R"("uidMappings":[{"containerID":0,"hostID":1000,"size":10}],"gidMappings":[{"containerID":0,"hostID":1000,"size":10}])";
  return verdict(parts);
}

constexpr char kUser[] = R"(,{"type":"user"})";

}  // namespace

TEST_CASE("mounts: a destination that is neither empty nor the root") {
  CHECK(mount(R"("destination":"mnt","type":"tmpfs")") == "");
  CHECK(mount(R"("destination":"","type":"tmpfs")") == "/mounts/0/destination: mount destination must not be empty");
  CHECK(mount(R"("destination":"/","type":"tmpfs")") == "/mounts/0/destination: mount destination \"/\" is on the top of rootfs");
  CHECK(mount(R"("destination":"/a/../..","type":"tmpfs")").ends_with("is on the top of rootfs"));
}

TEST_CASE("mounts: procfs is covered only where that is known to be harmless") {
  CHECK(mount(R"("destination":"/proc","type":"proc")") == "");
  CHECK(mount(R"("destination":"/proc","type":"bind","source":"/proc","options":["rbind"])") == "");
  CHECK(mount(R"("destination":"/proc","type":"tmpfs")") ==
        "/mounts/0/type: \"/proc\" cannot be mounted because it is not of type proc");
  CHECK(mount(R"("destination":"proc/","type":"tmpfs")").ends_with("cannot be mounted because it is not of type proc"));
  for (const char* file : {"cpuinfo", "meminfo", "uptime", "loadavg", "stat", "swaps", "diskstats", "slabinfo",
                           "sys/kernel/ns_last_pid", "sys/crypto/fips_enabled"})
    CHECK(mount("\"destination\":\"/proc/" + std::string(file) + "\",\"source\":\"/x\",\"options\":[\"bind\"]") == "");
  for (const char* file : {"self/attr", "sys", "sys/kernel", "bus", "x", "cpuinfo/x", "../proc/sys/net"})
    CHECK(mount("\"destination\":\"/proc/" + std::string(file) + "\",\"type\":\"tmpfs\"")
              .ends_with("cannot be mounted because it is inside /proc"));
  CHECK(mount(R"("destination":"/process","type":"tmpfs")") == "");
}

TEST_CASE("mounts: what is no bind has a type, what is one has a source") {
  CHECK(mount(R"("destination":"/a","source":"x")") == "/mounts/0: mount on \"/a\" has no type");
  CHECK(mount(R"("destination":"/a","source":"x","options":["bind"])") == "");
  CHECK(mount(R"("destination":"/a","source":"x","type":"none","options":["rbind"])") == "");
  CHECK(mount(R"("destination":"/a","type":"bind","options":["ro"])") == "/mounts/0: bind mount on \"/a\" has no source");
}

TEST_CASE("mounts: a bind takes words of the kernel only") {
  CHECK(mount(R"("destination":"/a","source":"/x","options":["bind","rprivate","ro","rro","noatime","defaults",""])") == "");
  CHECK(mount(R"("destination":"/a","source":"/x","options":["bind","mode=755"])") ==
        "/mounts/0/options/1: bind mounts cannot have any filesystem-specific options applied: \"mode=755\"");
  CHECK(mount(R"("destination":"/a","type":"tmpfs","options":["mode=755","nosuid"])") == "");
}

TEST_CASE("mounts: tmpcopyup needs a tmpfs") {
  CHECK(mount(R"("destination":"/a","type":"tmpfs","options":["tmpcopyup"])") == "");
  CHECK(mount(R"("destination":"/a","type":"ramfs","options":["tmpcopyup"])") ==
        "/mounts/0/options/0: tmpcopyup works with tmpfs only");
}

TEST_CASE("mounts: words about links are for new binds, a copied link for itself") {
  const std::string bind = R"("destination":"/a","source":"/x","options":)";
  CHECK(mount(bind + R"(["bind","src-nofollow","dest-nofollow"])") == "");
  CHECK(mount(bind + R"(["bind","copy-symlink"])") == "");
  for (const std::string word : {"copy-symlink", "src-nofollow", "dest-nofollow"}) {
    CHECK(mount("\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"" + word + "\"]") ==
          "/mounts/0/options/0: " + word + " works with new bind mounts only");
    CHECK(mount(bind + "[\"bind\",\"remount\",\"" + word + "\"]") ==
          "/mounts/0/options/2: " + word + " works with new bind mounts only");
  }
  for (const std::string word : {"src-nofollow", "dest-nofollow"})
    CHECK(mount(bind + "[\"bind\",\"copy-symlink\",\"" + word + "\"]") ==
          "/mounts/0/options/2: copy-symlink makes no mount of a link: " + word + " has no meaning beside it");
}

TEST_CASE("mounts: mapped ids come in pairs, or from the user namespace, and for binds only") {
  const std::string bind = R"("destination":"/a","source":"/x","options":["bind"])",
                    one = R"([{"containerID":0,"hostID":5,"size":1}])";
  CHECK(mount(bind + ",\"uidMappings\":" + one + ",\"gidMappings\":" + one) == "");
  CHECK(mount(bind + ",\"uidMappings\":[],\"gidMappings\":[]") == "");
  CHECK(mount(bind + ",\"uidMappings\":" + one) ==
        "/mounts/0/uidMappings: id-mapped mounts must have both uidMappings and gidMappings");
  CHECK(mount(bind + ",\"gidMappings\":" + one) ==
        "/mounts/0/gidMappings: id-mapped mounts must have both uidMappings and gidMappings");
  CHECK(mount(R"("destination":"/a","source":"/x","options":["bind","idmap"])")
            .starts_with("/mounts/0/options: id-mapped mounts need"));
  CHECK(mount(R"("destination":"/a","source":"/x","options":["rbind","ridmap"])", kUser) == "");
  CHECK(mount(R"("destination":"/a","type":"tmpfs","options":["idmap"])", kUser) ==
        "/mounts/0/options/0: id-mapped mounts are only supported for bind mounts");
  CHECK(mount("\"destination\":\"/a\",\"type\":\"tmpfs\",\"uidMappings\":" + one + ",\"gidMappings\":" + one) ==
        "/mounts/0/uidMappings: id-mapped mounts are only supported for bind mounts");
  CHECK(mount(bind + ",\"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":0}],\"gidMappings\":" + one) ==
        "/mounts/0/uidMappings/0/size: id mapping of size 0");
  CHECK(mount(bind + ",\"uidMappings\":" + one + ",\"gidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":0}]") ==
        "/mounts/0/gidMappings/0/size: id mapping of size 0");
}
