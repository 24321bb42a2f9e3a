#include "plan/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#include "config/names.h"
#include "plan/seccomp_stub.h"

namespace {

constexpr std::uint32_t kX86_64 = 0xc000003e, kI386 = 0x40000003, kArm64 = 0xc00000b7;
constexpr std::uint32_t kErrno = 0x00050000, kAllow = 0x7fff0000, kEnosys = kErrno | 38;

struct Call {
  std::uint32_t number = 0, architecture = kX86_64;
  std::uint64_t args[6] = {};
};

// What seccomp(2) runs: the instructions that filters are made of.
std::uint32_t run(const std::vector<plan::Instruction>& program, const Call& call) {
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = call.architecture;
  for (int index = 0; index < 6; ++index) data.args[index] = call.args[index];
  std::uint32_t a = 0, x = 0, memory[16] = {};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const plan::Instruction& code = program[at];
    const std::uint32_t operand = BPF_SRC(code.code) == BPF_X ? x : code.k;
    const auto branch = [&](bool taken) { at += taken ? code.jump_true : code.jump_false; };
    switch (code.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + code.k, 4);
        break;
      case BPF_LD | BPF_MEM:
        a = memory[code.k];
        break;
      case BPF_ST:
        memory[code.k] = a;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= code.k;
        break;
      case BPF_MISC | BPF_TAX:
        x = a;
        break;
      case BPF_JMP | BPF_JA:
        at += code.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        branch(a == operand);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        branch(a > operand);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        branch(a >= operand);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        branch((a & operand) != 0);
        break;
      case BPF_RET | BPF_K:
        return code.k;
      default:
        FAIL("unknown instruction " << code.code);
    }
  }
  FAIL("the program has no end");
  return 0;
}

plan::HostFacts facts() {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  return facts;
}

config::Seccomp profile(std::string default_action = "SCMP_ACT_ERRNO") {
  config::Seccomp made;
  made.default_action = std::move(default_action);
  made.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"};
  return made;
}
config::SyscallRule rule(std::vector<std::string> names, std::string action = "SCMP_ACT_ALLOW",
                         std::vector<config::SyscallArg> args = {}) {
  return {std::move(names), std::move(action), {}, std::move(args)};
}

plan::Filter compile(const config::Seccomp& from, plan::FilterCache* cache = nullptr) {
  std::vector<std::string> warnings;
  auto filter = plan::compile_seccomp(from, facts(), cache, warnings);
  if (!filter) FAIL(filter.error().what);
  REQUIRE(filter->has_value());
  return **filter;
}
Error error_of(const config::Seccomp& from, const plan::HostFacts& host = facts()) {
  std::vector<std::string> warnings;
  auto filter = plan::compile_seccomp(from, host, nullptr, warnings);
  REQUIRE(!filter);
  return filter.error();
}

std::uint32_t number(const char* name, std::uint32_t architecture = kX86_64) {
  return static_cast<std::uint32_t>(seccomp_syscall_resolve_name_arch(architecture, name));
}

struct MapCache : plan::FilterCache {
  std::map<std::string, std::vector<plan::Instruction>> kept;
  int hits = 0;
  std::optional<std::vector<plan::Instruction>> find(const std::string& key) override {
    const auto entry = kept.find(key);
    if (entry == kept.end()) return std::nullopt;
    ++hits;
    return entry->second;
  }
  void keep(const std::string& key, const std::vector<plan::Instruction>& program) override { kept[key] = program; }
};

}  // namespace

TEST_CASE("seccomp: a profile without default and rules is no filter") {
  std::vector<std::string> warnings;
  const auto filter = plan::compile_seccomp({}, facts(), nullptr, warnings);
  REQUIRE(filter);
  CHECK(!filter->has_value());
}

TEST_CASE("seccomp: named calls are allowed, others get the default's errno, on every architecture") {
  config::Seccomp from = profile();
  from.syscalls = {rule({"read", "write", "openat2"}), rule({"no_such_call"})};
  const plan::Filter filter = compile(from);
  for (const std::uint32_t architecture : {kX86_64, kI386, kArm64}) {
    CHECK(run(filter.instructions, {number("read", architecture), architecture}) == kAllow);
    CHECK(run(filter.instructions, {number("mount", architecture), architecture}) == (kErrno | 1));
  }
  CHECK(run(filter.instructions, {number("read", SCMP_ARCH_X32), kX86_64}) == kAllow);
  CHECK(run(filter.instructions, {number("mount", SCMP_ARCH_X32), kX86_64}) == (kErrno | 1));
  CHECK(run(filter.instructions, {0, 0x12345678}) == 0);  // an architecture that nobody asked for is killed
}

