// linux.resources: config-linux.md "Control groups", cgroups(7). What a limit becomes on v1 or v2 is decided in plan/.
// 0 means "unset" for most of these numbers, because engines write it for what nobody asked for.
#include "config/chapters.h"
#include "config/read.h"
#include "support/text.h"

namespace config {

Fields fields_of(const Memory*) {
  static constexpr Field kFields[] = {
      field<&Memory::limit>("limit"),
      field<&Memory::reservation>("reservation"),
      field<&Memory::swap>("swap"),
      field<&Memory::kernel>("kernel"),
      field<&Memory::kernel_tcp>("kernelTCP"),
      field<&Memory::swappiness>("swappiness"),
      field<&Memory::disable_oom_killer>("disableOOMKiller"),
      field<&Memory::use_hierarchy>("useHierarchy"),
      field<&Memory::check_before_update>("checkBeforeUpdate"),
  };
  return kFields;
}
Fields fields_of(const Cpu*) {
  static constexpr Field kFields[] = {
      field<&Cpu::shares>("shares"),
      field<&Cpu::quota>("quota"),
      field<&Cpu::burst>("burst"),
      field<&Cpu::period>("period"),
      field<&Cpu::realtime_runtime>("realtimeRuntime"),
      field<&Cpu::realtime_period>("realtimePeriod"),
      field<&Cpu::cpus>("cpus"),
      field<&Cpu::mems>("mems"),
      field<&Cpu::idle>("idle"),
  };
  return kFields;
}
Fields fields_of(const WeightDevice*) {
  static constexpr Field kFields[] = {
      required(field<&WeightDevice::major>("major")),
      required(field<&WeightDevice::minor>("minor")),
      field<&WeightDevice::weight>("weight"),
      field<&WeightDevice::leaf_weight>("leafWeight"),
  };
  return kFields;
}
Fields fields_of(const ThrottleDevice*) {
  static constexpr Field kFields[] = {
      required(field<&ThrottleDevice::major>("major")),
      required(field<&ThrottleDevice::minor>("minor")),
      required(field<&ThrottleDevice::rate>("rate")),
  };
  return kFields;
}
Fields fields_of(const BlockIo*) {
  static constexpr Field kFields[] = {
      field<&BlockIo::weight>("weight"),
      field<&BlockIo::leaf_weight>("leafWeight"),
      field<&BlockIo::weight_device>("weightDevice"),
      field<&BlockIo::throttle_read_bps_device>("throttleReadBpsDevice"),
      field<&BlockIo::throttle_write_bps_device>("throttleWriteBpsDevice"),
      field<&BlockIo::throttle_read_iops_device>("throttleReadIOPSDevice"),
      field<&BlockIo::throttle_write_iops_device>("throttleWriteIOPSDevice"),
  };
  return kFields;
}
Fields fields_of(const HugepageLimit*) {
  static constexpr Field kFields[] = {field<&HugepageLimit::page_size>("pageSize"),
                                      field<&HugepageLimit::page_size>("pagesize"),  // passes with runc, which minds no case
                                      required(field<&HugepageLimit::limit>("limit"))};
  return kFields;
}
Fields fields_of(const InterfacePriority*) {
  static constexpr Field kFields[] = {required(field<&InterfacePriority::name>("name")),
                                      required(field<&InterfacePriority::priority>("priority"))};
  return kFields;
}
Fields fields_of(const Network*) {
  static constexpr Field kFields[] = {field<&Network::class_id>("classID"), field<&Network::priorities>("priorities")};
  return kFields;
}
Fields fields_of(const Rdma*) {
  static constexpr Field kFields[] = {field<&Rdma::hca_handles>("hcaHandles"), field<&Rdma::hca_objects>("hcaObjects")};
  return kFields;
}

namespace {

Fields pids_fields() {
  static constexpr Field kFields[] = {field<&Resources::pids_limit>("limit")};
  return kFields;
}
constexpr Type kPids = object_of(pids_fields);

}  // namespace

Fields fields_of(const Resources*) {
  static constexpr Field kFields[] = {
      field<&Resources::devices>("devices"),  field<&Resources::memory>("memory"),
      field<&Resources::cpu>("cpu"),          flattened("pids", kPids),
      field<&Resources::block_io>("blockIO"), field<&Resources::hugepage_limits>("hugepageLimits"),
      field<&Resources::network>("network"),  field<&Resources::rdma>("rdma"),
      field<&Resources::unified>("unified"),
  };
  return kFields;
}

namespace {

Result<> validate_memory(const Memory& memory, std::string_view at) {
  const std::int64_t limit = memory.limit.value_or(0), swap = memory.swap.value_or(0);
  if (limit > 0 && swap > 0 && swap < limit)
    return fail("memory+swap limit should be >= memory limit", text::pointer(at, "swap"), "swap counts memory and swap together");
  constexpr std::uint64_t kNotSet = ~std::uint64_t{0};  // -1, as older engines send it
  if (memory.swappiness.value_or(0) > 100 && memory.swappiness != kNotSet)
    return fail("expected integer 0..100, found " + std::to_string(*memory.swappiness), text::pointer(at, "swappiness"));
  return {};
}

Result<> validate_cpu(const Cpu& cpu, std::string_view at) {
  const std::int64_t quota = cpu.quota.value_or(0);
  if (quota > 0 && cpu.burst.value_or(0) > static_cast<std::uint64_t>(quota))
    return fail("cpu burst " + std::to_string(*cpu.burst) + " is above the quota " + std::to_string(quota),
                text::pointer(at, "burst"));
  if (cpu.idle && *cpu.idle != 0 && *cpu.idle != 1)
    return fail("expected integer 0..1, found " + std::to_string(*cpu.idle), text::pointer(at, "idle"));
  return {};
}

// Below 10 the conversion to v2's weights would run below zero.
Result<> validate_weight(const std::optional<std::uint16_t>& weight, std::string_view at, std::string_view key) {
  const unsigned value = weight.value_or(0);
  if (value != 0 && (value < 10 || value > 1000))
    return fail("expected weight 10..1000, found " + std::to_string(value), text::pointer(at, key));
  return {};
}

Result<> validate_block_io(const BlockIo& block_io, std::string_view at) {
  TRY(validate_weight(block_io.weight, at, "weight"));
  TRY(validate_weight(block_io.leaf_weight, at, "leafWeight"));
  for (std::size_t each = 0; each < block_io.weight_device.size(); ++each) {
    const WeightDevice& device = block_io.weight_device[each];
    const std::string here = text::pointer(at, "weightDevice", each);
    if (!device.weight && !device.leaf_weight) return fail("weight device has neither weight nor leafWeight", here);
    TRY(validate_weight(device.weight, here, "weight"));
    TRY(validate_weight(device.leaf_weight, here, "leafWeight"));
  }
  return {};
}

// ^[1-9][0-9]*[KMG]B$, the middle of the name of a control file.
bool is_page_size(std::string_view size) {
  if (size.size() < 3 || !size.ends_with('B') || std::string_view("KMG").find(size[size.size() - 2]) == std::string_view::npos)
    return false;
  return size[0] != '0' && text::parse_unsigned(size.substr(0, size.size() - 2), ~std::uint64_t{0}).has_value();
}

Result<> validate_rdma(const Object<Rdma>& devices, std::string_view at) {
  for (const auto& [name, limits] : devices)
    if (!limits.hca_handles && !limits.hca_objects)
      return fail("rdma device has neither hcaHandles nor hcaObjects", text::pointer(at, name));
  return {};
}

Result<> validate_unified(const Object<std::string>& files, std::string_view at) {
  for (const auto& [file, value] : files) {
    const std::string here = text::pointer(at, file);
    if (file.find('/') != file.npos)
      return fail("unified resource " + text::quote(file) + " must be a file name (no slashes)", here);
    const std::size_t dot = file.find('.');
    if (dot == file.npos || dot == 0 || dot + 1 == file.size())
      return fail("unified resource " + text::quote(file) + " must be in the form CONTROLLER.PARAMETER", here);
  }
  return {};
}

}  // namespace

Result<> validate_resources(const Resources& resources, std::string_view at) {
  TRY(validate_device_rules(resources.devices, text::pointer(at, "devices")));
  if (resources.memory) TRY(validate_memory(*resources.memory, text::pointer(at, "memory")));
  if (resources.cpu) TRY(validate_cpu(*resources.cpu, text::pointer(at, "cpu")));
  if (resources.block_io) TRY(validate_block_io(*resources.block_io, text::pointer(at, "blockIO")));
  for (std::size_t each = 0; each < resources.hugepage_limits.size(); ++each)
    if (!is_page_size(resources.hugepage_limits[each].page_size))
      return fail("invalid huge page size " + text::quote(resources.hugepage_limits[each].page_size),
                  text::pointer(at, "hugepageLimits", each, "pageSize"), "a number and KB, MB or GB: \"2MB\"");
  TRY(validate_rdma(resources.rdma, text::pointer(at, "rdma")));
  return validate_unified(resources.unified, text::pointer(at, "unified"));
}

}  // namespace config
