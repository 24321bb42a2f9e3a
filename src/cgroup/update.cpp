// cgroup/update.cpp: limits of a group in use. What an update has changed when it fails is changed back, to what the kernel said
// before: nobody's record of the limits is as good.
#include <algorithm>

#include "cgroup/room.h"

namespace cgroup {
namespace {

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }
std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

// "8:0 1024", "lo 5", "mlx5_0 hca_handle=2": one line a device, one device a write.
bool is_for_one_device(std::string_view file, std::string_view value) {
  if (file == "net_prio.ifpriomap" || file == "rdma.max") return true;
  const std::string_view word = first_word(value);
  return word.size() < value.size() && word.find(':') != std::string_view::npos;
}

std::string_view line_of(std::string_view text, std::string_view device) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    if (first_word(line) == device) return line;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return {};
}

// A device that is not listed has no limit and no weight of its own.
std::string no_limit(std::string_view file, std::string_view value) {
  const std::string device(first_word(value));
  if (file == "io.max") return std::string(value.substr(0, value.find('='))) + "=max";
  if (file.starts_with("io.")) return device + " default";
  return device + " 0";
}

}  // namespace

std::string former_value(std::string_view file, std::string_view text, std::string_view value) {
  if (is_for_one_device(file, value)) {
    const std::string_view line = line_of(text, first_word(value));
    return line.empty() ? no_limit(file, value) : std::string(line);
  }
  if (std::uint64_t disabled = 0; file == "memory.oom_control" && flat_number(text, "oom_kill_disable", disabled))
    return std::to_string(disabled);
  // A write of no bytes at all would not reach the kernel's parser.
  return text.empty() ? "\n" : std::string(first_line(text));
}

Result<> update(const plan::CgroupPlan& plan, std::vector<Former>& former) {
  Tree tree;
  auto written = apply_writes(tree, plan, plan.writes, &former);
  if (written || put_back(former)) return written;
  return fail(written.error().what + "; not all that was changed could be changed back", written.error().pointer,
              written.error().hint);
}

bool put_back(const std::vector<Former>& former) {
  Tree tree;
  std::vector<const Former*> again;
  for (auto each = former.rbegin(); each != former.rend(); ++each)
    if (!tree.write(each->path, each->value)) again.push_back(&*each);
  // One old value may have been bounded by another that was not back yet.
  return std::ranges::all_of(again, [&tree](const Former* each) { return tree.write(each->path, each->value).has_value(); });
}

}  // namespace cgroup