TEST_CASE("seccomp: calls newer than the profile get ENOSYS") {
  config::Seccomp from = profile();
  from.syscalls = {rule({"read", "openat2"})};
  const plan::Filter filter = compile(from);
  for (const std::uint32_t architecture : {kX86_64, kI386, kArm64}) {
    const std::uint32_t newest = number("openat2", architecture);
    CHECK(run(filter.instructions, {newest, architecture}) == kAllow);
    CHECK(run(filter.instructions, {newest + 1, architecture}) == kEnosys);
    CHECK(run(filter.instructions, {newest - 1, architecture}) == (kErrno | 1));
  }
  CHECK(run(filter.instructions, {number("openat2", SCMP_ARCH_X32) + 1, kX86_64}) == kEnosys);
  CHECK(run(filter.instructions, {number("openat2", SCMP_ARCH_X32) - 1, kX86_64}) == (kErrno | 1));

  from.default_errno_ret = 38;
  CHECK(run(compile(from).instructions, {9999, kX86_64}) == kEnosys);
  from = profile("SCMP_ACT_LOG");
  from.syscalls = {rule({"read"}, "SCMP_ACT_ERRNO")};
  CHECK(run(compile(from).instructions, {9999, kX86_64}) == 0x7ffc0000);
}

TEST_CASE("seccomp: x32's close has the number of the architecture i386, and is not taken for it") {
  config::Seccomp from = profile();
  from.syscalls = {rule({"close", "openat2"})};
  REQUIRE(number("close", SCMP_ARCH_X32) == kI386);
  CHECK(run(compile(from).instructions, {kI386, kX86_64}) == kAllow);
}

TEST_CASE("seccomp: the stub of one architecture alone") {
  using plan::enosys_stub;
  CHECK(enosys_stub({}).empty());
  const auto with_end = [](std::vector<plan::NewestCall> newest) {
    auto program = enosys_stub(newest);
    program.push_back({BPF_RET | BPF_K, 0, 0, kAllow});
    return program;
  };
  CHECK(run(with_end({{kX86_64, 300}}), {300}) == kAllow);
  CHECK(run(with_end({{kX86_64, 300}}), {301}) == kEnosys);
  CHECK(run(with_end({{kX86_64, 300}}), {0x40000000}) == kEnosys);  // x32, which the profile does not have
  CHECK(run(with_end({{kX86_64, 300}}), {301, kI386}) == kAllow);
  CHECK(run(with_end({{0x4000003e, 0x40000100}}), {0x40000101}) == kEnosys);
  CHECK(run(with_end({{0x80000016, 300}}), {0, 0x80000016}) == kEnosys);  // s390x
  CHECK(run(with_end({{0x80000016, 300}}), {300, 0x80000016}) == kAllow);
}

TEST_CASE("seccomp: comparisons of different arguments are all needed, of one argument any is enough") {
  config::Seccomp from = profile();
  from.syscalls = {rule({"socket"}, "SCMP_ACT_ALLOW", {{0, 1, 0, "SCMP_CMP_EQ"}, {1, 2, 0, "SCMP_CMP_NE"}}),
                   rule({"personality"}, "SCMP_ACT_ALLOW", {{0, 0, 0, "SCMP_CMP_EQ"}, {0, 8, 0, "SCMP_CMP_EQ"}}),
                   rule({"clone"}, "SCMP_ACT_ALLOW", {{0, 0x7e020000, 0, "SCMP_CMP_MASKED_EQ"}}), rule({"openat2"})};
  const plan::Filter filter = compile(from);
  CHECK(run(filter.instructions, {number("socket"), kX86_64, {1, 3}}) == kAllow);
  CHECK(run(filter.instructions, {number("socket"), kX86_64, {1, 2}}) == (kErrno | 1));
  CHECK(run(filter.instructions, {number("socket"), kX86_64, {2, 3}}) == (kErrno | 1));
  CHECK(run(filter.instructions, {number("personality"), kX86_64, {8}}) == kAllow);
  CHECK(run(filter.instructions, {number("personality"), kX86_64, {0}}) == kAllow);
  CHECK(run(filter.instructions, {number("personality"), kX86_64, {4}}) == (kErrno | 1));
  CHECK(run(filter.instructions, {number("clone"), kX86_64, {0x1200011}}) == kAllow);
  CHECK(run(filter.instructions, {number("clone"), kX86_64, {0x10000000}}) == (kErrno | 1));
}

