#include "overlay/submounts.h"

#include <algorithm>
#include <array>

#include "support/mountinfo.h"

namespace overlay {
namespace {

constexpr std::array<std::string_view, 25> kKernelTypes{
    "autofs",   "binder",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2", "configfs", "debugfs", "devpts",
    "devtmpfs", "efivarfs", "functionfs",  "fusectl",    "hugetlbfs",  "mqueue",  "nfsd",     "nsfs",    "overlay",
    "proc",     "pstore",   "resctrl",     "rpc_pipefs", "securityfs", "sysfs",   "tracefs"};
static_assert(std::ranges::is_sorted(kKernelTypes));
constexpr std::array<std::string_view, 5> kFreshInside{"/dev", "/proc", "/run", "/sys", "/tmp"};

bool is_below_or_same(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_wanted(const Submount& mount, std::string_view base) {
  const std::string_view prefix = base == "/" ? std::string_view{} : base;
  if (!is_below_or_same(mount.path, prefix) || mount.path.size() <= std::max(prefix.size(), std::size_t{1})) return false;
  const std::string_view inside = std::string_view(mount.path).substr(prefix.size());
  if (std::ranges::any_of(kFreshInside, [inside](std::string_view fresh) { return is_below_or_same(inside, fresh); })) return false;
  return !std::ranges::binary_search(kKernelTypes, mount.type);
}

}  // namespace

std::vector<Submount> find_submounts(std::string_view table, std::string_view base) {
  std::vector<Submount> all;
  while (const auto line = mountinfo::next(table)) {
    Submount mount{mountinfo::unescape(line->point), std::string(line->type)};
    // What is listed later lies on top: it covers the same place and all below it that came before.
    std::erase_if(all,
                  [&mount](const Submount& older) { return is_below_or_same(older.path, mount.path == "/" ? "" : mount.path); });
    all.push_back(std::move(mount));
  }
  std::erase_if(all, [base](const Submount& mount) { return !is_wanted(mount, base); });
  return all;
}

}  // namespace overlay
