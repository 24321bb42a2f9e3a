// The `hooks` object: config.md "POSIX-platform Hooks", runtime.md "Lifecycle".
#include "config/chapters.h"
#include "config/names.h"
#include "support/text.h"

namespace config {

Fields fields_of(const Hook*) {
  static constexpr Field kFields[] = {
      required(field<&Hook::path>("path")),
      field<&Hook::args>("args", kLongStrings),
      field<&Hook::env>("env", kLongStrings),
      field<&Hook::timeout>("timeout"),
  };
  return kFields;
}
Fields fields_of(const Hooks*) {
  static constexpr Field kFields[] = {
      field<&Hooks::prestart>("prestart"),
      field<&Hooks::create_runtime>("createRuntime"),
      field<&Hooks::create_container>("createContainer"),
      field<&Hooks::start_container>("startContainer"),
      field<&Hooks::poststart>("poststart"),
      field<&Hooks::poststop>("poststop"),
  };
  return kFields;
}

// All kinds at create: a poststop hook that cannot work must not be found out when the container is gone.
Result<> validate_hooks(const Hooks& hooks) {
  const std::vector<Hook>* const lists[] = {&hooks.prestart,        &hooks.create_runtime, &hooks.create_container,
                                            &hooks.start_container, &hooks.poststart,      &hooks.poststop};
  for (std::size_t kind = 0; kind < kHookNames.size(); ++kind) {
    for (std::size_t each = 0; each < lists[kind]->size(); ++each) {
      const Hook& hook = (*lists[kind])[each];
      const std::string here = text::pointer("/hooks", kHookNames[kind], each);
      if (!hook.path.starts_with('/')) return fail("hook path " + text::quote(hook.path) + " is not absolute", here + "/path");
      if (hook.timeout && *hook.timeout <= 0)
        return fail("hook timeout must be greater than zero, found " + std::to_string(*hook.timeout), here + "/timeout",
                    "leave it out for a hook that may run as long as it likes");
    }
  }
  return {};
}

}  // namespace config