TEST_CASE("seccomp: errno values, and rules that say what the default says") {
  config::Seccomp from = profile();
  from.default_errno_ret = 13;
  from.syscalls = {rule({"openat2"}), rule({"mount"}, "SCMP_ACT_ERRNO"), rule({"bpf"}, "SCMP_ACT_KILL")};
  from.syscalls[1].errno_ret = 13;  // the default again: libseccomp would refuse it
  from.syscalls.push_back(rule({"acct"}, "SCMP_ACT_ERRNO"));
  const plan::Filter filter = compile(from);
  CHECK(run(filter.instructions, {number("mount")}) == (kErrno | 13));
  CHECK(run(filter.instructions, {number("acct")}) == (kErrno | 1));
  CHECK(run(filter.instructions, {number("bpf")}) == 0);
}

TEST_CASE("seccomp: many rules make a tree with the same answers") {
  config::Seccomp from = profile();
  std::vector<std::string> names;
  for (int call = 0; call < 300; call += 2)
    if (char* name = seccomp_syscall_resolve_num_arch(kX86_64, call)) names.emplace_back(name), free(name);
  from.syscalls = {rule(names), rule({"openat2"})};
  const plan::Filter filter = compile(from);
  for (std::uint32_t call = 0; call < 300; ++call) CHECK(run(filter.instructions, {call}) == (call % 2 == 0 ? kAllow : kErrno | 1));
}

TEST_CASE("seccomp: flags") {
  config::Seccomp from = profile("SCMP_ACT_ALLOW");
  CHECK(compile(from).flags == 4);
  from.flags.emplace();
  CHECK(compile(from).flags == 0);
  from.flags = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
  CHECK(compile(from).flags == 2);
  from.syscalls = {rule({"mkdir"}, "SCMP_ACT_NOTIFY")};
  const plan::Filter filter = compile(from);
  CHECK(filter.notify);
  CHECK(filter.flags == (2 | 8 | 0x20));
  CHECK(run(filter.instructions, {number("mkdir")}) == SECCOMP_RET_USER_NOTIF);

  plan::HostFacts old = facts();
  old.kernel_major = 5, old.kernel_minor = 14;
  CHECK(error_of(from, old).pointer == "/linux/seccomp/flags/2");
}

TEST_CASE("seccomp: what is unknown is refused at its place") {
  config::Seccomp from = profile("SCMP_ACT_MAYBE");
  CHECK(error_of(from).pointer == "/linux/seccomp/defaultAction");
  from = profile();
  from.architectures[1] = "SCMP_ARCH_VAX";
  CHECK(error_of(from).pointer == "/linux/seccomp/architectures/1");
  from = profile();
  from.syscalls = {rule({"read"}, "SCMP_ACT_ALLOW", {{0, 0, 0, "SCMP_CMP_ALMOST"}})};
  CHECK(error_of(from).pointer == "/linux/seccomp/syscalls/0/args/0/op");
  from.syscalls = {rule({"read"}, "SCMP_ACT_ALLOW", {{6, 0, 0, "SCMP_CMP_EQ"}})};
  CHECK(error_of(from).pointer == "/linux/seccomp/syscalls/0/args/0/index");
  from = profile();
  from.flags = {"SECCOMP_FILTER_FLAG_FAST"};
  CHECK(error_of(from).pointer == "/linux/seccomp/flags/0");
}

TEST_CASE("seccomp: the architectures of this machine's byte order, and no others, can have a filter") {
  const std::vector<std::string_view> names = plan::filter_architectures();
  for (const config::Name& each : config::kSeccompArchitectures) {
    config::Seccomp from = profile();
    from.architectures = {std::string(each.name)};
    CAPTURE(each.name);
    if (std::ranges::find(names, each.name) != names.end())
      compile(from);
    else
      CHECK(error_of(from).pointer == "/linux/seccomp/architectures");
  }
  CHECK(std::ranges::find(names, "SCMP_ARCH_AARCH64") != names.end());
  CHECK(std::ranges::find(names, "SCMP_ARCH_S390X") == names.end());
}

