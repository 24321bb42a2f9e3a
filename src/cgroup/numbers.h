// cgroup/numbers.h: the few formats that the statistics files have. Lines that fit none are passed over: newer kernels add some.
#pragma once
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "cgroup/statistics.h"
#include "cgroup/tree.h"

namespace cgroup {

inline constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

// `act(line)` for each line.
template <class Act>
void for_each_line(std::string_view text, Act act) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
    act(line);
  }
}
// Between any of `separators`; empty ones left out.
inline std::vector<std::string_view> words_of(std::string_view line, std::string_view separators = " ") {
  std::vector<std::string_view> words;
  for (std::size_t begin = line.find_first_not_of(separators); begin != line.npos;) {
    const std::size_t end = line.find_first_of(separators, begin);
    words.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(separators, end);
  }
  return words;
}

// "max" is kNoLimit; a negative number (v1 counts below zero for a moment) and no number at all are 0.
inline std::uint64_t number_of(std::string_view word) {
  if (word.starts_with("max")) return kNoLimit;
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

// The number in a file of one; nothing when there is no such file.
inline std::optional<std::uint64_t> read_number(Tree& tree, const std::string& path) {
  const auto text = tree.read(path);
  return text ? std::optional(number_of(*text)) : std::nullopt;
}
// All of a file, "" when there is none.
inline std::string read_text(Tree& tree, const std::string& path) {
  const auto file = tree.open(path, O_RDONLY);
  auto text = file ? read_all(file->get()) : sys::Result<std::string>();
  return text ? *std::move(text) : std::string();
}

// statistics_pressure.cpp: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full".
std::optional<Pressures> pressures_of(std::string_view text);

void read_statistics_v1(Tree& tree, const Member& member, Statistics& all);
void read_statistics_v2(Tree& tree, const std::string& directory, Statistics& all);
// "hugetlb.2MB.rsvd.usage_in_bytes", "hugetlb.2MB.current" ...: the page sizes that `directory` has files for.
std::vector<std::string> hugepage_sizes_of(Tree& tree, const std::string& directory, std::string_view suffix);

}  // namespace cgroup
