// plan/resources_devices.cpp: the devices allow list. Rules are applied one after the other to a table, as the v1 controller in the
// kernel does it (Documentation/admin-guide/cgroup-v1/devices.rst); what comes out is written to v1 files, or becomes the eBPF
// program of cgroup/device_program.cpp, so that both versions allow the same.
#include <algorithm>
#include <array>
#include <compare>
#include <map>

#include "plan/resources.h"

namespace plan {
namespace {

using Rule = CgroupPlan::DeviceRule;

enum : unsigned { kRead = 1, kWrite = 2, kMknod = 4 };
constexpr std::int64_t kAny = -1;

// Always allowed, after the user's rules. 10:200 (tun) is not among them: it makes network interfaces. Another device that
// linux.devices puts under a default's path is the user's own, rule and all.
struct Default {
  std::string_view path;
  char type;
  std::int64_t major, minor;
  unsigned access;
};
constexpr unsigned kAll = kRead | kWrite | kMknod;
constexpr std::array kDefaults{
    Default{"", 'c', kAny, kAny, kMknod},  Default{"", 'b', kAny, kAny, kMknod},
    Default{"/dev/null", 'c', 1, 3, kAll}, Default{"/dev/random", 'c', 1, 8, kAll},
    Default{"/dev/full", 'c', 1, 7, kAll}, Default{"/dev/tty", 'c', 5, 0, kAll},
    Default{"/dev/zero", 'c', 1, 5, kAll}, Default{"/dev/urandom", 'c', 1, 9, kAll},
    Default{"", 'c', 136, kAny, kAll},     Default{"", 'c', 5, 2, kAll},
};

struct Devices {
  char type;
  std::int64_t major, minor;
  auto operator<=>(const Devices&) const = default;
};
struct Exception {
  Devices devices;
  unsigned access;
};

std::string number_words(std::int64_t number) { return number == kAny ? "*" : std::to_string(number); }
std::string access_words(unsigned access) {
  std::string words;
  if ((access & kRead) != 0) words += 'r';
  if ((access & kWrite) != 0) words += 'w';
  if ((access & kMknod) != 0) words += 'm';
  return words;
}
std::string words_of(const Exception& rule) {
  const Devices& devices = rule.devices;
  return std::string(1, devices.type) + " " + number_words(devices.major) + ":" + number_words(devices.minor) + " " +
         access_words(rule.access);
}

class Table {
 public:
  Result<> apply(bool allow, const Exception& rule) {
    if (rule.devices.type == 'a') {  // whatever else it says, it begins anew
      allow_all_ = allow;
      exceptions_.clear();
      at_.clear();
      return {};
    }
    if (allow != allow_all_) {
      add(rule);
      return {};
    }
    return take_away(rule);
  }

  std::vector<Rule> rules() const {
    std::vector<Rule> rules{{allow_all_, 'a', kAny, kAny, "rwm"}};
    for (const auto& [devices, access] : exceptions_)
      if (access != 0) rules.push_back({!allow_all_, devices.type, devices.major, devices.minor, access_words(access)});
    return rules;
  }

 private:
  void add(const Exception& rule) {
    const auto [found, is_new] = at_.try_emplace(rule.devices, exceptions_.size());
    if (is_new)
      exceptions_.push_back(rule);
    else
      exceptions_[found->second].access |= rule.access;
  }

  // The v1 kernel passes over the removal of a part of a wildcard without a word; nobody shall believe that it was done.
  Result<> take_away(const Exception& rule) {
    const auto [type, major, minor] = rule.devices;
    for (const Devices& wider : {Devices{type, kAny, kAny}, Devices{type, major, kAny}, Devices{type, kAny, minor}}) {
      const auto found = at_.find(wider);
      if (found == at_.end() || wider == rule.devices) continue;
      const Exception& each = exceptions_[found->second];
      if ((each.access & rule.access) != 0)
        return fail("device rule [" + words_of(rule) +
                    "] is not supported by the devices cgroup (cannot punch hole in existing wildcard rule [" + words_of(each) +
                    "])");
    }
    const auto found = at_.find(rule.devices);
    if (found == at_.end()) return {};
    Exception& same = exceptions_[found->second];
    same.access &= ~rule.access;
    if (same.access == 0) at_.erase(found);
    return {};
  }