TEST_CASE("seccomp: a kept filter is used for the same profile only") {
  MapCache cache;
  config::Seccomp from = profile();
  from.syscalls = {rule({"read", "openat2"})};
  const plan::Filter made = compile(from, &cache);
  const plan::Filter kept = compile(from, &cache);
  CHECK(cache.hits == 1);
  CHECK(made.flags == kept.flags);
  REQUIRE(made.instructions.size() == kept.instructions.size());
  CHECK(std::memcmp(made.instructions.data(), kept.instructions.data(), made.instructions.size() * sizeof(plan::Instruction)) == 0);
  cache.kept.begin()->second.resize(1);
  CHECK(compile(from, &cache).instructions.size() == 1);  // what was kept, and nothing made anew
  from.syscalls = {rule({"read"}), rule({"openat2"})};
  compile(from, &cache);
  from.default_errno_ret = 1;
  compile(from, &cache);
  CHECK(cache.hits == 2);
  CHECK(cache.kept.size() == 3);
}

TEST_CASE("seccomp: whatever changes the program changes the key under which it is kept") {
  config::Seccomp whole = profile();
  whole.syscalls = {rule({"socket"}, "SCMP_ACT_ERRNO", {{0, 1, 2, "SCMP_CMP_MASKED_EQ"}}), rule({"openat2"})};
  MapCache cache;
  compile(whole, &cache);
  std::size_t keys = 1;
  const auto is_another = [&](auto change) {
    config::Seccomp changed = whole;
    change(changed);
    compile(changed, &cache);
    return cache.kept.size() == ++keys;
  };
  CHECK(is_another([](auto& to) { to.default_action = "SCMP_ACT_LOG"; }));
  CHECK(is_another([](auto& to) { to.default_errno_ret = 2; }));
  CHECK(is_another([](auto& to) { to.architectures.pop_back(); }));
  CHECK(is_another([](auto& to) { to.architectures.back() = "SCMP_ARCH_ARM"; }));
  CHECK(is_another([](auto& to) { to.syscalls.pop_back(); }));
  CHECK(is_another([](auto& to) { to.syscalls[0].names[0] = "personality"; }));
  CHECK(is_another([](auto& to) { to.syscalls[0].names.push_back("personality"); }));
  CHECK(is_another([](auto& to) { to.syscalls[0].action = "SCMP_ACT_LOG"; }));
  CHECK(is_another([](auto& to) { to.syscalls[0].errno_ret = 3; }));
  CHECK(is_another([](auto& to) { to.syscalls[0].args.clear(); }));
  CHECK(is_another([](auto& to) { to.syscalls[0].args[0].index = 1; }));
  CHECK(is_another([](auto& to) { to.syscalls[0].args[0].value = 4; }));
  CHECK(is_another([](auto& to) { to.syscalls[0].args[0].value_two = 0; }));
  CHECK(is_another([](auto& to) { to.syscalls[0].args[0].op = "SCMP_CMP_NE"; }));
  CHECK(cache.hits == 0);

  // Where one list ends and the next begins: the same words in the same order.
  config::Seccomp one = profile(), other = profile();
  one.syscalls = {rule({"read", "write"}), rule({"openat2"})};
  other.syscalls = {rule({"read"}), rule({"write", "openat2"})};
  compile(one, &cache);
  compile(other, &cache);
  plan::HostFacts newer = facts();
  ++newer.kernel_minor;
  std::vector<std::string> warnings;
  REQUIRE(plan::compile_seccomp(other, newer, &cache, warnings));
  CHECK(cache.hits == 0);
}

TEST_CASE("seccomp: rules in words") {
  config::Seccomp from = profile();
  from.architectures.resize(2);
  from.syscalls = {rule({"read", "write"}),
                   rule({"personality"}, "SCMP_ACT_TRACE", {{0, 0, 0, "SCMP_CMP_EQ"}, {0, 8, 0, "SCMP_CMP_GT"}}),
                   rule({"clone"}, "SCMP_ACT_ALLOW", {{0, 4, 0, "SCMP_CMP_MASKED_EQ"}})};
  CHECK(plan::describe_seccomp(from) ==
        std::vector<std::string>{"default: errno 1", "architectures: x86_64, x86", "allow: read, write",
                                 "trace 1: personality if arg0 == 0 or arg0 > 8", "allow: clone if arg0 & 4 == 0"});
}
