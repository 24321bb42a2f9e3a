#include "container/locked_flags.h"

#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <vector>

#include "support/mountinfo.h"
#include "sys/mount.h"

namespace container {
namespace {

struct FlagWord {
  std::string_view word;
  std::uint32_t attribute;
};
constexpr std::array kLockable{FlagWord{"ro", MOUNT_ATTR_RDONLY}, FlagWord{"nosuid", MOUNT_ATTR_NOSUID},
                               FlagWord{"nodev", MOUNT_ATTR_NODEV}, FlagWord{"noexec", MOUNT_ATTR_NOEXEC}};
constexpr std::uint32_t kAccessTimes = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;

struct MountLine {
  std::uint64_t id = 0, parent = 0;
  std::string place;
  std::uint32_t attributes = 0;
};

std::string_view next_field(std::string_view& rest, char end) {
  const std::size_t found = rest.find(end);
  const std::string_view field = rest.substr(0, found);
  rest = found == std::string_view::npos ? std::string_view{} : rest.substr(found + 1);
  return field;
}

// "rw,nosuid,relatime": neither noatime nor relatime is strictatime.
std::uint32_t attributes_of_options(std::string_view options) {
  std::uint32_t attributes = 0, atime = MOUNT_ATTR_STRICTATIME;
  while (!options.empty()) {
    const std::string_view word = next_field(options, ',');
    for (const FlagWord& flag : kLockable)
      if (word == flag.word) attributes |= flag.attribute;
    if (word == "nodiratime") attributes |= MOUNT_ATTR_NODIRATIME;
    if (word == "noatime") atime = MOUNT_ATTR_NOATIME;
    if (word == "relatime") atime = MOUNT_ATTR_RELATIME;
  }
  return attributes | atime;
}

MountLine read_line(const mountinfo::Line& line) {
  return {line.id, line.parent, mountinfo::unescape(line.point), attributes_of_options(line.options)};
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

std::uint32_t attributes_of_statfs(long flags) {
  constexpr long kNoatime = 0x400, kNodiratime = 0x800, kRelatime = 0x1000;  // ST_*, linux/statfs.h
  std::uint32_t attributes = static_cast<std::uint32_t>(flags) &             // the lowest four are the same bits
                             (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if ((flags & kNodiratime) != 0) attributes |= MOUNT_ATTR_NODIRATIME;
  if ((flags & kNoatime) != 0) return attributes | MOUNT_ATTR_NOATIME;
  return attributes | ((flags & kRelatime) != 0 ? MOUNT_ATTR_RELATIME : MOUNT_ATTR_STRICTATIME);
}

std::uint32_t locked_changes(std::uint32_t before, const plan::Attributes& attributes, bool top) {
  std::uint32_t after = (before & ~attributes.tree_clear) | attributes.tree_set;
  if (top) after = (after & ~(attributes.top_clear | attributes.top_implied)) | attributes.top_set;
  std::uint32_t changes = (before ^ after) & kAccessTimes;
  for (const FlagWord& flag : kLockable) changes |= before & ~after & flag.attribute;
  return changes;
}

std::string_view locked_word(std::uint32_t changes) {
  const auto* found = std::ranges::find_if(kLockable, [changes](const FlagWord& flag) { return (changes & flag.attribute) != 0; });
  return found == kLockable.end() ? "the access time" : found->word;
}

LockedFlag find_locked_flag(std::string_view table, std::uint64_t mount, std::string_view source, bool recursive,
                            const plan::Attributes& attributes) {
  std::vector<MountLine> lines;
  while (const auto line = mountinfo::next(table)) lines.push_back(read_line(*line));
  std::ranges::sort(lines, {}, &MountLine::parent);
  std::vector<const MountLine*> tree;
  for (const MountLine& line : lines)
    if (line.id == mount) tree.push_back(&line);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const std::uint32_t changes = locked_changes(tree[i]->attributes, attributes, i == 0);
    if (changes != 0) return {tree[i]->place, changes};
    if (!recursive) break;
    for (const MountLine& below : std::ranges::equal_range(lines, tree[i]->id, {}, &MountLine::parent))
      if (below.id != tree[i]->id && is_below(below.place, source)) tree.push_back(&below);
  }
  return {};
}

}  // namespace container
