// plan/hooks.cpp: hooks. The runtime's own are passed on in Plan::hooks; those of the container go into the image, with the
// state that they read on stdin cut in two: init alone knows the pid between the halves. runtime.md "Lifecycle".
#include "config/version.h"
#include "plan/compile.h"

namespace plan {
namespace {

std::string state_before_pid(const Compiler& c, std::string_view status) {
  std::string json = "{\"ociVersion\":" + text::json_string(config::kSpecVersion);
  json += ",\"id\":" + text::json_string(c.request.id) + ",\"status\":" + text::json_string(status) + ",\"pid\":";
  return json;
}
std::string state_after_pid(const Compiler& c) {
  std::string json = ",\"bundle\":" + text::json_string(c.request.bundle);
  if (!c.spec.annotations.empty()) {
    char separator = '{';
    json += ",\"annotations\":";
    for (const auto& [key, value] : c.spec.annotations) {
      json += separator + text::json_string(key) + ':' + text::json_string(value);
      separator = ',';
    }
    json += '}';
  }
  return json += '}';
}

// `inherited`: the environment of a hook that has none of its own; null = nothing.
Hook compile_hook(Compiler& c, const config::Hook& hook, std::string_view kind, std::size_t index,
                  const std::vector<std::string>* inherited) {
  Hook compiled{};
  compiled.path = c.build.text(hook.path);
  compiled.name = c.build.text(std::string(kind) + " hook #" + std::to_string(index));
  compiled.args = c.build.texts(hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args);
  if (hook.env)
    compiled.env = c.build.texts(*hook.env);
  else if (inherited != nullptr)
    compiled.env = c.build.texts(*inherited), compiled.flags = kHookAddHome;
  compiled.timeout_seconds = static_cast<std::int32_t>(std::min<std::int64_t>(hook.timeout.value_or(0), INT32_MAX / 1000));
  return compiled;
}

Slot output_file(Compiler& c, const std::string& path, std::string_view annotation) {
  return path.empty() ? -1 : c.build.descriptor(DescriptorKind::hook_output, path, text::pointer("/annotations", annotation));
}

void add_hooks(Compiler& c, const std::vector<config::Hook>& hooks, std::string_view kind, std::string_view status,
               const std::vector<std::string>* inherited) {
  if (hooks.empty()) return;
  std::vector<Hook> compiled;
  for (std::size_t i = 0; i < hooks.size(); ++i) compiled.push_back(compile_hook(c, hooks[i], kind, i, inherited));
  const Range range = c.build.array<Hook>(compiled);
  const Text before = c.build.text(state_before_pid(c, status)), after = c.build.text(state_after_pid(c));
  const config::HookFiles files = config::hook_files(c.spec.annotations);
  const Slot out = output_file(c, files.out, config::kHookStdout), err = output_file(c, files.err, config::kHookStderr);
  c.build.add(Kind::run_hooks, "/hooks/" + std::string(kind)).hooks = {range, before, after, out, err};
}

}  // namespace

void add_create_hooks(Compiler& c) {
  const config::Hooks& hooks = c.spec.hooks;
  c.plan.hooks = hooks;
  c.plan.hooks.create_container.clear();
  c.plan.hooks.start_container.clear();
  if (!hooks.prestart.empty() || !hooks.create_runtime.empty())
    c.build.add(Kind::ask, hooks.prestart.empty() ? "/hooks/createRuntime" : "/hooks/prestart").ask = {Tell::mounted,
                                                                                                       Await::hooks_done};
  add_hooks(c, hooks.create_container, "createContainer", "creating", nullptr);  // nothing of the host's environment goes inside
}

void add_start_hooks(Compiler& c) { add_hooks(c, c.spec.hooks.start_container, "startContainer", "created", &c.env); }

}  // namespace plan
