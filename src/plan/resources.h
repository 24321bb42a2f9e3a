// plan/resources.h: within this room: what resources*.cpp give each other and plan/cgroup.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plan/cgroup.h"

namespace plan {

using CgroupWrites = std::vector<CgroupWrite>;

// The limits of a group, in the order of writing. Pointers are below /linux/resources.
struct ResourceWrites {
  CgroupWrites before_join;  // v1: a real-time process is refused by a group without a budget
  CgroupWrites writes;
  bool domain_controllers = false;
};
Result<ResourceWrites> compile_resources_v1(const config::Resources& resources, const HostFacts& facts,
                                            const std::vector<CgroupDirectory>& directories, std::vector<std::string>& warnings);
Result<ResourceWrites> compile_resources_v2(const config::Resources& resources, const HostFacts& facts,
                                            std::vector<std::string>& warnings);

// Adds a write; the directory is known when the section is complete (`end_section`).
CgroupWrite& put(CgroupWrites& section, std::string file, std::string value, std::string_view member);
// Gives all writes of one controller their directory and appends them to `all`.
void end_section(CgroupWrites& all, CgroupWrites&& section, std::size_t directory);
// Is `controller` one of "cpu,cpuacct"?
bool lists_controller(std::string_view controllers, std::string_view controller);
// The directory whose hierarchy has the v1 controller, or nothing.
const CgroupDirectory* find_controller(const std::vector<CgroupDirectory>& directories, std::string_view controller);

// What both versions check alike.
Result<> check_memory(const config::Memory& memory);
// What no kernel of today does any more; engines still ask for it.
void warn_memory(const config::Memory& memory, std::vector<std::string>& warnings);
Result<> check_cpu(const config::Cpu& cpu);
Result<> check_block_io(const config::BlockIo& block_io);
Result<> check_hugepage(const config::HugepageLimit& limit, std::size_t index, const HostFacts& facts);
std::string pids_value(std::int64_t limit);
Result<std::string> rdma_value(const config::Object<config::Rdma>::value_type& entry);
std::string device_number(std::int64_t major, std::int64_t minor);
std::string resource_place(std::string_view member);
std::string element(std::string_view member, std::size_t index);  // of a list: "blockIO/weightDevice/3"
// A property's name as a part of a JSON pointer (RFC 6901).
std::string escape_pointer(std::string_view name);

// linux.resources.devices with our defaults behind it, reduced to where all begins (an `a` rule) and the exceptions from it.
Result<std::vector<CgroupPlan::DeviceRule>> reduce_device_rules(const std::vector<config::DeviceRule>& rules,
                                                                const std::vector<config::Device>& nodes);
// The fewest writes that bring a v1 group from any state into that one.
CgroupWrites device_writes(const std::vector<CgroupPlan::DeviceRule>& rules, std::size_t directory);

}  // namespace plan
