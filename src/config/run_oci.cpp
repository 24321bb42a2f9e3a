#include "config/run_oci.h"

#include <algorithm>
#include <array>

#include "support/text.h"

namespace config {
namespace {

constexpr std::array<std::string_view, 4> kContexts{"context", "fscontext", "defcontext", "rootcontext"};  // mount(8), SELinux

Result<> validate_one(std::string_view name, const std::string& value) {
  const auto wrong = [&](const char* wanted) {
    return fail(std::string(name) + " is " + text::quote(value) + ", expected " + wanted, text::pointer("/annotations", name));
  };
  if (name == kKeepGroups && value != "0" && value != "1") return wrong("\"0\" or \"1\"");
  if ((name == kHookStdout || name == kHookStderr) && !value.starts_with('/')) return wrong("an absolute path");
  if (name == kMountContextType && std::ranges::find(kContexts, value) == kContexts.end())
    return wrong("context, fscontext, defcontext or rootcontext");
  if ((name == kSystemdSubgroup || name == kDelegateCgroup) && !value.empty() && !text::leads_below(value))
    return wrong("a relative path of a control group, without \"..\"");
  return {};
}

}  // namespace

std::string_view annotation(const Object<std::string>& annotations, std::string_view name) {
  for (const auto& [key, value] : annotations)
    if (key == name) return value;
  return {};
}

HookFiles hook_files(const Object<std::string>& annotations) {
  return {std::string(annotation(annotations, kHookStdout)), std::string(annotation(annotations, kHookStderr))};
}

Result<> validate_run_oci(const Object<std::string>& annotations) {
  for (const auto& [key, value] : annotations) TRY(validate_one(key, value));
  return {};
}

}  // namespace config
