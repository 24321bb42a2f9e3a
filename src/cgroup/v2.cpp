// cgroup/v2.cpp: what only the unified hierarchy needs before a group can be used: controllers handed down level by level, threaded
// groups, and a group given to the container's user. Documentation/admin-guide/cgroup-v2.rst.
#include <algorithm>

#include "cgroup/room.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kNotSupported = 95 /* EOPNOTSUPP */;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

// All at once, or one by one where a level cannot have some of them. What fails here is told by the write that needs it.
bool enable_at(Tree& tree, const std::string& level, const std::vector<std::string_view>& controllers) {
  std::string all;
  for (const std::string_view controller : controllers) all.append(all.empty() ? "+" : " +").append(controller);
  const auto written = tree.write(level + "/cgroup.subtree_control", all);
  if (written) return true;
  for (const std::string_view controller : controllers)
    if (!tree.write(level + "/cgroup.subtree_control", std::string("+").append(controller))) continue;
  return written.error().code != kNotSupported;
}

// Below a threaded group a new group can hold nothing until it is threaded itself, and then it has no memory, io or hugetlb.
Result<> follow_threaded_parent(Tree& tree, const std::string& directory, bool domain_controllers) {
  const std::string file = directory + "/cgroup.type";
  const std::string type = TRY_DOING("read " + file, tree.read(file));
  if (type == "domain" || type == "threaded") return {};
  if (domain_controllers)
    return fail("cannot enter cgroup " + directory + " with domain controllers: its mode is \"" + type + "\"",
                "/linux/cgroupsPath");
  if (type == "domain invalid") TRY_DOING("making cgroup " + directory + " threaded", tree.write(file, "threaded"));
  return {};
}

}  // namespace

Result<> enable_controllers(Tree& tree, const plan::CgroupDirectory& directory, bool domain_controllers) {
  const std::string leaf = directory.directory();
  if (leaf == directory.mount_point) return {};
  const auto available = tree.read(directory.mount_point + "/cgroup.controllers");
  const auto reached = tree.read(leaf + "/cgroup.controllers");
  if (!available || (reached && *reached == *available)) return {};  // the usual case on a host that ran containers before
  bool domain = true;
  const std::vector<std::string_view> controllers = words_of(*available);
  for (std::size_t end = directory.mount_point.size(); end != std::string::npos && end < leaf.size(); end = leaf.find('/', end + 1))
    domain = enable_at(tree, leaf.substr(0, end), controllers);
  return domain ? Result<>{} : follow_threaded_parent(tree, leaf, domain_controllers);
}

Result<> give_away(Tree& tree, const std::string& directory, std::uint32_t uid) {
  const sys::UniqueFd fd = TRY_DOING("open " + directory, tree.open(directory, O_PATH | O_DIRECTORY));
  constexpr std::uint32_t kKeep = ~0U;
  TRY_DOING("chown " + directory, sys::fchownat(fd.get(), "", uid, kKeep, AT_EMPTY_PATH));
  std::string delegated = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";
  if (const auto file = sys::openat(AT_FDCWD, "/sys/kernel/cgroup/delegate", O_RDONLY))
    if (auto text = read_all(file->get())) delegated = *std::move(text);
  for (std::string_view rest = delegated; !rest.empty();) {
    const std::string name(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const auto given = sys::fchownat(fd.get(), name.c_str(), uid, kKeep, AT_SYMLINK_NOFOLLOW);
    if (!given && given.error().code != kMissing) return fail("chown " + directory + "/" + name, given.error());
  }
  return {};
}

}  // namespace cgroup
