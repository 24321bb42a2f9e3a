// linux.resources as JSON again, for the state: what read_resources makes of it is what was written. Device rules are left out,
// because no update changes them.
#include "config/read.h"
#include "support/text.h"

namespace config {
namespace {

// An object that is built member by member; absent members are not written.
class Members {
 public:
  void raw(std::string_view key, std::string_view json) {
    ((text_ += text_.empty() ? '{' : ',') += text::json_string(key)) += ':';
    text_ += json;
  }
  void put(std::string_view key, const std::string& value) { raw(key, text::json_string(value)); }
  void put(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
  void put(std::string_view key, std::integral auto value)
    requires(!std::same_as<decltype(value), bool>)
  {
    raw(key, std::to_string(value));
  }
  template <class T>
  void put(std::string_view key, const std::optional<T>& value) {
    if (value) put(key, *value);
  }
  template <class T, class Write>
  void array(std::string_view key, const std::vector<T>& values, Write write) {
    if (values.empty()) return;
    std::string list;
    for (const T& value : values) (list += list.empty() ? '[' : ',') += write(value);
    raw(key, list += ']');
  }
  template <class T, class Write>
  void map(std::string_view key, const Object<T>& values, Write write) {
    if (values.empty()) return;
    Members inner;
    for (const auto& [name, value] : values) inner.raw(name, write(value));
    raw(key, inner.take());
  }
  std::string take() { return text_.empty() ? "{}" : std::move(text_) + '}'; }

 private:
  std::string text_;
};

std::string json_of(const Memory& memory) {
  Members json;
  json.put("limit", memory.limit);
  json.put("reservation", memory.reservation);
  json.put("swap", memory.swap);
  json.put("kernel", memory.kernel);
  json.put("kernelTCP", memory.kernel_tcp);
  json.put("swappiness", memory.swappiness);
  json.put("disableOOMKiller", memory.disable_oom_killer);
  json.put("useHierarchy", memory.use_hierarchy);
  json.put("checkBeforeUpdate", memory.check_before_update);
  return json.take();
}

std::string json_of(const Cpu& cpu) {
  Members json;
  json.put("shares", cpu.shares);
  json.put("quota", cpu.quota);
  json.put("burst", cpu.burst);
  json.put("period", cpu.period);
  json.put("realtimeRuntime", cpu.realtime_runtime);
  json.put("realtimePeriod", cpu.realtime_period);
  json.put("cpus", cpu.cpus);
  json.put("mems", cpu.mems);
  json.put("idle", cpu.idle);
  return json.take();
}

std::string json_of(const WeightDevice& device) {
  Members json;
  json.put("major", device.major);
  json.put("minor", device.minor);
  json.put("weight", device.weight);
  json.put("leafWeight", device.leaf_weight);
  return json.take();
}

std::string json_of(const ThrottleDevice& device) {
  Members json;
  json.put("major", device.major);
  json.put("minor", device.minor);
  json.put("rate", device.rate);
  return json.take();
}

std::string json_of(const BlockIo& block_io) {
  const auto throttle = [](const ThrottleDevice& device) { return json_of(device); };
  Members json;
  json.put("weight", block_io.weight);
  json.put("leafWeight", block_io.leaf_weight);
  json.array("weightDevice", block_io.weight_device, [](const WeightDevice& device) { return json_of(device); });
  json.array("throttleReadBpsDevice", block_io.throttle_read_bps_device, throttle);
  json.array("throttleWriteBpsDevice", block_io.throttle_write_bps_device, throttle);
  json.array("throttleReadIOPSDevice", block_io.throttle_read_iops_device, throttle);
  json.array("throttleWriteIOPSDevice", block_io.throttle_write_iops_device, throttle);
  return json.take();
}

std::string json_of(const HugepageLimit& limit) {
  Members json;
  json.put("pageSize", limit.page_size);
  json.put("limit", limit.limit);
  return json.take();
}

std::string json_of(const InterfacePriority& entry) {
  Members json;
  json.put("name", entry.name);
  json.put("priority", entry.priority);
  return json.take();
}

std::string json_of(const Network& network) {
  Members json;
  json.put("classID", network.class_id);
  json.array("priorities", network.priorities, [](const InterfacePriority& entry) { return json_of(entry); });
  return json.take();
}

std::string json_of(const Rdma& limits) {
  Members json;
  json.put("hcaHandles", limits.hca_handles);
  json.put("hcaObjects", limits.hca_objects);
  return json.take();
}

}  // namespace

std::string write_resources(const Resources& resources) {
  Members json;
  if (resources.memory) json.raw("memory", json_of(*resources.memory));
  if (resources.cpu) json.raw("cpu", json_of(*resources.cpu));
  if (resources.pids_limit) json.raw("pids", "{\"limit\":" + std::to_string(*resources.pids_limit) + '}');
  if (resources.block_io) json.raw("blockIO", json_of(*resources.block_io));
  json.array("hugepageLimits", resources.hugepage_limits, [](const HugepageLimit& limit) { return json_of(limit); });
  if (resources.network) json.raw("network", json_of(*resources.network));
  json.map("rdma", resources.rdma, [](const Rdma& limits) { return json_of(limits); });
  json.map("unified", resources.unified, [](const std::string& value) { return text::json_string(value); });
  return json.take();
}

}  // namespace config
