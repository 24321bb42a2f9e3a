// plan/seccomp_describe.cpp: a profile's rules in words. Needs no libseccomp, so golden files are the same with every version of
// it.
#include "config/names.h"
#include "plan/seccomp.h"

namespace plan {
namespace {

std::string lower_tail(std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string text(name);
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

std::string action_words(const std::string& name, const std::optional<std::uint32_t>& errno_ret) {
  std::string words = lower_tail(name, "SCMP_ACT_");
  if (name == "SCMP_ACT_ERRNO" || name == "SCMP_ACT_TRACE") words.append(" ").append(std::to_string(errno_ret.value_or(1)));
  return words;
}

std::string_view operator_sign(const std::string& op) {
  const config::Name* known = config::find(config::kSeccompOperators, op);
  constexpr std::string_view kSigns[]{"?", "!=", "<", "<=", "==", ">=", ">", "&"};
  return known == nullptr ? op : kSigns[known->number];
}

std::string condition(const std::vector<config::SyscallArg>& args) {
  bool any = false;  // an index that repeats turns "and" into "or"
  for (std::size_t one = 0; one < args.size(); ++one)
    for (std::size_t other = 0; other < one; ++other) any = any || args[one].index == args[other].index;
  std::string words;
  for (const config::SyscallArg& arg : args) {
    words.append(words.empty() ? " if " : any ? " or " : " and ");
    words.append("arg")
        .append(std::to_string(arg.index))
        .append(" ")
        .append(operator_sign(arg.op))
        .append(" ")
        .append(std::to_string(arg.value));
    if (arg.op == "SCMP_CMP_MASKED_EQ") words.append(" == ").append(std::to_string(arg.value_two));
  }
  return words;
}

std::string joined(const std::vector<std::string>& words, std::string_view prefix) {
  std::string text;
  for (const std::string& word : words)
    text.append(text.empty() ? "" : ", ").append(prefix.empty() ? word : lower_tail(word, prefix));
  return text;
}

}  // namespace

std::vector<std::string> describe_seccomp(const config::Seccomp& profile) {
  std::vector<std::string> lines{"default: " + action_words(profile.default_action, profile.default_errno_ret)};
  if (!profile.architectures.empty()) lines.push_back("architectures: " + joined(profile.architectures, "SCMP_ARCH_"));
  if (profile.flags)
    lines.push_back("flags: " + (profile.flags->empty() ? std::string("none") : joined(*profile.flags, "SECCOMP_FILTER_FLAG_")));
  for (const config::SyscallRule& rule : profile.syscalls)
    lines.push_back(action_words(rule.action, rule.errno_ret) + ": " + joined(rule.names, "") + condition(rule.args));
  if (!profile.listener_path.empty()) lines.push_back("listener: " + profile.listener_path);
  return lines;
}

}  // namespace plan
