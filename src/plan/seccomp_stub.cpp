#include "plan/seccomp_stub.h"

#include <linux/bpf_common.h>

namespace plan {
namespace {

constexpr std::uint32_t kX86_64 = 0xc000003e, kX32 = 0x4000003e, kX32Bit = 0x40000000;
constexpr std::uint32_t kS390 = 0x00000016, kS390X = 0x80000016;
constexpr std::uint32_t kReturnEnosys = 0x00050000 | 38;             // SECCOMP_RET_ERRNO | ENOSYS
constexpr std::uint32_t kNumberOffset = 0, kArchitectureOffset = 4;  // in struct seccomp_data

Instruction load(std::uint32_t offset) { return {BPF_LD | BPF_W | BPF_ABS, 0, 0, offset}; }
Instruction jump(std::uint16_t test, std::uint32_t value, std::uint8_t when_true, std::uint8_t when_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), when_true, when_false, value};
}
Instruction answer(std::uint32_t value) { return {BPF_RET | BPF_K, 0, 0, value}; }

const NewestCall* find(const std::vector<NewestCall>& newest, std::uint32_t architecture) {
  for (const NewestCall& call : newest)
    if (call.architecture == architecture) return &call;
  return nullptr;
}

// With the call's number loaded: ENOSYS, or go on behind these instructions.
void compare_number(std::vector<Instruction>& code, const NewestCall& newest) {
  // The kernel itself puts 0 in place of an impossible number on s390.
  if (newest.architecture == kS390 || newest.architecture == kS390X) code.push_back(jump(BPF_JEQ, 0, 1, 0));
  code.push_back(jump(BPF_JGT, newest.number, 0, 1));
  code.push_back(answer(kReturnEnosys));
}

// x86_64 and x32 share one AUDIT_ARCH; x32's numbers have bit 30 set. Where the profile does not have x32, its numbers are above
// all of x86_64's, and the first comparison answers them.
void compare_x86(std::vector<Instruction>& code, const NewestCall* native, const NewestCall* x32) {
  if (native != nullptr && x32 != nullptr) {
    code.push_back(jump(BPF_JGE, kX32Bit, 3, 0));
    compare_number(code, *native);
    code.push_back({BPF_JMP | BPF_JA, 0, 0, 2});
    compare_number(code, *x32);
  } else {
    compare_number(code, native != nullptr ? *native : *x32);
  }
}

// One section an AUDIT_ARCH: "another architecture? over the section". Ends with a jump out of the whole stub.
void append_section(std::vector<std::vector<Instruction>>& sections, std::uint32_t audit_arch, std::vector<Instruction> body) {
  std::vector<Instruction> section;
  section.push_back(jump(BPF_JEQ, audit_arch, 0, static_cast<std::uint8_t>(body.size() + 2)));
  section.push_back(load(kNumberOffset));
  section.insert(section.end(), body.begin(), body.end());
  section.push_back({BPF_JMP | BPF_JA, 0, 0, 0});  // patched when the stub's length is known
  sections.push_back(std::move(section));
}

}  // namespace

std::vector<Instruction> enosys_stub(const std::vector<NewestCall>& newest) {
  std::vector<std::vector<Instruction>> sections;
  const NewestCall* x86_64 = find(newest, kX86_64);
  const NewestCall* x32 = find(newest, kX32);
  if (x86_64 != nullptr || x32 != nullptr) {
    std::vector<Instruction> body;
    compare_x86(body, x86_64, x32);
    append_section(sections, kX86_64, std::move(body));
  }
  for (const NewestCall& call : newest) {
    if (call.architecture == kX86_64 || call.architecture == kX32) continue;
    std::vector<Instruction> body;
    compare_number(body, call);
    append_section(sections, call.architecture, std::move(body));
  }
  if (sections.empty()) return {};

  std::size_t length = 1;
  for (const auto& section : sections) length += section.size();
  std::vector<Instruction> stub{load(kArchitectureOffset)};
  for (auto& section : sections) {
    stub.insert(stub.end(), section.begin(), section.end());
    stub.back().k = static_cast<std::uint32_t>(length - stub.size());
  }
  return stub;
}

}  // namespace plan
