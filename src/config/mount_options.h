// config/mount_options.h: the words of mounts[].options that mean something by themselves; any other word is data for the
// filesystem. mount(8), mount_setattr(2), runtime-spec config.md "Linux mount options".
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "config/names.h"

namespace config {

// Numbers of the kernel, spelled here because <sys/mount.h> and <linux/mount.h> cannot be included together (glibc 2.36).
inline constexpr std::uint32_t kAttrReadonly = 0x01, kAttrNosuid = 0x02, kAttrNodev = 0x04, kAttrNoexec = 0x08;  // MOUNT_ATTR_*
inline constexpr std::uint32_t kAttrAtimeMask = 0x70, kAttrRelatime = 0x00, kAttrNoatime = 0x10, kAttrStrictatime = 0x20;
inline constexpr std::uint32_t kAttrNodiratime = 0x80, kAttrIdmap = 0x00100000, kAttrNosymfollow = 0x00200000;

inline constexpr std::uint32_t kMsReadonly = 1U << 0, kMsNosuid = 1U << 1, kMsNodev = 1U << 2, kMsNoexec = 1U << 3;  // MS_*
inline constexpr std::uint32_t kMsSynchronous = 1U << 4, kMsRemount = 1U << 5, kMsMandlock = 1U << 6, kMsDirsync = 1U << 7;
inline constexpr std::uint32_t kMsNosymfollow = 1U << 8, kMsNoatime = 1U << 10, kMsNodiratime = 1U << 11, kMsBind = 1U << 12;
inline constexpr std::uint32_t kMsRec = 1U << 14, kMsSilent = 1U << 15, kMsUnbindable = 1U << 17, kMsPrivate = 1U << 18;
inline constexpr std::uint32_t kMsSlave = 1U << 19, kMsShared = 1U << 20, kMsRelatime = 1U << 21, kMsIversion = 1U << 23;
inline constexpr std::uint32_t kMsStrictatime = 1U << 24, kMsLazytime = 1U << 25;

enum class Effect : std::uint8_t {
  set_flag,         // `attribute` is set on the mount itself; without one, `flag` is of the superblock (sync, lazytime ...)
  clear_flag,       // the same, cleared
  recursive_set,    // `attribute` is set on the mount and all below it
  recursive_clear,  // the same, cleared
  propagation,      // `flag`: MS_SHARED ..., with MS_REC for the whole tree; applied after the mount, one after the other
  bind,             // the mount is a bind
  rbind,            // the same, with submounts
  remount,          // the mount that is already there gets these options
  copy_up,          // tmpcopyup: a tmpfs that begins with what lies below it
  copy_symlink,     // a bind whose source is a symlink: the same link is made instead
  source_nofollow,  // a symlink at the end of the source is bound itself
  target_nofollow,  // a symlink at the end of the destination is covered itself
  idmap,            // the mount shows mapped ids
  ridmap,           // the same, and so does everything below it
  nothing,          // defaults
};

struct MountOption {
  std::string_view name;
  Effect effect = Effect::nothing;
  std::uint32_t attribute = 0;  // MOUNT_ATTR_*; relatime is 0
  std::uint32_t flag = 0;       // MS_* as mount(2) takes it
  bool changes_atime = false;   // the access time is one field of three values, not a bit: `change` knows
};

// What a row of words makes of the attributes of one mount or tree: what to set and what to clear, as mount_setattr(2) wants it.
struct AttributeChange {
  std::uint32_t set = 0, clear = 0;

