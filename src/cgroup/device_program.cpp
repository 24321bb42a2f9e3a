#include "cgroup/device_program.h"

#include <array>

#include "cgroup/room.h"

namespace cgroup {
namespace {

using Rule = plan::CgroupPlan::DeviceRule;

// The context's words, loaded once: what is asked for, and of which device.
constexpr std::uint8_t kResult = BPF_REG_0, kScratch = BPF_REG_1, kType = BPF_REG_2, kAccess = BPF_REG_3, kMajor = BPF_REG_4,
                       kMinor = BPF_REG_5;

bpf_insn instruction(unsigned code, std::uint8_t target, std::uint8_t source, int offset, std::int32_t value) {
  bpf_insn made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = target & 15;
  made.src_reg = source & 15;
  made.off = static_cast<std::int16_t>(offset);
  made.imm = value;
  return made;
}
bpf_insn load(std::uint8_t target, int offset) { return instruction(BPF_LDX | BPF_MEM | BPF_W, target, BPF_REG_1, offset, 0); }
bpf_insn set(std::uint8_t target, std::int32_t value) { return instruction(BPF_ALU64 | BPF_MOV | BPF_K, target, 0, 0, value); }
bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

std::int32_t access_bits(const std::string& access) {
  std::int32_t bits = 0;
  for (const char letter : access)
    bits |= letter == 'm' ? BPF_DEVCG_ACC_MKNOD : letter == 'r' ? BPF_DEVCG_ACC_READ : BPF_DEVCG_ACC_WRITE;
  return bits;
}

// Falls out of its end when the rule has nothing to say. Jumps out are patched when the length is known.
std::vector<bpf_insn> exception(const Rule& rule) {
  std::vector<bpf_insn> code;
  std::vector<std::size_t> exits;
  const auto leave_unless = [&](unsigned test, std::uint8_t target, std::uint8_t source, std::int32_t value) {
    exits.push_back(code.size());
    code.push_back(instruction(test, target, source, 0, value));
  };
  leave_unless(BPF_JMP | BPF_JNE | BPF_K, kType, 0, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
  constexpr std::int32_t kEverything = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
  if (const std::int32_t bits = access_bits(rule.access); bits != kEverything) {
    code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
    code.push_back(instruction(BPF_ALU64 | BPF_AND | BPF_K, kScratch, 0, 0, bits));
    // An allowance needs all that is asked for, a denial any of it: opening read-write is denied where writing is.
    if (rule.allow)
      leave_unless(BPF_JMP | BPF_JNE | BPF_X, kScratch, kAccess, 0);
    else
      leave_unless(BPF_JMP | BPF_JEQ | BPF_K, kScratch, 0, 0);
  }
  if (rule.major >= 0) leave_unless(BPF_JMP | BPF_JNE | BPF_K, kMajor, 0, static_cast<std::int32_t>(rule.major));
  if (rule.minor >= 0) leave_unless(BPF_JMP | BPF_JNE | BPF_K, kMinor, 0, static_cast<std::int32_t>(rule.minor));
  code.push_back(set(kResult, rule.allow ? 1 : 0));
  code.push_back(leave());
  for (const std::size_t at : exits) code[at].off = static_cast<std::int16_t>(code.size() - at - 1);
  return code;
}

sys::Result<long> bpf(int command, bpf_attr& attributes) {
  return sys::checked(sys::raw(__NR_bpf, command, sys::address(&attributes), sizeof attributes));
}

sys::Result<sys::UniqueFd> load_program(const std::vector<bpf_insn>& code) {
  static constexpr char kLicense[] = "Apache-2.0";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<std::uintptr_t>(code.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(code.size());
  attributes.license = reinterpret_cast<std::uintptr_t>(kLicense);
  return sys::UniqueFd(static_cast<int>(SYS_TRY(bpf(BPF_PROG_LOAD, attributes))));
}

struct Attached {
  std::array<std::uint32_t, 64> ids{};
  std::uint32_t count = 0;
};
sys::Result<Attached> query(int directory) {
  Attached attached;
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<std::uint32_t>(directory);
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = reinterpret_cast<std::uintptr_t>(attached.ids.data());
  attributes.query.prog_cnt = attached.ids.size();
  SYS_TRY(bpf(BPF_PROG_QUERY, attributes));
  attached.count = attributes.query.prog_cnt;
  return attached;
}

sys::Result<> attach(int directory, int program) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<std::uint32_t>(directory);
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  SYS_TRY(bpf(BPF_PROG_ATTACH, attributes));
  return {};
}

sys::Result<> detach(int directory, std::uint32_t id) {
  bpf_attr by_id{};
  by_id.prog_id = id;
  const sys::UniqueFd program(static_cast<int>(SYS_TRY(bpf(BPF_PROG_GET_FD_BY_ID, by_id))));
  bpf_attr attributes{};
  attributes.target_fd = static_cast<std::uint32_t>(directory);
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  SYS_TRY(bpf(BPF_PROG_DETACH, attributes));
  return {};
}

}  // namespace

std::vector<bpf_insn> device_program(const std::vector<Rule>& rules) {
  std::vector<bpf_insn> code{
      load(kType, 0),   instruction(BPF_ALU | BPF_AND | BPF_K, kType, 0, 0, 0xffff),
      load(kAccess, 0), instruction(BPF_ALU | BPF_RSH | BPF_K, kAccess, 0, 0, 16),
      load(kMajor, 4),  load(kMinor, 8),
  };
  bool otherwise = false;
  for (const Rule& rule : rules) {
    if (rule.type == 'a') {
      otherwise = rule.allow;
      continue;
    }
    const std::vector<bpf_insn> block = exception(rule);
    code.insert(code.end(), block.begin(), block.end());
  }
  code.push_back(set(kResult, otherwise ? 1 : 0));
  code.push_back(leave());
  return code;
}

// The new one first, then the old ones go: all programs of a group must agree, so at no instant is more allowed than either did.
Result<> attach_device_program(int directory, const std::vector<Rule>& rules) {
  const sys::UniqueFd program = TRY_DOING("loading the device filter", load_program(device_program(rules)));
  const Attached before = TRY_DOING("asking for device filters of the cgroup", query(directory));
  TRY_DOING("attaching the device filter", attach(directory, program.get()));
  for (std::uint32_t index = 0; index < before.count; ++index)
    TRY_DOING("removing an old device filter", detach(directory, before.ids[index]));
  return {};
}

}  // namespace cgroup
