// cgroup/apply.cpp: limits and device rules, file by file.
#include <span>

#include "cgroup/room.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kBusy = 16 /* EBUSY */, kInvalid = 22 /* EINVAL */;

class Applier {
 public:
  Applier(Tree& tree, const plan::CgroupPlan& plan, std::vector<Former>* former) : tree_(tree), plan_(plan), former_(former) {}

  // The writes of one directory.
  Result<> apply(std::span<const plan::CgroupWrite> writes) {
    std::vector<const plan::CgroupWrite*> again;
    for (const plan::CgroupWrite& each : writes) TRY(check_usage(each));
    for (std::size_t at = 0; at < writes.size(); ++at) {
      auto written = write(writes[at]);
      while (!written && written.error().code == kMissing && at + 1 < writes.size() && writes[at + 1].instead)
        written = write(writes[++at]);
      const plan::CgroupWrite& last = writes[at];
      while (at + 1 < writes.size() && writes[at + 1].instead) ++at;
      if (written) continue;
      if (written.error().code == kMissing && last.ignore_missing) continue;
      if (written.error().code != kInvalid) return refused(last, written.error());
      again.push_back(&last);
    }
    for (const plan::CgroupWrite* each : again)
      if (const auto written = write(*each); !written) return refused(*each, written.error());
    return {};
  }

 private:
  std::string directory(const plan::CgroupWrite& each) const { return plan_.directories[each.directory].directory(); }

  // Several rules in a row go into one file: it stays open.
  sys::Result<> write(const plan::CgroupWrite& each) {
    std::string path = directory(each) + "/" + each.file;
    if (path != open_path_ || !open_) {
      open_path_.clear();
      open_ = SYS_TRY(tree_.open(path, O_WRONLY));
      open_path_ = std::move(path);
    }
    if (former_ == nullptr) {
      SYS_TRY(sys::write(open_.get(), each.value));
      return {};
    }
    const auto text = tree_.read(open_path_);
    SYS_TRY(sys::write(open_.get(), each.value));
    if (text) former_->push_back({open_path_, former_value(each.file, *text, each.value)});
    return {};
  }

  // Best effort, as the kernel of v1 does it itself: what cannot be read does not hinder.
  Result<> check_usage(const plan::CgroupWrite& each) {
    if (each.usage_bound == 0) return {};
    const auto text = tree_.read(directory(each) + "/memory.current");
    if (!text) return {};
    const std::uint64_t usage = std::strtoull(text->c_str(), nullptr, 10);
    if (each.usage_bound > usage) return {};
    const char* what = each.file == "memory.max" ? "memory" : "memory+swap";
    return fail(
        "rejecting " + std::string(what) + " limit " + std::to_string(each.usage_bound) + " <= usage " + std::to_string(usage),
        each.pointer);
  }

  Result<> refused(const plan::CgroupWrite& each, sys::Errno error) {
    const std::string where = directory(each);
    if (each.file == "memory.limit_in_bytes" && error.code == kBusy) {
      const auto number = [&](const char* file) { return tree_.read(where + file).value_or("unknown"); };
      return fail("unable to set memory limit to " + each.value + " (current usage: " + number("/memory.usage_in_bytes") +
                      ", peak usage: " + number("/memory.max_usage_in_bytes") + ")",
                  error, each.pointer);
    }
    std::string hint;
    if (error.code == kMissing && plan_.mode == plan::CgroupLayout::Mode::v2)
      hint = "the controller may not be enabled in the parent's cgroup.subtree_control";
    return fail("failed to write \"" + each.value + "\": write " + where + "/" + each.file, error, each.pointer, std::move(hint));
  }

  Tree& tree_;
  const plan::CgroupPlan& plan_;
  std::vector<Former>* former_;
  sys::UniqueFd open_;
  std::string open_path_;
};

}  // namespace

Result<> apply_writes(Tree& tree, const plan::CgroupPlan& plan, const std::vector<plan::CgroupWrite>& writes,
                      std::vector<Former>* former) {
  Applier applier(tree, plan, former);
  for (std::size_t begin = 0; begin < writes.size();) {
    std::size_t end = begin + 1;
    while (end < writes.size() && writes[end].directory == writes[begin].directory) ++end;
    TRY(applier.apply(std::span(writes).subspan(begin, end - begin)));
    begin = end;
  }
  return {};
}

Result<> apply(const plan::CgroupPlan& plan) {
  if (!plan.enabled) return {};
  Tree tree;
  TRY(apply_writes(tree, plan, plan.writes));
  if (plan.device_rules.empty()) return {};
  for (const plan::CgroupDirectory& directory : plan.directories) {
    if (!directory.controllers.empty()) continue;
    const std::string path = directory.directory();
    const sys::UniqueFd fd = TRY_DOING("open " + path, tree.open(path, O_RDONLY | O_DIRECTORY));
    return attach_device_program(fd.get(), plan.device_rules);
  }
  return fail("no control group can hold the device rules");
}

}  // namespace cgroup
