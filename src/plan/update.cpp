// plan/update.cpp: old limits and a wish → what is written and what is remembered. Only what was asked for is written again: a
// value that somebody else has put into another file meanwhile stays. But some values mean something only together: memory with
// memory+swap, quota with period.
#include "plan/update.h"

#include <algorithm>

namespace plan {
namespace {

template <class T>
bool given(const std::optional<T>& value) {
  return value && *value != T{};  // an empty text, too, is nothing
}
template <class T>
void take_given(std::optional<T>& into, const std::optional<T>& value) {
  if (given(value)) into = value;
}
template <class T>
void take_present(std::optional<T>& into, const std::optional<T>& value) {
  if (value) into = value;
}

void update_memory(Update& update, const config::Memory& asked) {
  config::Memory& kept = update.kept.memory ? *update.kept.memory : update.kept.memory.emplace();
  take_given(kept.limit, asked.limit);
  take_given(kept.swap, asked.swap);
  // An old sum would bound memory that is now unlimited.
  if (asked.limit == -1 && !given(asked.swap)) kept.swap.reset();
  take_given(kept.reservation, asked.reservation);
  take_given(kept.kernel, asked.kernel);
  take_given(kept.kernel_tcp, asked.kernel_tcp);
  take_present(kept.swappiness, asked.swappiness);
  take_present(kept.disable_oom_killer, asked.disable_oom_killer);
  take_present(kept.use_hierarchy, asked.use_hierarchy);

  config::Memory& changed = update.changed.memory.emplace(asked);
  if (!given(asked.limit) && !given(asked.swap)) return;
  changed.limit = kept.limit;
  changed.swap = kept.swap;
}

void update_cpu(Update& update, const config::Cpu& asked) {
  config::Cpu& kept = update.kept.cpu ? *update.kept.cpu : update.kept.cpu.emplace();
  take_given(kept.shares, asked.shares);
  take_given(kept.quota, asked.quota);
  take_given(kept.period, asked.period);
  take_present(kept.burst, asked.burst);
  take_given(kept.realtime_runtime, asked.realtime_runtime);
  take_given(kept.realtime_period, asked.realtime_period);
  take_given(kept.cpus, asked.cpus);
  take_given(kept.mems, asked.mems);
  take_present(kept.idle, asked.idle);

  config::Cpu& changed = update.changed.cpu.emplace(asked);
  if (!given(asked.quota) && !given(asked.period)) return;
  changed.quota = kept.quota;
  changed.period = kept.period;
}

template <class Device>
Device& find_or_add(std::vector<Device>& devices, const Device& wanted) {
  // The last of several entries for one device is the one that counts.
  const auto same = [&wanted](const Device& device) { return device.major == wanted.major && device.minor == wanted.minor; };
  const auto found = std::find_if(devices.rbegin(), devices.rend(), same);
  return found != devices.rend() ? *found : devices.emplace_back(wanted);
}

void update_block_io(Update& update, const config::BlockIo& asked) {
  config::BlockIo& kept = update.kept.block_io ? *update.kept.block_io : update.kept.block_io.emplace();
  take_given(kept.weight, asked.weight);
  take_given(kept.leaf_weight, asked.leaf_weight);
  for (const config::WeightDevice& device : asked.weight_device) {
    config::WeightDevice& entry = find_or_add(kept.weight_device, device);
    take_present(entry.weight, device.weight);
    take_present(entry.leaf_weight, device.leaf_weight);
  }
  using Devices = std::vector<config::ThrottleDevice> config::BlockIo::*;
  for (const Devices list : {&config::BlockIo::throttle_read_bps_device, &config::BlockIo::throttle_write_bps_device,
                             &config::BlockIo::throttle_read_iops_device, &config::BlockIo::throttle_write_iops_device})
    for (const config::ThrottleDevice& device : asked.*list) find_or_add(kept.*list, device).rate = device.rate;
  update.changed.block_io = asked;
}

template <class Value>
void replace_named(config::Object<Value>& into, const config::Object<Value>& asked) {
  for (const auto& [name, value] : asked) {
    const auto found = std::ranges::find(into, name, &config::Object<Value>::value_type::first);
    if (found != into.end())
      found->second = value;
    else
      into.emplace_back(name, value);
  }
}

void update_network(Update& update, const config::Network& asked) {
  config::Network& kept = update.kept.network ? *update.kept.network : update.kept.network.emplace();
  take_given(kept.class_id, asked.class_id);
  for (const config::InterfacePriority& entry : asked.priorities) {
    const auto found = std::ranges::find(kept.priorities, entry.name, &config::InterfacePriority::name);
    if (found != kept.priorities.end())
      found->priority = entry.priority;
    else
      kept.priorities.push_back(entry);
  }
  update.changed.network = asked;
}

}  // namespace

Update update_resources(const config::Resources& old, const config::Resources& asked) {
  Update update{old, {}};
  if (asked.memory) update_memory(update, *asked.memory);
  if (asked.cpu) update_cpu(update, *asked.cpu);
  if (asked.block_io) update_block_io(update, *asked.block_io);
  if (asked.network) update_network(update, *asked.network);
  take_present(update.kept.pids_limit, asked.pids_limit);
  update.changed.pids_limit = asked.pids_limit;
  for (const config::HugepageLimit& limit : asked.hugepage_limits) {
    const auto found = std::ranges::find(update.kept.hugepage_limits, limit.page_size, &config::HugepageLimit::page_size);
    if (found != update.kept.hugepage_limits.end())
      found->limit = limit.limit;
    else
      update.kept.hugepage_limits.push_back(limit);
  }
  update.changed.hugepage_limits = asked.hugepage_limits;
  replace_named(update.kept.rdma, asked.rdma);
  update.changed.rdma = asked.rdma;
  replace_named(update.kept.unified, asked.unified);
  update.changed.unified = asked.unified;
  return update;
}

}  // namespace plan
