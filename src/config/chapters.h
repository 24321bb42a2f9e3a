// config/chapters.h: what the chapters of this room give each other: a table of fields for every struct of spec.h, and each
// chapter's validation. Internal to this room.
#pragma once
#include <string_view>

#include "config/schema.h"
#include "config/spec.h"

namespace config {

// spec.cpp
Fields fields_of(const Spec*);
Fields fields_of(const Root*);
// process.cpp
Fields fields_of(const Process*);
Fields fields_of(const ConsoleSize*);
Fields fields_of(const User*);
Fields fields_of(const Capabilities*);
Fields fields_of(const Rlimit*);
Fields fields_of(const Scheduler*);
Fields fields_of(const IoPriority*);
Fields fields_of(const CpuAffinity*);
// mounts.cpp
Fields fields_of(const Mount*);
// hooks.cpp
Fields fields_of(const Hook*);
Fields fields_of(const Hooks*);
// linux.cpp
Fields fields_of(const Linux*);
Fields fields_of(const IntelRdt*);
Fields fields_of(const MemoryPolicy*);
Fields fields_of(const Personality*);
// namespaces.cpp
Fields fields_of(const Namespace*);
Fields fields_of(const IdMapping*);
Fields fields_of(const TimeOffset*);
// devices.cpp
Fields fields_of(const Device*);
Fields fields_of(const DeviceRule*);
// net_devices.cpp
Fields fields_of(const NetDevice*);
// resources.cpp
Fields fields_of(const Resources*);
Fields fields_of(const Memory*);
Fields fields_of(const Cpu*);
Fields fields_of(const BlockIo*);
Fields fields_of(const WeightDevice*);
Fields fields_of(const ThrottleDevice*);
Fields fields_of(const HugepageLimit*);
Fields fields_of(const Network*);
Fields fields_of(const InterfacePriority*);
Fields fields_of(const Rdma*);
// seccomp.cpp
Fields fields_of(const Seccomp*);
Fields fields_of(const SyscallRule*);
Fields fields_of(const SyscallArg*);

Result<> validate_hooks(const Hooks& hooks);
Result<> validate_namespaces(const Spec& spec);  // and what hangs on them: id mappings, clocks, host and domain name
Result<> validate_id_mappings(const std::vector<IdMapping>& mappings, std::string_view pointer);
bool maps(const std::vector<IdMapping>& mappings, std::uint32_t container_id);
Result<> validate_sysctl(const Spec& spec);
Result<> validate_devices(const std::vector<Device>& devices);
Result<> validate_device_rules(const std::vector<DeviceRule>& rules, std::string_view pointer);
Result<> validate_net_devices(const Linux& section);
Result<> validate_seccomp(const Seccomp& profile);
Result<> validate_linux(const Spec& spec);

}  // namespace config
