#include "container/locked_flags.h"

#include <catch2/catch.hpp>

#include "sys/mount.h"

namespace {

plan::Attributes of_top(std::uint32_t set, std::uint32_t clear, std::uint32_t implied = 0) {
  return {set, clear, 0, 0, {}, 0, implied};
}
plan::Attributes of_tree(std::uint32_t set, std::uint32_t clear) { return {0, 0, set, clear, {}, 0}; }

constexpr std::string_view kMounts =
    "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "40 29 8:2 / /srv/my\\040disk/below ro,noatime - xfs /dev/sdb rw\n"
    "29 25 8:1 / /srv/my\\040disk rw,nosuid,noatime shared:2 - ext4 /dev/sda1 ro\n"
    "30 25 8:3 / /srv/other ro,nodev - xfs /dev/sdb rw\n"
    "31 30 8:3 / /srv/other/strict rw,nodiratime - xfs /dev/sdb rw\n";

std::string found(std::uint64_t mount, std::string_view source, bool recursive, const plan::Attributes& attributes) {
  const container::LockedFlag locked = container::find_locked_flag(kMounts, mount, source, recursive, attributes);
  return locked.changes == 0 ? "" : locked.place + ": " + std::string(container::locked_word(locked.changes));
}

}  // namespace

TEST_CASE("locked flags: a flag that is taken off, and any change of the access time") {
  const std::uint32_t before = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME;
  CHECK(container::locked_changes(before, of_top(0, MOUNT_ATTR_RDONLY), true) == MOUNT_ATTR_RDONLY);
  CHECK(container::locked_changes(before, of_top(0, 0, MOUNT_ATTR_NODEV), true) == MOUNT_ATTR_NODEV);
  CHECK(container::locked_changes(before, of_top(0, MOUNT_ATTR_RDONLY), false) == 0);  // another mount's
  CHECK(container::locked_changes(before, of_tree(0, MOUNT_ATTR_RDONLY), false) == MOUNT_ATTR_RDONLY);
  CHECK(container::locked_changes(before, of_top(MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC), true) == 0);
  CHECK(container::locked_changes(before, of_top(MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME), true) == 0);
  CHECK(container::locked_changes(before, of_top(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME), true) != 0);
  CHECK(container::locked_changes(before, of_top(MOUNT_ATTR_NODIRATIME, 0), true) == MOUNT_ATTR_NODIRATIME);
}

TEST_CASE("locked flags: what statfs tells") {
  CHECK(container::attributes_of_statfs(0x1000 | 1 | 2) == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_RELATIME));
  CHECK(container::attributes_of_statfs(0x400 | 0x800) == (MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME));
  CHECK(container::attributes_of_statfs(4 | 8) == (MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_STRICTATIME));
}

TEST_CASE("locked flags: the mount is named, and so is one below it") {
  const plan::Attributes rw = of_top(0, MOUNT_ATTR_RDONLY), rrw = of_tree(0, MOUNT_ATTR_RDONLY);
  CHECK(found(30, "/srv/other", false, rw) == "/srv/other: ro");
  CHECK(found(29, "/srv/my disk", true, rw).empty());  // the filesystem is read-only, the mount is not
  CHECK(found(29, "/srv/my disk", false, rrw).empty());
  CHECK(found(29, "/srv/my disk", true, rrw) == "/srv/my disk/below: ro");
  CHECK(found(29, "/srv/my disk/elsewhere", true, rrw).empty());
  CHECK(found(25, "/", true, rrw) != "");
  CHECK(found(25, "/home", true, rrw).empty());
  CHECK(found(31, "/srv/other/strict", false, of_top(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME)).empty());
  CHECK(found(31, "/srv/other/strict", false, of_top(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME)) ==
        "/srv/other/strict: the access time");
}
