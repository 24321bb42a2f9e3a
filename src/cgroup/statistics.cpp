// cgroup/statistics.cpp: which files tell about a group, and what both versions have in common.
#include "cgroup/statistics.h"

#include "cgroup/numbers.h"
#include "cgroup/room.h"
#include "sys/directory.h"

namespace cgroup {
namespace {

template <class Act>
void for_each_name(int directory, Act act) {
  alignas(sys::DirectoryEntry) std::byte buffer[8192];
  for (;;) {
    const auto got = sys::getdents(directory, buffer);
    if (!got || *got == 0) return;
    for (std::size_t at = 0; at < *got;) {
      const auto* entry = reinterpret_cast<const sys::DirectoryEntry*>(buffer + at);
      act(std::string_view(entry->name));
      at += entry->size;
    }
  }
}

}  // namespace

Result<Statistics> read_statistics(const Group& group) {
  Tree tree;
  Statistics all;
  const bool v2 = group.size() == 1 && group.front().controllers.empty();
  for (const Member& member : group) {
    // A hybrid host's v2 tree counts nothing that v1 does not, but for huge pages where they moved there.
    if (!member.controllers.empty())
      read_statistics_v1(tree, member, all);
    else if (v2)
      read_statistics_v2(tree, member.directory, all);
  }
  return all;
}

std::vector<std::string> hugepage_sizes_of(Tree& tree, const std::string& directory, std::string_view suffix) {
  constexpr std::string_view kPrefix = "hugetlb.";
  std::vector<std::string> sizes;
  const auto opened = tree.open(directory, O_RDONLY | O_DIRECTORY);
  if (!opened) return sizes;
  for_each_name(opened->get(), [&](std::string_view name) {
    if (!name.starts_with(kPrefix) || !name.ends_with(suffix)) return;
    name.remove_prefix(kPrefix.size());
    name.remove_suffix(suffix.size());
    if (name.find('.') == name.npos) sizes.emplace_back(name);
  });
  return sizes;
}

std::optional<Pressures> pressures_of(std::string_view text) {
  if (text.empty()) return {};
  Pressures both;
  for_each_line(text, [&both](std::string_view line) {
    const auto words = words_of(line);
    if (words.empty() || (words[0] != "some" && words[0] != "full")) return;
    Pressure& one = words[0] == "some" ? both.some : both.full;
    for (const std::string_view word : words) {
      const std::size_t equals = word.find('=');
      if (equals == word.npos) continue;
      const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
      if (key == "total") one.total = number_of(value);
      double* average = key == "avg10" ? &one.avg10 : key == "avg60" ? &one.avg60 : key == "avg300" ? &one.avg300 : nullptr;
      if (average != nullptr) std::from_chars(value.data(), value.data() + value.size(), *average);
    }
  });
  return both;
}

}  // namespace cgroup
