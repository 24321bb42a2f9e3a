#include "cgroup/device_program.h"

#include <catch2/catch.hpp>

#include "plan/resources.h"

namespace {

enum : std::uint32_t { kMknod = 1, kRead = 2, kWrite = 4 };

// Runs what the kernel would run: the few instructions that device programs are made of.
bool allowed(const std::vector<bpf_insn>& program, char type, std::uint32_t access, std::uint32_t major, std::uint32_t minor) {
  const std::uint32_t context[3] = {access << 16 | (type == 'b' ? 1U : 2U), major, minor};
  std::uint64_t r[11] = {};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& code = program[at];
    std::uint64_t& target = r[code.dst_reg];
    const auto value = static_cast<std::uint64_t>(std::int64_t{code.imm});
    switch (code.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        target = context[code.off / 4];
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        target = static_cast<std::uint32_t>(target & value);
        break;
      case BPF_ALU64 | BPF_AND | BPF_K:
        target &= value;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        target = static_cast<std::uint32_t>(target) >> value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_K:
        target = value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_X:
        target = r[code.src_reg];
        break;
      case BPF_JMP | BPF_JNE | BPF_K:
        at += target != value ? static_cast<std::size_t>(code.off) : 0;
        break;
      case BPF_JMP | BPF_JNE | BPF_X:
        at += target != r[code.src_reg] ? static_cast<std::size_t>(code.off) : 0;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += target == value ? static_cast<std::size_t>(code.off) : 0;
        break;
      case BPF_JMP | BPF_EXIT:
        return r[0] == 1;
      default:
        FAIL("unknown instruction " << static_cast<int>(code.code));
    }
  }
  FAIL("the program has no end");
  return false;
}

std::vector<bpf_insn> program(const std::vector<config::DeviceRule>& rules) {
  auto reduced = plan::reduce_device_rules(rules, {});
  REQUIRE(reduced);
  return cgroup::device_program(*reduced);
}

}  // namespace

TEST_CASE("device program: without rules the defaults and nothing else") {
  const auto code = program({});
  CHECK(allowed(code, 'c', kRead | kWrite, 1, 3));
  CHECK(allowed(code, 'c', kRead, 136, 12));
  CHECK(allowed(code, 'c', kMknod, 10, 200));
  CHECK(allowed(code, 'b', kMknod, 8, 0));
  CHECK(!allowed(code, 'c', kRead, 10, 200));
  CHECK(!allowed(code, 'b', kRead, 8, 0));
  CHECK(!allowed(code, 'b', kRead, 1, 3));
}

TEST_CASE("device program: an allowance needs every access that is asked for") {
  const auto code = program({{true, "b", 8, {}, "r"}});
  CHECK(allowed(code, 'b', kRead, 8, 17));
  CHECK(!allowed(code, 'b', kRead | kWrite, 8, 17));
  CHECK(!allowed(code, 'b', kRead, 9, 17));
}

TEST_CASE("device program: where all is allowed a denial needs any access") {
  const auto code = program({{true, {}, {}, {}, "rwm"}, {false, "c", 10, 229, "w"}});
  CHECK(allowed(code, 'b', kRead | kWrite, 8, 0));
  CHECK(allowed(code, 'c', kRead, 10, 229));
  CHECK(!allowed(code, 'c', kWrite, 10, 229));
  CHECK(!allowed(code, 'c', kRead | kWrite, 10, 229));
}
