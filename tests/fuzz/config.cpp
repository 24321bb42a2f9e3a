// Any bytes as config.json, process.json and resources.json: an error or types, never a crash; and what is accepted compiles or
// is refused, and what compiles is a whole image that prints.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/read.h"
#include "plan/facts_file.h"
#include "plan/plan.h"

namespace {

constexpr std::string_view kFacts =
    R"({"kernel": "6.1", "permittedCapabilities": "1ffffffffff", "boundingCapabilities": "1ffffffffff",
  "cgroup": {"mode": "v1", "hierarchies": [
    {"controllers": "cpu,cpuacct", "mountPoint": "/sys/fs/cgroup/cpu,cpuacct", "ownPath": "/"},
    {"controllers": "memory", "mountPoint": "/sys/fs/cgroup/memory", "ownPath": "/a"},
    {"controllers": "devices", "mountPoint": "/sys/fs/cgroup/devices", "ownPath": "/"}]}})";

void compile(const config::Spec& spec, const plan::HostFacts& facts) {
  plan::Request request;
  request.id = "fuzz";
  request.bundle = "/bundle";
  request.rootfs = "/bundle/rootfs";
  request.wait_for_start = true;
  const auto plan = plan::compile(spec, facts, request);
  if (!plan) return;
  if (!plan::View::check(plan->image)) __builtin_trap();
  if (plan::print_text(*plan).empty() || plan::print_json(*plan).empty()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plan::HostFacts facts = plan::read_facts(kFacts).value();
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto spec = config::read_spec(text)) {
    if (config::validate(*spec)) compile(*spec, facts);
  } else if (!spec.error().pointer.empty()) {
    const config::Position at = config::locate(text, spec.error().pointer);
    if (at.line == 0) __builtin_trap();  // an error in a document that was read has a place
  }
  if (const auto process = config::read_process(text)) (void)config::validate_process(*process, "");
  (void)config::read_resources(text);
  return 0;
}
