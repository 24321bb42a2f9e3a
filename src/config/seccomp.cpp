// linux.seccomp: config-linux.md "Seccomp", seccomp(2), seccomp_rule_add(3). What the host's libseccomp and kernel cannot do is
// refused in plan/.
#include "config/chapters.h"
#include "config/names.h"
#include "config/words.h"
#include "support/text.h"

namespace config {

Fields fields_of(const SyscallArg*) {
  static constexpr Field kFields[] = {
      required(field<&SyscallArg::index>("index")),
      required(field<&SyscallArg::value>("value")),
      field<&SyscallArg::value_two>("valueTwo"),
      required(field<&SyscallArg::op>("op")),
  };
  return kFields;
}
Fields fields_of(const SyscallRule*) {
  static constexpr Field kFields[] = {
      required(field<&SyscallRule::names>("names")),
      required(field<&SyscallRule::action>("action")),
      field<&SyscallRule::errno_ret>("errnoRet"),
      field<&SyscallRule::args>("args"),
  };
  return kFields;
}
Fields fields_of(const Seccomp*) {
  static constexpr Field kFields[] = {
      field<&Seccomp::default_action>("defaultAction"),
      field<&Seccomp::default_errno_ret>("defaultErrnoRet"),
      field<&Seccomp::architectures>("architectures"),
      field<&Seccomp::flags>("flags"),
      field<&Seccomp::listener_path>("listenerPath"),
      field<&Seccomp::listener_metadata>("listenerMetadata"),
      field<&Seccomp::syscalls>("syscalls"),
  };
  return kFields;
}

namespace {

constexpr char kHere[] = "/linux/seccomp";

// `action` with its optional errno, both properties of the object at `here`.
Result<const Name*> validate_action(const std::string& action, const std::optional<std::uint32_t>& errno_ret,
                                    const std::string& here, std::string_view action_key, std::string_view errno_key) {
  constexpr std::uint32_t kMaxData = 0xffff;  // SECCOMP_RET_DATA
  constexpr std::uint32_t kMaxErrno = 4094;   // libseccomp: below the kernel's MAX_ERRNO
  const Name* known = find(kSeccompActions, action);
  if (known == nullptr)
    return fail("invalid seccomp action " + text::quote(action), text::pointer(here, action_key), choices(kSeccompActions));
  if (!errno_ret) return known;
  if (known->number != kActErrno && known->number != kActTrace)
    return fail(std::string(errno_key) + " cannot be given with " + action, text::pointer(here, errno_key),
                "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take one");
  const std::uint32_t max = known->number == kActErrno ? kMaxErrno : kMaxData;
  if (*errno_ret > max)
    return fail("expected integer 0.." + std::to_string(max) + ", found " + std::to_string(*errno_ret),
                text::pointer(here, errno_key));
  return known;
}

Result<> validate_args(const std::vector<SyscallArg>& args, const std::string& at) {
  for (std::size_t each = 0; each < args.size(); ++each) {
    const std::string here = text::pointer(at, each);
    if (args[each].index > 5)
      return fail("expected argument index 0..5, found " + std::to_string(args[each].index), here + "/index");
    if (find(kSeccompOperators, args[each].op) == nullptr)
      return fail("invalid seccomp operator " + text::quote(args[each].op), here + "/op", choices(kSeccompOperators));
  }
  return {};
}

// True when the rule hands calls over to a listener.
Result<bool> validate_rule(const SyscallRule& rule, const std::string& here) {
  if (rule.names.empty()) return fail("seccomp rule names no system call", here + "/names");
  for (std::size_t each = 0; each < rule.names.size(); ++each)
    if (rule.names[each].empty()) return fail("empty name of a system call", text::pointer(here, "names", each));
  const Name* action = TRY(validate_action(rule.action, rule.errno_ret, here, "action", "errnoRet"));
  TRY(validate_args(rule.args, here + "/args"));
  return action->number == kActNotify;
}

Result<> validate_words(const Seccomp& profile) {
  for (std::size_t each = 0; each < profile.architectures.size(); ++each)
    if (find(kSeccompArchitectures, profile.architectures[each]) == nullptr)
      return fail("invalid seccomp architecture " + text::quote(profile.architectures[each]),
                  text::pointer(kHere, "architectures", each), choices(kSeccompArchitectures));
  if (!profile.flags) return {};
  for (std::size_t each = 0; each < profile.flags->size(); ++each)
    if (find(kSeccompFlags, (*profile.flags)[each]) == nullptr)
      return fail("invalid seccomp flag " + text::quote((*profile.flags)[each]), text::pointer(kHere, "flags", each),
                  choices(kSeccompFlags));
  return {};
}

Result<> validate_default(const Seccomp& profile) {
  if (profile.default_action.empty()) {
    if (profile.syscalls.empty()) return {};
    return fail("required property \"defaultAction\" is missing", kHere);
  }
  const Name* action =
      TRY(validate_action(profile.default_action, profile.default_errno_ret, kHere, "defaultAction", "defaultErrnoRet"));
  if (action->number == kActNotify)
    return fail("SCMP_ACT_NOTIFY cannot be used as default action", text::pointer(kHere, "defaultAction"));
  return {};
}

}  // namespace

Result<> validate_seccomp(const Seccomp& profile) {
  TRY(validate_default(profile));
  TRY(validate_words(profile));
  bool notifies = false;
  for (std::size_t each = 0; each < profile.syscalls.size(); ++each)
    if (TRY(validate_rule(profile.syscalls[each], text::pointer(kHere, "syscalls", each)))) notifies = true;
  if (notifies && profile.listener_path.empty())
    return fail("seccomp listenerPath is not set", kHere, "SCMP_ACT_NOTIFY needs someone who listens");
  if (!profile.listener_path.empty() && profile.listener_path[0] != '/')
    return fail("seccomp listenerPath " + text::quote(profile.listener_path) + " is not absolute",
                text::pointer(kHere, "listenerPath"));
  if (profile.listener_path.empty() && !profile.listener_metadata.empty())
    return fail("seccomp listenerMetadata is set without listenerPath", text::pointer(kHere, "listenerMetadata"));
  return {};
}

}  // namespace config
