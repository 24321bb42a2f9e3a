// plan/seccomp.cpp: libseccomp makes the program, the stub of plan/seccomp_stub.h stands before it. The one file of this room that
// asks the system something: libseccomp probes for notification, and exports into a descriptor where it is older than 2.6.
#include "plan/seccomp.h"

#include <errno.h>
#include <seccomp.h>

#include <algorithm>
#include <memory>
#include <span>

#include "config/names.h"
#include "plan/digest.h"
#include "plan/seccomp_stub.h"
#include "sys/file.h"

static_assert(SCMP_ACT_KILL_PROCESS == 0x80000000U && SCMP_ACT_ERRNO(0) == config::kActErrno &&
              SCMP_ACT_TRACE(0) == config::kActTrace && SCMP_ACT_NOTIFY == config::kActNotify && SCMP_ACT_LOG == 0x7ffc0000U &&
              SCMP_ACT_ALLOW == 0x7fff0000U && SCMP_CMP_NE == 1 && SCMP_CMP_MASKED_EQ == 7 && SCMP_ARCH_X32 == 0x4000003e);

namespace plan {
namespace {

constexpr std::uint32_t kTsync = 0x01, kSpecAllow = 0x04, kNewListener = 0x08, kWaitKillable = 0x20;
constexpr std::uint32_t kEnosys = 38;
constexpr std::size_t kManyRules = 32;      // from here on a binary tree is faster than libseccomp's sorted list
constexpr std::uint64_t kFormatOfOurs = 1;  // part of the key: raised when the same profile gives another program

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

std::string place(std::string_view member) { return std::string("/linux/seccomp/").append(member); }
std::string rule_place(std::size_t index, std::string_view member) {
  return place("syscalls/") + std::to_string(index) + "/" + std::string(member);
}

// With its errno or trace message, EPERM when the profile has none, in the low 16 bits, as libseccomp and the kernel have it.
Result<std::uint32_t> action_number(const std::string& name, const std::optional<std::uint32_t>& errno_ret, std::string pointer) {
  const config::Name* action = config::find(config::kSeccompActions, name);
  if (action == nullptr) return fail("unknown seccomp action \"" + name + "\"", std::move(pointer));
  if (action->number != config::kActErrno && action->number != config::kActTrace) return action->number;
  const std::uint32_t code = errno_ret.value_or(EPERM);
  if (code > 0xffff) return fail("seccomp errno " + std::to_string(code) + " does not fit into 16 bits", std::move(pointer));
  return action->number | code;
}

Result<std::vector<std::uint32_t>> architectures_of(const config::Seccomp& profile) {
  std::vector<std::uint32_t> numbers{seccomp_arch_native()};
  for (std::size_t index = 0; index < profile.architectures.size(); ++index) {
    const config::Name* known = config::find(config::kSeccompArchitectures, profile.architectures[index]);
    if (known == nullptr)
      return fail("unknown seccomp architecture \"" + profile.architectures[index] + "\"",
                  place("architectures/") + std::to_string(index));
    if (std::ranges::find(numbers, known->number) == numbers.end()) numbers.push_back(known->number);
  }
  return numbers;
}

bool uses_notify(const config::Seccomp& profile) {
  return profile.default_action == "SCMP_ACT_NOTIFY" ||
         std::ranges::any_of(profile.syscalls, [](const config::SyscallRule& rule) { return rule.action == "SCMP_ACT_NOTIFY"; });
}

Result<std::uint32_t> flags_of(const config::Seccomp& profile, const HostFacts& facts, bool notify) {
  // Absent differs from an empty list: speculation stays on as it was before the flag existed, as engines expect.
  std::uint32_t flags = profile.flags ? 0 : kSpecAllow;
  if (profile.flags) {
    for (std::size_t index = 0; index < profile.flags->size(); ++index) {
      const std::string& name = (*profile.flags)[index];
      const config::Name* known = config::find(config::kSeccompFlags, name);
      if (known == nullptr) return fail("unknown seccomp flag \"" + name + "\"", place("flags/") + std::to_string(index));
      const bool too_new =
          known->number == kWaitKillable && (facts.kernel_major < 5 || (facts.kernel_major == 5 && facts.kernel_minor < 19));
      if (too_new) return fail("seccomp flag \"" + name + "\" needs Linux 5.19", place("flags/") + std::to_string(index));
      flags |= known->number;
    }
  }
  flags &= ~kTsync;                                               // it tells other threads, and init has none
  return notify ? flags | kNewListener : flags & ~kWaitKillable;  // which needs a listener: seccomp(2)
}

// All that the program depends on.
std::string cache_key(const config::Seccomp& profile, const HostFacts& facts) {
  Digest digest;
  const scmp_version* version = seccomp_version();
  for (const std::uint64_t number :
       {kFormatOfOurs, std::uint64_t{version->major}, std::uint64_t{version->minor}, std::uint64_t{version->micro},
        std::uint64_t{facts.kernel_major}, std::uint64_t{facts.kernel_minor}, std::uint64_t{seccomp_arch_native()}})
    digest.add_number(number);
  const auto add_errno = [&](const std::optional<std::uint32_t>& code) { digest.add_number(code ? *code : ~std::uint64_t{0}); };
  const auto add_texts = [&](const std::vector<std::string>& texts) {
    digest.add_number(texts.size());
    for (const std::string& text : texts) digest.add_text(text);
  };
  digest.add_text(profile.default_action);
  add_errno(profile.default_errno_ret);
  add_texts(profile.architectures);
  digest.add_number(profile.syscalls.size());
  for (const config::SyscallRule& rule : profile.syscalls) {
    add_texts(rule.names);
    digest.add_text(rule.action);
    add_errno(rule.errno_ret);
    digest.add_number(rule.args.size());
    for (const config::SyscallArg& arg : rule.args) {
      for (const std::uint64_t number : {std::uint64_t{arg.index}, arg.value, arg.value_two}) digest.add_number(number);
      digest.add_text(arg.op);
    }
  }
  return digest.hex();
}

Result<std::vector<scmp_arg_cmp>> comparisons_of(const config::SyscallRule& rule, std::size_t index) {
  std::vector<scmp_arg_cmp> comparisons;
  for (std::size_t at = 0; at < rule.args.size(); ++at) {
    const config::SyscallArg& arg = rule.args[at];
    const config::Name* op = config::find(config::kSeccompOperators, arg.op);
    const std::string pointer = rule_place(index, "args/") + std::to_string(at);
    if (op == nullptr) return fail("unknown seccomp operator \"" + arg.op + "\"", pointer + "/op");
    if (arg.index > 5) return fail("a system call has no argument " + std::to_string(arg.index), pointer + "/index");
    comparisons.push_back({arg.index, static_cast<scmp_compare>(op->number), arg.value, arg.value_two});
  }
  return comparisons;
}

// libseccomp refuses two comparisons of one argument in a rule. Profiles mean "one of these" by them: a rule each.
bool repeats_an_index(std::span<const scmp_arg_cmp> comparisons) {
  unsigned seen = 0;
  for (const scmp_arg_cmp& comparison : comparisons) {
    if ((seen & 1U << comparison.arg) != 0) return true;
    seen |= 1U << comparison.arg;
  }
  return false;
}

int add_rule(scmp_filter_ctx context, std::uint32_t action, int number, std::span<const scmp_arg_cmp> comparisons) {
  if (!repeats_an_index(comparisons))
    return seccomp_rule_add_array(context, action, number, static_cast<unsigned>(comparisons.size()), comparisons.data());
  for (const scmp_arg_cmp& comparison : comparisons)
    if (const int answer = seccomp_rule_add_array(context, action, number, 1, &comparison); answer != 0 && answer != -EEXIST)
      return answer;
  return 0;
}

Result<> add_rules(scmp_filter_ctx context, const config::Seccomp& profile, std::uint32_t default_action) {
  for (std::size_t index = 0; index < profile.syscalls.size(); ++index) {
    const config::SyscallRule& rule = profile.syscalls[index];
    const std::uint32_t action = TRY(action_number(rule.action, rule.errno_ret, rule_place(index, "action")));
    const std::vector<scmp_arg_cmp> comparisons = TRY(comparisons_of(rule, index));
    if (action == default_action) continue;
    for (const std::string& name : rule.names) {
      const int number = seccomp_syscall_resolve_name(name.c_str());
      if (number == __NR_SCMP_ERROR) continue;  // profiles name calls of all kernels and architectures
      const int answer = add_rule(context, action, number, comparisons);
      if (answer != 0 && answer != -EEXIST)
        return fail("adding the seccomp rule for system call " + name, sys::Errno{-answer}, rule_place(index, "names"));
    }
  }
  return {};
}

// 0, or why not: the native one is there already.
int add_architecture(scmp_filter_ctx context, std::uint32_t architecture) {
  const int answer = seccomp_arch_add(context, architecture);
  return answer == -EEXIST ? 0 : answer;
}

Result<Context> build(const config::Seccomp& profile, std::uint32_t default_action,
                      const std::vector<std::uint32_t>& architectures) {
  Context context(seccomp_init(default_action), &seccomp_release);
  if (context == nullptr)
    return fail("seccomp: libseccomp refuses the default action " + profile.default_action, place("defaultAction"));
  for (const std::uint32_t architecture : architectures) {
    if (const int answer = add_architecture(context.get(), architecture); answer != 0)
      return fail("seccomp: " + std::string(config::name_of(config::kSeccompArchitectures, architecture)) +
                      (answer == -EDOM ? " has another byte order than this machine" : " is not known to this libseccomp"),
                  place("architectures"));
  }
  TRY(add_rules(context.get(), profile, default_action));
#if SCMP_VER_MAJOR > 2 || SCMP_VER_MINOR >= 5
  std::size_t rules = 0;
  for (const config::SyscallRule& rule : profile.syscalls) rules += rule.names.size();
  if (rules > kManyRules) seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
#endif
  return context;
}

#if SCMP_VER_MAJOR > 2 || SCMP_VER_MINOR >= 6
Result<std::vector<Instruction>> export_program(scmp_filter_ctx context) {
  std::size_t size = 0;
  if (const int answer = seccomp_export_bpf_mem(context, nullptr, &size); answer != 0)
    return fail("exporting the seccomp filter", sys::Errno{-answer});
  std::vector<Instruction> program(size / sizeof(Instruction));
  if (const int answer = seccomp_export_bpf_mem(context, program.data(), &size); answer != 0)
    return fail("exporting the seccomp filter", sys::Errno{-answer});
  return program;
}
#else
Result<std::vector<Instruction>> export_program(scmp_filter_ctx context) {
  const sys::UniqueFd file = TRY_DOING("memfd_create for the seccomp filter", sys::memfd_create("seccomp", 1 /* MFD_CLOEXEC */));
  if (const int answer = seccomp_export_bpf(context, file.get()); answer != 0)
    return fail("exporting the seccomp filter", sys::Errno{-answer});
  const sys::Stat stat = TRY_DOING("stat of the exported seccomp filter", sys::stat_fd(file.get()));
  std::vector<Instruction> program(stat.size / sizeof(Instruction));
  const std::size_t got =
      TRY_DOING("reading the exported seccomp filter", sys::pread(file.get(), std::as_writable_bytes(std::span(program)), 0));
  if (got != stat.size) return fail("reading the exported seccomp filter: it is cut short");
  return program;
}
#endif

// A permissive default lets new calls through by itself, a tracer answers them; and the profile may say ENOSYS already.
bool wants_stub(std::uint32_t default_action) {
  const std::uint32_t kind = default_action & 0xffff0000;
  return kind != SCMP_ACT_ALLOW && kind != SCMP_ACT_LOG && kind != config::kActTrace && default_action != SCMP_ACT_ERRNO(kEnosys);
}

std::vector<NewestCall> newest_calls(const config::Seccomp& profile, const std::vector<std::uint32_t>& architectures) {
  std::vector<NewestCall> newest;
  for (const std::uint32_t architecture : architectures) {
    int greatest = -1;
    for (const config::SyscallRule& rule : profile.syscalls)
      for (const std::string& name : rule.names)
        greatest = std::max(greatest, seccomp_syscall_resolve_name_arch(architecture, name.c_str()));
    if (greatest >= 0) newest.push_back({architecture, static_cast<std::uint32_t>(greatest)});
  }
  return newest;
}

Result<std::vector<Instruction>> compile_program(const config::Seccomp& profile) {
  const std::uint32_t default_action =
      TRY(action_number(profile.default_action, profile.default_errno_ret, place("defaultAction")));
  const std::vector<std::uint32_t> architectures = TRY(architectures_of(profile));
  const Context context = TRY(build(profile, default_action, architectures));
  const std::vector<Instruction> exported = TRY(export_program(context.get()));
  std::vector<Instruction> program;
  if (wants_stub(default_action)) program = enosys_stub(newest_calls(profile, architectures));
  program.insert(program.end(), exported.begin(), exported.end());
  if (program.size() > 4096)
    return fail("the seccomp filter has " + std::to_string(program.size()) + " instructions, the kernel takes 4096",
                "/linux/seccomp");
  return program;
}

}  // namespace

std::vector<std::string_view> filter_architectures() {
  const Context context(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  std::vector<std::string_view> names;
  for (const config::Name& architecture : config::kSeccompArchitectures)
    if (context != nullptr && add_architecture(context.get(), architecture.number) == 0) names.push_back(architecture.name);
  return names;
}

Result<std::optional<Filter>> compile_seccomp(const config::Seccomp& profile, const HostFacts& facts, FilterCache* cache,
                                              std::vector<std::string>&) {
  if (profile.default_action.empty() && profile.syscalls.empty()) return std::optional<Filter>{};
  Filter filter;
  filter.notify = uses_notify(profile);
  filter.flags = TRY(flags_of(profile, facts, filter.notify));
  if (filter.notify && seccomp_api_get() < 5)
    return fail("seccomp notify unsupported: the kernel or libseccomp lacks it (API level " + std::to_string(seccomp_api_get()) +
                    ", needed 5)",
                "/linux/seccomp");

  const std::string key = cache != nullptr ? cache_key(profile, facts) : std::string();
  if (cache != nullptr) {
    if (auto kept = cache->find(key)) {
      filter.instructions = *std::move(kept);
      return std::optional<Filter>{std::move(filter)};
    }
  }
  filter.instructions = TRY(compile_program(profile));
  if (cache != nullptr) cache->keep(key, filter.instructions);
  return std::optional<Filter>{std::move(filter)};
}

}  // namespace plan
