// plan/process.cpp: the `process` object. credentials(7), environ(7), sched_setattr(2), ioprio_set(2), set_mempolicy(2),
// personality(2), seccomp(2), execve(2).
#include <algorithm>
#include <unordered_set>

#include "config/id_list.h"
#include "config/names.h"
#include "plan/capabilities.h"
#include "plan/compile.h"
#include "plan/seccomp.h"

namespace plan {
namespace {

constexpr std::uint32_t kDefaultUmask = 0022;

// The number behind a word. config::validate has refused unknown ones; a compiler that guessed would be worse than one that
// repeats.
template <class Table>
Result<std::uint32_t> number_of(const Table& table, const std::string& word, std::string pointer) {
  if (const auto* entry = config::find(table, word)) return entry->number;
  return fail("unknown value " + text::quote(word), std::move(pointer));
}
template <class Table>
Result<std::uint32_t> flags_of(const Table& table, const std::vector<std::string>& words, const std::string& pointer) {
  std::uint32_t flags = 0;
  for (std::size_t i = 0; i < words.size(); ++i) flags |= TRY(number_of(table, words[i], text::pointer(pointer, i)));
  return flags;
}

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

// Each name once, with its last value and at the place of that. An empty HOME counts as none: init looks it up.
std::vector<std::string> unique_environment(const std::vector<std::string>& listed, const std::vector<std::string>& extra) {
  std::unordered_set<std::string_view> seen;
  std::vector<std::string> reversed;
  for (const auto* list : {&extra, &listed})
    for (auto variable = list->rbegin(); variable != list->rend(); ++variable)
      if (seen.insert(name_of(*variable)).second && *variable != "HOME=") reversed.push_back(*variable);
  return {reversed.rbegin(), reversed.rend()};
}

const std::string* find_variable(const std::vector<std::string>& env, std::string_view name) {
  for (const std::string& variable : env)
    if (name_of(variable) == name) return &variable;
  return nullptr;
}

// setuid(2) and setgroups(2) would answer EINVAL when all else is built. For create config::validate has looked already.
Result<> check_ids(const Compiler& c) {
  const config::User& user = c.process.user;
  const auto& uids = c.spec.linux_.uid_mappings;
  const auto& gids = c.spec.linux_.gid_mappings;
  if (!uids.empty() && !mapped(uids, user.uid))
    return fail("cannot setuid to unmapped uid " + std::to_string(user.uid) + " in user namespace", c.at("/user/uid"));
  if (!gids.empty() && !mapped(gids, user.gid))
    return fail("cannot setgid to unmapped gid " + std::to_string(user.gid) + " in user namespace", c.at("/user/gid"));
  for (const std::uint32_t gid : user.additional_gids)
    if (!gids.empty() && !mapped(gids, gid))
      return fail("cannot setgid to unmapped gid " + std::to_string(gid) + " in user namespace", c.at("/user/additionalGids"));
  if (c.facts.rootless && c.facts.euid != 0 && !user.additional_gids.empty())
    return fail("cannot set any additional groups in a rootless container", c.at("/user/additionalGids"));
  return {};
}

bool no_new_privileges(const Compiler& c) {
  // exec may tighten what the container's own process has, never loosen it.
  return c.process.no_new_privileges || (c.spec.process && c.spec.process->no_new_privileges);
}

// Where setgroups(2) is denied the caller's groups cannot be dropped; what the map does not name shows as nobody.
std::uint32_t identity_flags(const Compiler& c) {
  const bool denied_by_us = c.plan.id_maps && c.plan.id_maps->deny_setgroups;
  const bool denied_already = c.facts.setgroups_denied && !c.namespaces.has(kNewUser);
  const bool unknown = c.facts.rootless && c.facts.euid != 0 && c.namespaces.joins(kNewUser);
  const bool wanted = config::annotation(c.spec.annotations, config::kKeepGroups) == "1";  // podman --group-add keep-groups
  return denied_by_us || denied_already || unknown || wanted ? kKeepGroups : 0;
}

void add_identity(Compiler& c) {
  const config::User& user = c.process.user;
  const Range groups = c.build.array<std::uint32_t>(user.additional_gids);
  c.build.add(Kind::set_identity, c.at("/user")).identity = {user.uid, user.gid, groups, identity_flags(c)};
}

Result<> add_scheduler(Compiler& c) {
  if (!c.process.scheduler) return {};
  const config::Scheduler& scheduler = *c.process.scheduler;
  const std::string origin = c.at("/scheduler");
  SetScheduler operands{};
  operands.policy = TRY(number_of(config::kSchedulerPolicies, scheduler.policy, origin + "/policy"));
  operands.flags = TRY(flags_of(config::kSchedulerFlags, scheduler.flags, origin + "/flags"));
  operands.nice = scheduler.nice;
  operands.priority = static_cast<std::uint32_t>(scheduler.priority);
  operands.runtime = scheduler.runtime;
  operands.deadline = scheduler.deadline;
  operands.period = scheduler.period;
  c.build.add(Kind::set_scheduler, origin).scheduler = operands;
  return {};
}

Result<> add_io_priority(Compiler& c) {
  if (!c.process.io_priority) return {};
  const std::string origin = c.at("/ioPriority");
  const std::uint32_t io_class = TRY(number_of(config::kIoPriorityClasses, c.process.io_priority->io_class, origin + "/class"));
  c.build.add(Kind::set_io_priority, origin).value = static_cast<std::int64_t>(io_class << 13) | c.process.io_priority->priority;
  return {};
}

Result<> add_memory_policy(Compiler& c) {
  if (!c.spec.linux_.memory_policy) return {};
  const config::MemoryPolicy& policy = *c.spec.linux_.memory_policy;
  const std::string origin = "/linux/memoryPolicy";
  const std::uint32_t mode = TRY(number_of(config::kMemoryPolicyModes, policy.mode, origin + "/mode")) |
                             TRY(flags_of(config::kMemoryPolicyFlags, policy.flags, origin + "/flags"));
  std::vector<std::uint64_t> mask;
  const auto nodes = config::parse_id_list(policy.nodes, config::kMaxNode).value_or(std::vector<config::IdRange>{});
  for (const config::IdRange& range : nodes) {
    for (std::uint32_t node = range.first; node <= range.last; ++node) {
      if (mask.size() <= node / 64) mask.resize(node / 64 + 1);
      mask[node / 64] |= std::uint64_t{1} << (node % 64);
    }
  }
  const Range range = c.build.array<std::uint64_t>(mask);
  c.build.add(Kind::set_memory_policy, origin).memory_policy = {mode, range};
  return {};
}

Result<> add_personality(Compiler& c) {
  if (!c.spec.linux_.personality) return {};
  const std::string origin = "/linux/personality";
  const std::uint32_t domain = TRY(number_of(config::kPersonalityDomains, c.spec.linux_.personality->domain, origin + "/domain"));
  c.build.add(Kind::set_personality, origin).value = domain;
  return {};
}

Result<> read_limits(Compiler& c) {
  for (std::size_t i = 0; i < c.process.rlimits.size(); ++i) {
    const config::Rlimit& limit = c.process.rlimits[i];
    std::string origin = text::pointer(c.at("/rlimits"), i);
    const std::uint32_t resource = TRY(number_of(config::kRlimits, limit.type, origin + "/type"));
    c.plan.limits.push_back({static_cast<int>(resource), limit.soft, limit.hard, std::move(origin)});
  }
  return {};
}

}  // namespace

Result<> read_process(Compiler& c) {
  if (c.process.args.empty()) return fail("args must not be empty", c.at("/args"));
  TRY(check_ids(c));
  TRY(read_limits(c));
  c.env = unique_environment(c.process.env, c.request.extra_env);
  c.plan.terminal = c.process.terminal;
  return {};
}

void add_oom_score(Compiler& c) {
  // First of all: lowering it takes CAP_SYS_RESOURCE over the host, which a user namespace takes away.
  if (c.process.oom_score_adj) c.build.add(Kind::set_oom_score, c.at("/oomScoreAdj")).value = *c.process.oom_score_adj;
}

void add_terminal(Compiler& c, std::uint32_t flags) {
  if (!c.process.terminal) return;
  const config::ConsoleSize size = c.process.console_size.value_or(config::ConsoleSize{});
  c.build.add(Kind::open_terminal, c.at("/terminal")).terminal = {
      static_cast<std::uint32_t>(size.height), static_cast<std::uint32_t>(size.width), c.process.user.uid, flags};
}

// exec too: until here init's own is 0, so that modes are the plan's to the bit.
void add_umask(Compiler& c) {
  const auto& umask = c.process.user.umask;
  if (umask)
    c.build.add(Kind::set_umask, c.at("/user/umask")).value = *umask;
  else
    c.build.add(Kind::set_umask).value = kDefaultUmask;
}

Result<> add_labels(Compiler& c) {
  if (const std::string profile = c.process.apparmor_profile.value_or(""); !profile.empty()) {
    if (!c.facts.apparmor)
      return fail("apparmor profile " + text::quote(profile) + " is specified in config, but apparmor is disabled or not supported",
                  c.at("/apparmorProfile"));
    const Text name = c.build.text(profile);
    c.build.add(Kind::set_apparmor, c.at("/apparmorProfile")).text = name;
  }
  if (const std::string label = c.process.selinux_label.value_or(""); !label.empty()) {
    if (!c.facts.selinux)
      return fail("selinux label is specified in config, but selinux is disabled or not supported", c.at("/selinuxLabel"));
    const Text name = c.build.text(label);
    c.build.add(Kind::set_selinux, c.at("/selinuxLabel")).text = name;
  }
  return {};
}

Result<> add_privileges_and_scheduling(Compiler& c) {
  if (no_new_privileges(c)) c.build.add(Kind::set_no_new_privs, c.at("/noNewPrivileges"));
  TRY(add_scheduler(c));
  TRY(add_io_priority(c));
  TRY(add_memory_policy(c));
  return add_personality(c);
}

Result<> add_seccomp(Compiler& c) {
  if (!c.spec.linux_.seccomp) return {};
  const config::Seccomp& profile = *c.spec.linux_.seccomp;
  const std::optional<Filter> filter = TRY(compile_seccomp(profile, c.facts, c.request.filter_cache, c.plan.warnings));
  if (!filter) return {};
  const Range instructions = c.build.array<Instruction>(filter->instructions);
  c.build.add(Kind::load_seccomp, "/linux/seccomp").seccomp = {instructions, filter->flags, filter->notify ? 1U : 0U};
  c.plan.seccomp_rules = describe_seccomp(profile);
  if (filter->notify) {
    c.plan.seccomp_listener_path = profile.listener_path;
    c.plan.seccomp_listener_metadata = profile.listener_metadata;
  }
  return {};
}

Result<> add_confinement(Compiler& c) {
  const CapabilityMasks masks =
      compile_capabilities(c.process.capabilities ? &*c.process.capabilities : nullptr, c.facts, c.plan.warnings);
  const std::string capabilities = c.process.capabilities ? c.at("/capabilities") : "";
  const Text cwd = c.build.text(c.process.cwd), program = c.build.text(c.process.args.front());
  const std::string* path = find_variable(c.env, "PATH");

  c.build.add(Kind::change_directory, c.at("/cwd")).text = cwd;
  if (!c.process.terminal) c.build.add(Kind::own_stdio, c.at("/user/uid")).value = c.process.user.uid;
  // Without no_new_privs a filter takes CAP_SYS_ADMIN, so it must come before that is given up; with it, as late as possible.
  if (!no_new_privileges(c)) TRY(add_seccomp(c));
  c.build.add(Kind::drop_bounding, capabilities).mask = masks.bounding;
  add_identity(c);
  c.build.add(Kind::set_capabilities, capabilities).capabilities = {masks.effective, masks.permitted, masks.inheritable,
                                                                    masks.ambient};
  const Text search_path = path == nullptr ? Text{} : c.build.text(std::string_view(*path).substr(5));
  c.build.add(Kind::find_program, c.at("/args/0")).program = {program, search_path};
  return no_new_privileges(c) ? add_seccomp(c) : Result<>{};
}

void add_exec(Compiler& c) {
  const Range args = c.build.texts(c.process.args), env = c.build.texts(c.env);
  const std::uint32_t flags = find_variable(c.env, "HOME") == nullptr ? kFindHome : 0;
  c.build.add(Kind::exec, c.at("/args")).exec = {args, env, c.process.user.uid, flags, c.request.preserve_fds};
}

}  // namespace plan