  // Later words win over earlier ones. For words with `attribute` or `changes_atime` only.
  constexpr void apply(const MountOption& option) {
    const bool setting = option.effect == Effect::set_flag || option.effect == Effect::recursive_set;
    if (option.changes_atime) {
      // mount_setattr(2) wants the whole field cleared whenever it changes. A clearing word undoes only its own value:
      // "noatime,nostrictatime" stays noatime.
      clear |= kAttrAtimeMask;
      if (setting)
        set = (set & ~kAttrAtimeMask) | option.attribute;
      else if ((set & kAttrAtimeMask) == option.attribute)
        set &= ~kAttrAtimeMask;
    } else if (setting) {
      set |= option.attribute, clear &= ~option.attribute;
    } else {
      set &= ~option.attribute, clear |= option.attribute;
    }
  }
};

inline constexpr std::array kMountOptions{
    MountOption{"async", Effect::clear_flag, 0, kMsSynchronous},
    MountOption{"atime", Effect::clear_flag, kAttrNoatime, kMsNoatime, true},
    MountOption{"bind", Effect::bind, 0, kMsBind},
    MountOption{"copy-symlink", Effect::copy_symlink},
    MountOption{"defaults", Effect::nothing},
    MountOption{"dest-nofollow", Effect::target_nofollow},
    MountOption{"dev", Effect::clear_flag, kAttrNodev, kMsNodev},
    MountOption{"diratime", Effect::clear_flag, kAttrNodiratime, kMsNodiratime},
    MountOption{"dirsync", Effect::set_flag, 0, kMsDirsync},
    MountOption{"exec", Effect::clear_flag, kAttrNoexec, kMsNoexec},
    MountOption{"idmap", Effect::idmap, kAttrIdmap},
    MountOption{"iversion", Effect::set_flag, 0, kMsIversion},
    MountOption{"lazytime", Effect::set_flag, 0, kMsLazytime},
    MountOption{"loud", Effect::clear_flag, 0, kMsSilent},
    MountOption{"mand", Effect::set_flag, 0, kMsMandlock},  // no effect since Linux 5.15
    MountOption{"noatime", Effect::set_flag, kAttrNoatime, kMsNoatime, true},
    MountOption{"nodev", Effect::set_flag, kAttrNodev, kMsNodev},
    MountOption{"nodiratime", Effect::set_flag, kAttrNodiratime, kMsNodiratime},
    MountOption{"noexec", Effect::set_flag, kAttrNoexec, kMsNoexec},
    MountOption{"noiversion", Effect::clear_flag, 0, kMsIversion},
    MountOption{"nolazytime", Effect::clear_flag, 0, kMsLazytime},
    MountOption{"nomand", Effect::clear_flag, 0, kMsMandlock},
    MountOption{"norelatime", Effect::clear_flag, kAttrRelatime, kMsRelatime, true},
    MountOption{"nostrictatime", Effect::clear_flag, kAttrStrictatime, kMsStrictatime, true},
    MountOption{"nosuid", Effect::set_flag, kAttrNosuid, kMsNosuid},
    MountOption{"nosymfollow", Effect::set_flag, kAttrNosymfollow, kMsNosymfollow},  // Linux 5.10; as attribute 5.14
    MountOption{"private", Effect::propagation, 0, kMsPrivate},
    MountOption{"ratime", Effect::recursive_clear, kAttrNoatime, 0, true},
    MountOption{"rbind", Effect::rbind, 0, kMsBind | kMsRec},
    MountOption{"rdev", Effect::recursive_clear, kAttrNodev},
    MountOption{"rdiratime", Effect::recursive_clear, kAttrNodiratime},
    MountOption{"relatime", Effect::set_flag, kAttrRelatime, kMsRelatime, true},
    MountOption{"remount", Effect::remount, 0, kMsRemount},
    MountOption{"rexec", Effect::recursive_clear, kAttrNoexec},
    MountOption{"ridmap", Effect::ridmap, kAttrIdmap},
    MountOption{"rnoatime", Effect::recursive_set, kAttrNoatime, 0, true},
    MountOption{"rnodev", Effect::recursive_set, kAttrNodev},
    MountOption{"rnodiratime", Effect::recursive_set, kAttrNodiratime},
    MountOption{"rnoexec", Effect::recursive_set, kAttrNoexec},
    MountOption{"rnorelatime", Effect::recursive_clear, kAttrRelatime, 0, true},
    MountOption{"rnostrictatime", Effect::recursive_clear, kAttrStrictatime, 0, true},
    MountOption{"rnosuid", Effect::recursive_set, kAttrNosuid},
    MountOption{"rnosymfollow", Effect::recursive_set, kAttrNosymfollow},
    MountOption{"ro", Effect::set_flag, kAttrReadonly, kMsReadonly},
    MountOption{"rprivate", Effect::propagation, 0, kMsPrivate | kMsRec},
    MountOption{"rrelatime", Effect::recursive_set, kAttrRelatime, 0, true},
    MountOption{"rro", Effect::recursive_set, kAttrReadonly},
    MountOption{"rrw", Effect::recursive_clear, kAttrReadonly},
    MountOption{"rshared", Effect::propagation, 0, kMsShared | kMsRec},
    MountOption{"rslave", Effect::propagation, 0, kMsSlave | kMsRec},
    MountOption{"rstrictatime", Effect::recursive_set, kAttrStrictatime, 0, true},
    MountOption{"rsuid", Effect::recursive_clear, kAttrNosuid},
    MountOption{"rsymfollow", Effect::recursive_clear, kAttrNosymfollow},
    MountOption{"runbindable", Effect::propagation, 0, kMsUnbindable | kMsRec},
    MountOption{"rw", Effect::clear_flag, kAttrReadonly, kMsReadonly},
    MountOption{"shared", Effect::propagation, 0, kMsShared},
    MountOption{"silent", Effect::set_flag, 0, kMsSilent},
    MountOption{"slave", Effect::propagation, 0, kMsSlave},
    MountOption{"src-nofollow", Effect::source_nofollow},
    MountOption{"strictatime", Effect::set_flag, kAttrStrictatime, kMsStrictatime, true},
    MountOption{"suid", Effect::clear_flag, kAttrNosuid, kMsNosuid},
    MountOption{"symfollow", Effect::clear_flag, kAttrNosymfollow, kMsNosymfollow},
    MountOption{"sync", Effect::set_flag, 0, kMsSynchronous},
    MountOption{"tmpcopyup", Effect::copy_up},
    MountOption{"unbindable", Effect::propagation, 0, kMsUnbindable},
};
static_assert(sorted(kMountOptions));

constexpr const MountOption* find_mount_option(std::string_view word) { return find(kMountOptions, word); }

// linux.rootfsPropagation → MS_* with MS_REC for the r-forms; 0 = no such word.
constexpr std::uint32_t propagation_flags(std::string_view word) {
  const MountOption* option = find_mount_option(word);
  return option != nullptr && option->effect == Effect::propagation ? option->flag : 0;
}

// A mount is a bind when it says so by a word or by its type (engines write type "bind" without the word too).
template <class Mount>
bool is_bind(const Mount& mount) {
  if (mount.type && *mount.type == "bind") return true;
  for (const auto& word : mount.options)
    if (word == "bind" || word == "rbind") return true;
  return false;
}

}  // namespace config
