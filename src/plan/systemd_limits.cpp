// plan/systemd_limits.cpp: writes to the files of a group → properties of its unit, by table. systemd.resource-control(5).
#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "plan/cgroup.h"
#include "plan/systemd.h"
#include "support/text.h"

namespace plan {
namespace {

constexpr std::uint64_t kInfinity = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kDefaultPeriod = 100'000;

// What the value of a file looks like.
enum class Form {
  amount,  // bytes, or "max"; -1 on v1. 12M is twelve MiB
  tasks,   // "max", or a number; systemd has no 0
  number,
  idle,        // 1 = the weight 0, 0 = the default one
  processors,  // "0-3,7" → a mask
  quota,       // "QUOTA PERIOD" in microseconds
  quota_v1,    // QUOTA; its period is in a file of its own
  period_v1,
  oom_policy,  // 1 = kill
};
struct Limit {
  std::string_view file, property;
  Form form;
  std::uint32_t since = 0;
};
constexpr std::array kLimitsV2{
    Limit{"cpu.idle", "CPUWeight", Form::idle, 252},
    Limit{"cpu.max", "CPUQuotaPerSecUSec", Form::quota},
    Limit{"cpu.weight", "CPUWeight", Form::number},
    Limit{"cpuset.cpus", "AllowedCPUs", Form::processors, 244},
    Limit{"cpuset.mems", "AllowedMemoryNodes", Form::processors, 244},
    Limit{"io.weight", "IOWeight", Form::number},
    Limit{"memory.high", "MemoryHigh", Form::amount},
    Limit{"memory.low", "MemoryLow", Form::amount},
    Limit{"memory.max", "MemoryMax", Form::amount},
    Limit{"memory.min", "MemoryMin", Form::amount},
    Limit{"memory.oom.group", "OOMPolicy", Form::oom_policy, 253},
    Limit{"memory.swap.max", "MemorySwapMax", Form::amount},
    Limit{"pids.max", "TasksMax", Form::tasks},
};
constexpr std::array kLimitsV1{
    Limit{"blkio.weight", "BlockIOWeight", Form::number},
    Limit{"cpu.cfs_period_us", "CPUQuotaPeriodUSec", Form::period_v1},
    Limit{"cpu.cfs_quota_us", "CPUQuotaPerSecUSec", Form::quota_v1},
    Limit{"cpu.shares", "CPUShares", Form::number},
    Limit{"memory.limit_in_bytes", "MemoryLimit", Form::amount},
    Limit{"pids.max", "TasksMax", Form::tasks},
};

std::optional<std::uint64_t> number_of(std::string_view digits) { return text::parse_unsigned(digits, kInfinity); }

// As the kernel's memparse(): a power of 1024 may follow.
std::optional<std::uint64_t> amount_of(std::string_view value) {
  if (value == "max" || value == "-1") return kInfinity;
  unsigned shift = 0;
  constexpr std::string_view kSuffixes = "kmgtpe";
  if (!value.empty()) {
    const std::size_t suffix = kSuffixes.find(static_cast<char>(value.back() | 0x20));
    if (suffix != kSuffixes.npos) {
      shift = 10 * (static_cast<unsigned>(suffix) + 1);
      value.remove_suffix(1);
    }
  }
  const auto number = text::parse_unsigned(value, kInfinity >> shift);
  if (!number) return std::nullopt;
  return *number << shift;
}

// CPU 0 is the lowest bit of the first byte.
std::optional<BusValue> mask_of(std::string_view list) {
  constexpr std::uint64_t kMost = 8191;
  std::vector<std::uint8_t> mask;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    const std::size_t dash = part.find('-');
    const auto first = text::parse_unsigned(part.substr(0, dash), kMost);
    const auto last = dash == part.npos ? first : text::parse_unsigned(part.substr(dash + 1), kMost);
    if (!first || !last || *last < *first) return std::nullopt;
    if (mask.size() < *last / 8 + 1) mask.resize(*last / 8 + 1);
    for (std::uint64_t bit = *first; bit <= *last; ++bit) mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 1U << bit % 8);
  }
  BusValue value{"ay", 0, {}, {}};
  for (const std::uint8_t byte : mask) value.items.push_back({"y", byte, {}, {}});
  return value;
}

class Translation {
  std::vector<UnitProperty> properties_;
  CgroupWrite* quota_ = nullptr;  // the write that has the last quota
  std::uint64_t microseconds_ = 0, period_ = kDefaultPeriod;
  bool unlimited_ = false, separate_period_ = false, has_period_ = false;

  void set(std::string_view name, BusValue value, std::uint32_t since = 0) {
    std::erase_if(properties_, [&](const UnitProperty& each) { return each.name == name; });  // the last write wins
    properties_.push_back({std::string(name), std::move(value), since});
  }

  bool has(std::string_view name) const { return std::ranges::find(properties_, name, &UnitProperty::name) != properties_.end(); }