  bool allow_all_ = false;
  std::vector<Exception> exceptions_;  // in the order in which they were added; without access: taken away again
  std::map<Devices, std::size_t> at_;  // the places of those in effect: one lookup a rule, however many there are
};

// A rule that denies may have letters that we do not know (runc passes over them): it takes everything, which is never too little.
Result<unsigned> read_access(const std::optional<std::string>& text, bool allow, std::size_t index) {
  const std::string pointer = resource_place("devices/") + std::to_string(index) + "/access";
  if (!text || text->empty()) return fail("device access at " + std::to_string(index) + " field cannot be empty", pointer);
  unsigned access = 0;
  for (const char letter : *text) {
    const bool known = letter == 'r' || letter == 'w' || letter == 'm';
    if (!known && !allow) return kRead | kWrite | kMknod;
    if (!known) return fail("device access \"" + *text + "\" has other letters than r, w, m", pointer);
    access |= letter == 'r' ? kRead : letter == 'w' ? kWrite : kMknod;
  }
  return access;
}

Result<Exception> read_rule(const config::DeviceRule& rule, std::size_t index) {
  const std::string pointer = resource_place("devices/") + std::to_string(index);
  const std::string type = rule.type.value_or("").empty() ? "a" : *rule.type;
  if (type != "a" && type != "b" && type != "c")
    return fail("invalid cgroup device type \"" + type + "\" (valid: a, b, c)", pointer + "/type");
  Exception read{{type[0], rule.major.value_or(kAny), rule.minor.value_or(kAny)}, 0};
  const Devices& devices = read.devices;
  read.access = TRY(read_access(rule.access, rule.allow, index));
  // The kernel reads any 32 bits (kstrtou32), though no device has such a number.
  if (devices.major < kAny || devices.major > 0xffffffff)
    return fail("device major " + std::to_string(devices.major) + " is out of range", pointer + "/major");
  if (devices.minor < kAny || devices.minor > 0xffffffff)
    return fail("device minor " + std::to_string(devices.minor) + " is out of range", pointer + "/minor");
  return read;
}

// The same device with another mode or owner is still the default that every container has (config-linux.md, default devices).
bool redefined(const Default& each, const std::vector<config::Device>& nodes) {
  return std::ranges::any_of(nodes, [&each](const config::Device& node) {
    const bool same =
        node.type.starts_with(each.type) && node.major.value_or(kAny) == each.major && node.minor.value_or(kAny) == each.minor;
    return node.path == each.path && !same;
  });
}

}  // namespace

Result<std::vector<Rule>> reduce_device_rules(const std::vector<config::DeviceRule>& rules,
                                              const std::vector<config::Device>& nodes) {
  Table table;  // begins with everything denied
  for (std::size_t index = 0; index < rules.size(); ++index) {
    const Exception rule = TRY(read_rule(rules[index], index));
    if (auto applied = table.apply(rules[index].allow, rule); !applied) {
      applied.error().pointer = resource_place("devices/") + std::to_string(index);
      return std::unexpected(std::move(applied).error());
    }
  }
  for (const Default& each : kDefaults) {
    if (redefined(each, nodes)) continue;
    auto applied = table.apply(true, {{each.type, each.major, each.minor}, each.access});
    if (applied) continue;
    applied.error().pointer = resource_place("devices");
    applied.error().hint = "every container has the default devices";
    return std::unexpected(std::move(applied).error());
  }
  return table.rules();
}

CgroupWrites device_writes(const std::vector<Rule>& rules, std::size_t directory) {
  CgroupWrites writes;
  for (const Rule& rule : rules) {
    // One rule a write: the kernel stops reading at the first line's end.
    std::string value = rule.type == 'a' ? "a"
                                         : std::string(1, rule.type) + " " + number_words(rule.major) + ":" +
                                               number_words(rule.minor) + " " + rule.access;
    put(writes, rule.allow ? "devices.allow" : "devices.deny", std::move(value), "devices").directory = directory;
  }
  return writes;
}

}  // namespace plan
