#include "overlay/overlay.h"

#include <catch2/catch.hpp>

#include "overlay/submounts.h"
#include "overlay/words.h"

using overlay::Request;
using Strings = std::vector<std::string>;

namespace {

config::Spec annotated(std::initializer_list<std::pair<const char*, const char*>> annotations) {
  config::Spec spec;
  for (const auto& [name, value] : annotations) spec.annotations.emplace_back(std::string("org.minc-oci.rootfs.") + name, value);
  return spec;
}

std::string refusal(std::initializer_list<std::pair<const char*, const char*>> annotations) {
  const auto request = overlay::read_annotations(annotated(annotations), "/bundle");
  return request ? "" : request.error().what;
}

}  // namespace

TEST_CASE("overlay: a config without the type annotation asks for nothing") {
  const auto request = overlay::read_annotations(annotated({{"lower", "[\"host\"]"}}), "/bundle");
  REQUIRE(request);
  REQUIRE_FALSE(*request);
}

TEST_CASE("overlay: lowers are the host, absolute, or relative to the bundle") {
  const auto request =
      overlay::read_annotations(annotated({{"type", "overlay"}, {"lower", R"(["top", "/srv/a:b,c/", "host"])"}}), "/bundle");
  REQUIRE(request);
  REQUIRE((*request)->lowers == Strings{"/bundle/top", "/srv/a:b,c", "/"});
  REQUIRE((*request)->upper == Request::Upper::tmpfs);
  REQUIRE((*request)->tmpfs_bytes == 0);
}

TEST_CASE("overlay: uppers") {
  const auto upper = [](const char* value) {
    return *overlay::read_annotations(annotated({{"type", "overlay"}, {"lower", "[\"host\"]"}, {"upper", value}}), "/b");
  };
  REQUIRE(upper("none")->upper == Request::Upper::none);
  REQUIRE(upper("tmpfs:512m")->tmpfs_bytes == 512U << 20);
  REQUIRE(upper("/var/up")->upper_directory == "/var/up");
  REQUIRE(upper("up")->work_directory == "/b/up.work");
}

TEST_CASE("overlay: a read-only root has no upper") {
  config::Spec spec = annotated({{"type", "overlay"}, {"lower", "[\"host\"]"}, {"upper", "tmpfs"}});
  spec.root = config::Root{"rootfs", true};
  REQUIRE((*overlay::read_annotations(spec, "/b"))->upper == Request::Upper::none);
}

TEST_CASE("overlay: what is not supported or unknown is refused by name") {
  REQUIRE(refusal({{"type", "aufs"}}) == "org.minc-oci.rootfs.type is not \"overlay\": \"aufs\"");
  REQUIRE(refusal({{"type", "overlay"}}) == "an overlay root needs the annotation org.minc-oci.rootfs.lower");
  REQUIRE(refusal({{"type", "overlay"}, {"lower", "/srv"}}) == "lower is no JSON array of directories: \"/srv\"");
  REQUIRE(refusal({{"type", "overlay"}, {"lower", "[]"}}) == "lower is no JSON array of directories: \"[]\"");
  REQUIRE(refusal({{"type", "overlay"}, {"upper", "layer"}}).starts_with("kept layers"));
  REQUIRE(refusal({{"type", "overlay"}, {"upper", "tmpfs:1x"}}) == "no size: \"tmpfs:1x\"");
  REQUIRE(refusal({{"type", "overlay"}, {"options", "lowerdir=/etc"}}) == "overlay option \"lowerdir\" is not allowed here");
  REQUIRE(refusal({{"type", "overlay"}, {"options", "index=maybe"}}) == "overlay option \"index=maybe\" has no such value");
  REQUIRE(refusal({{"type", "overlay"}, {"sumbounts", "ro"}}) == "unknown annotation \"org.minc-oci.rootfs.sumbounts\"");
}

TEST_CASE("overlay: the error of an annotation points at it") {
  const auto request = overlay::read_annotations(annotated({{"type", "overlay"}, {"submounts", "no"}}), "/b");
  REQUIRE(request.error().pointer == "/annotations/org.minc-oci.rootfs.submounts");
}

TEST_CASE("overlay: string lists") {
  REQUIRE(*overlay::read_string_list(" [ ] ") == Strings{});
  REQUIRE(*overlay::read_string_list(R"(["a\"b", "\u00e4\ud83d\ude00\n"])") == Strings{"a\"b", "\xc3\xa4\xf0\x9f\x98\x80\n"});
  for (const char* bad :
       {"", "[", "[\"a\"", "[\"a\",]", "[\"a\"] x", "[1]", "[\"\\u0000\"]", "[\"\\ud800\"]", "[\"\\x\"]", "[\"a\n\"]"})
    REQUIRE_FALSE(overlay::read_string_list(bad));
}

TEST_CASE("overlay: sizes") {
  REQUIRE(overlay::read_size("0") == 0U);
  REQUIRE(overlay::read_size("64K") == 65536U);
  REQUIRE(overlay::read_size("2g") == std::uint64_t{2} << 30);
  for (const char* bad : {"", "k", "-1", "1.5g", "1gb", "99999999999g"}) REQUIRE_FALSE(overlay::read_size(bad));
}

TEST_CASE("overlay: submounts are those with files, once each, uncovered ones only") {
  const char* mountinfo =
      "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
      "26 25 0:21 / /proc rw - proc proc rw\n"
      "27 25 0:22 / /dev rw - devtmpfs devtmpfs rw\n"
      "28 27 0:23 / /dev/shm rw - tmpfs tmpfs rw\n"
      "29 25 8:1 / /home rw,nosuid shared:2 master:3 - ext4 /dev/sda1 rw\n"
      "30 29 8:2 / /home/my\\040disk rw - xfs /dev/sdb rw\n"
      "31 25 8:3 / /mnt rw - ext4 /dev/sdc rw\n"
      "32 31 8:4 / /mnt/below rw - ext4 /dev/sdd rw\n"
      "33 31 8:5 / /mnt rw - ext4 /dev/sde rw\n"
      "34 25 0:40 / /var/lib/containers/overlay/x/merged rw - overlay overlay rw\n"
      "35 25 8:6 / /temporary rw - btrfs /dev/sdf rw\n";
  const auto paths = [mountinfo](const char* base) {
    Strings found;
    for (const auto& mount : overlay::find_submounts(mountinfo, base)) found.push_back(mount.path);
    return found;
  };
  REQUIRE(paths("/") == Strings{"/home", "/home/my disk", "/mnt", "/temporary"});
  REQUIRE(paths("/home") == Strings{"/home/my disk"});
  REQUIRE(paths("/hom") == Strings{});
}