  void note_quota(CgroupWrite& write) {
    const std::string_view value = write.value, first = value.substr(0, value.find(' '));
    const auto quota = amount_of(first);
    if (!quota) return;
    if (first.size() < value.size()) {
      const auto period = number_of(value.substr(first.size() + 1));
      if (!period || *period == 0) return;
      period_ = *period;
      has_period_ = true;
    }
    quota_ = &write;
    unlimited_ = *quota == kInfinity;
    microseconds_ = *quota;
  }

  // systemd keeps a hundredth of a processor; a group below it may be promised what was asked for, so up. The file of the group
  // then says the same, as it would after systemd's next visit.
  void finish_quota() {
    constexpr std::uint64_t kSecond = 1'000'000, kStep = 10'000;
    if (has_period_) set("CPUQuotaPeriodUSec", bus_u64(period_), 242);
    if (quota_ == nullptr) return;
    if (unlimited_) return set("CPUQuotaPerSecUSec", bus_u64(kInfinity));
    if (microseconds_ > kInfinity / kSecond) return;
    std::uint64_t per_second = microseconds_ * kSecond / period_;
    if (per_second % kStep != 0) {
      per_second = (per_second / kStep + 1) * kStep;
      quota_->value = std::to_string(per_second * period_ / kSecond) + (separate_period_ ? "" : " " + std::to_string(period_));
    }
    set("CPUQuotaPerSecUSec", bus_u64(per_second));
  }

  void set_number(const Limit& limit, std::optional<std::uint64_t> number) {
    if (number) set(limit.property, bus_u64(*number), limit.since);
  }

 public:
  void add(const Limit& limit, CgroupWrite& write) {
    const std::string& value = write.value;
    switch (limit.form) {
      case Form::amount:
        return set_number(limit, amount_of(value));
      case Form::number:
        return set_number(limit, number_of(value));  // "M:m WEIGHT" of a device is none
      case Form::tasks:
        if (const auto tasks = amount_of(value)) set(limit.property, bus_u64(std::max<std::uint64_t>(*tasks, 1)));
        return;
      case Form::idle:
        // 0 takes an idle group back to the default, unless a weight was given with it.
        if (value == "1" || !has(limit.property)) set(limit.property, bus_u64(value == "1" ? 0 : kInfinity), limit.since);
        return;
      case Form::processors:
        if (auto mask = mask_of(value)) set(limit.property, *std::move(mask), limit.since);
        return;
      case Form::quota_v1:
        separate_period_ = true;
        return note_quota(write);
      case Form::quota:
        return note_quota(write);
      case Form::period_v1:
        if (const auto period = number_of(value); period && *period != 0) period_ = *period, has_period_ = true;
        return;
      case Form::oom_policy:
        return set(limit.property, bus_text(value == "1" ? "kill" : "continue"), limit.since);
    }
  }
  std::vector<UnitProperty> finish() {
    finish_quota();
    return std::move(properties_);
  }
};

}  // namespace

std::vector<UnitProperty> limit_properties(CgroupLayout::Mode mode, std::vector<CgroupWrite>& writes) {
  const bool v2 = mode == CgroupLayout::Mode::v2;
  const std::span<const Limit> limits = v2 ? std::span<const Limit>(kLimitsV2) : std::span<const Limit>(kLimitsV1);
  Translation translation;
  for (CgroupWrite& write : writes) {
    const auto limit = std::ranges::find(limits, write.file, &Limit::file);
    if (limit != limits.end()) translation.add(*limit, write);
  }
  return translation.finish();
}

std::vector<UnitProperty> device_properties(const std::vector<CgroupPlan::DeviceRule>& rules) {
  std::vector<UnitProperty> properties;
  if (rules.empty()) return properties;
  BusValue allowed{"a(ss)", 0, {}, {}};
  if (rules.front().allow) {
    properties.push_back({"DevicePolicy", bus_text("auto")});
    properties.push_back({"DeviceAllow", std::move(allowed)});
    return properties;
  }
  for (const CgroupPlan::DeviceRule& rule : rules) {
    if (!rule.allow || rule.type == 'a') continue;
    const std::string kind = rule.type == 'b' ? "block" : "char";
    if (rule.major < 0 && rule.minor >= 0) continue;  // "any major, this minor" has no name there; our own filter has it
    const std::string device = rule.major < 0 ? kind + "-*"
                               : rule.minor < 0
                                   ? kind + "-" + std::to_string(rule.major)
                                   : "/dev/" + kind + "/" + std::to_string(rule.major) + ":" + std::to_string(rule.minor);
    allowed.items.push_back(bus_pair(device, rule.access));
  }
  properties.push_back({"DevicePolicy", bus_text("strict")});
  properties.push_back({"DeviceAllow", std::move(allowed)});
  return properties;
}

}  // namespace plan
