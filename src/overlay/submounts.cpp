#include "overlay/submounts.h"

#include <algorithm>
#include <array>

namespace overlay {
namespace {

constexpr std::array<std::string_view, 25> kKernelTypes{
    "autofs",   "binder",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2", "configfs", "debugfs", "devpts",
    "devtmpfs", "efivarfs", "functionfs",  "fusectl",    "hugetlbfs",  "mqueue",  "nfsd",     "nsfs",    "overlay",
    "proc",     "pstore",   "resctrl",     "rpc_pipefs", "securityfs", "sysfs",   "tracefs"};
static_assert(std::ranges::is_sorted(kKernelTypes));
constexpr std::array<std::string_view, 5> kFreshInside{"/dev", "/proc", "/run", "/sys", "/tmp"};

std::string_view next_word(std::string_view& line) {
  const std::size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  line = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
  return word;
}

// "\040" for a blank, as the kernel writes names.
std::string unescape(std::string_view name) {
  std::string plain;
  const auto octal = [](char digit) { return digit >= '0' && digit <= '7'; };
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 3 < name.size() && octal(name[i + 1]) && octal(name[i + 2]) && octal(name[i + 3])) {
      plain.push_back(static_cast<char>((name[i + 1] - '0') << 6 | (name[i + 2] - '0') << 3 | (name[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(name[i]);
    }
  }
  return plain;
}

bool is_below_or_same(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// "ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [OPTIONAL] - TYPE SOURCE SUPER": place and type.
Submount read_line(std::string_view line) {
  for (int skipped = 0; skipped < 4; ++skipped) next_word(line);
  std::string place = unescape(next_word(line));
  while (!line.empty() && next_word(line) != "-") continue;
  return {std::move(place), std::string(next_word(line))};
}

bool is_wanted(const Submount& mount, std::string_view base) {
  const std::string_view prefix = base == "/" ? std::string_view{} : base;
  if (!is_below_or_same(mount.path, prefix) || mount.path.size() <= std::max(prefix.size(), std::size_t{1})) return false;
  const std::string_view inside = std::string_view(mount.path).substr(prefix.size());
  if (std::ranges::any_of(kFreshInside, [inside](std::string_view fresh) { return is_below_or_same(inside, fresh); })) return false;
  return !std::ranges::binary_search(kKernelTypes, mount.type);
}

}  // namespace

std::vector<Submount> find_submounts(std::string_view mountinfo, std::string_view base) {
  std::vector<Submount> all;
  while (!mountinfo.empty()) {
    const std::size_t end = mountinfo.find('\n');
    Submount mount = read_line(mountinfo.substr(0, end));
    mountinfo = end == std::string_view::npos ? std::string_view{} : mountinfo.substr(end + 1);
    // What is listed later lies on top: it covers the same place and all below it that came before.
    std::erase_if(all,
                  [&mount](const Submount& older) { return is_below_or_same(older.path, mount.path == "/" ? "" : mount.path); });
    all.push_back(std::move(mount));
  }
  std::erase_if(all, [base](const Submount& mount) { return !is_wanted(mount, base); });
  return all;
}

}  // namespace overlay
