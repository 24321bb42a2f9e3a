#include "config/names.h"

#include <catch2/catch.hpp>

#include "config/id_list.h"
#include "config/mount_options.h"

using namespace config;

TEST_CASE("names: found by their exact spelling, printed from their number") {
  CHECK(find(kNamespaceTypes, "mount")->number == 0x00020000);
  CHECK(find(kNamespaceTypes, "mnt") == nullptr);
  CHECK(find(kRlimits, "RLIMIT_NOFILE")->number == RLIMIT_NOFILE);
  CHECK(find(kRlimits, "rlimit_nofile") == nullptr);
  CHECK(find(kRlimits, "") == nullptr);
  CHECK(name_of(kSchedulerPolicies, 6) == "SCHED_DEADLINE");
  CHECK(name_of(kSchedulerPolicies, 99) == "");
}

TEST_CASE("mount options: the last word on an attribute wins") {
  AttributeChange change;
  for (const char* word : {"ro", "nosuid", "rw", "nodev", "dev", "nodev"}) change.apply(*find_mount_option(word));
  CHECK(change.set == (kAttrNosuid | kAttrNodev));
  CHECK(change.clear == kAttrReadonly);
}

TEST_CASE("mount options: access times are one field, and any change clears all of it") {
  AttributeChange change;
  change.apply(*find_mount_option("noatime"));
  CHECK(change.set == kAttrNoatime);
  CHECK(change.clear == kAttrAtimeMask);
  change.apply(*find_mount_option("nostrictatime"));
  CHECK(change.set == kAttrNoatime);
  change.apply(*find_mount_option("strictatime"));
  CHECK(change.set == kAttrStrictatime);
  change.apply(*find_mount_option("relatime"));
  CHECK(change.set == 0);
  change.apply(*find_mount_option("rnoatime"));
  change.apply(*find_mount_option("ratime"));
  CHECK(change.set == 0);
  CHECK(change.clear == kAttrAtimeMask);
}

TEST_CASE("mount options: words for the kernel are known, words for a filesystem are not") {
  CHECK(find_mount_option("defaults")->effect == Effect::nothing);
  CHECK(find_mount_option("rslave")->flag == (kMsSlave | kMsRec));
  CHECK(find_mount_option("mode=755") == nullptr);
  CHECK(find_mount_option("acl") == nullptr);
  CHECK(propagation_flags("shared") == kMsShared);
  CHECK(propagation_flags("runbindable") == (kMsUnbindable | kMsRec));
  CHECK(propagation_flags("ro") == 0);
}

TEST_CASE("id lists: numbers and ranges, blanks and empty items passed over") {
  const auto ranges = parse_id_list(" 0-3, ,7,, 9 - 10 ", kMaxCpu);
  REQUIRE(ranges);
  REQUIRE(ranges->size() == 3);
  CHECK(ranges->at(0).last == 3);
  CHECK(ranges->at(1).first == 7);
  CHECK(ranges->at(2).last == 10);
  for (const char* bad : {"", ",", " ", "3-1", "a", "1-", "-1", "1-2-3", "65537", "+1"}) CHECK_FALSE(parse_id_list(bad, kMaxCpu));
  CHECK(parse_id_list("65536", kMaxCpu));
}
