// The `process` object: config.md "Process" and "POSIX process"; setrlimit(2), sched_setattr(2), ioprio_set(2).
#include <algorithm>

#include "config/chapters.h"
#include "config/id_list.h"
#include "config/names.h"
#include "config/read.h"
#include "config/words.h"
#include "support/text.h"

namespace config {

Fields fields_of(const ConsoleSize*) {
  static constexpr Field kFields[] = {field<&ConsoleSize::height>("height"), field<&ConsoleSize::width>("width")};
  return kFields;
}
Fields fields_of(const User*) {
  static constexpr Field kFields[] = {
      field<&User::uid>("uid", kId),      field<&User::gid>("gid", kId),
      field<&User::umask>("umask"),       field<&User::additional_gids>("additionalGids", kIds),
      field<&User::username>("username"),
  };
  return kFields;
}
Fields fields_of(const Capabilities*) {
  static constexpr Field kFields[] = {
      field<&Capabilities::effective>("effective"),     field<&Capabilities::bounding>("bounding"),
      field<&Capabilities::inheritable>("inheritable"), field<&Capabilities::permitted>("permitted"),
      field<&Capabilities::ambient>("ambient"),
  };
  return kFields;
}
Fields fields_of(const Rlimit*) {
  static constexpr Field kFields[] = {
      required(field<&Rlimit::type>("type")),
      required(field<&Rlimit::soft>("soft")),
      required(field<&Rlimit::hard>("hard")),
  };
  return kFields;
}
Fields fields_of(const Scheduler*) {
  static constexpr Field kFields[] = {
      required(field<&Scheduler::policy>("policy")), field<&Scheduler::nice>("nice"),
      field<&Scheduler::priority>("priority"),       field<&Scheduler::flags>("flags"),
      field<&Scheduler::runtime>("runtime"),         field<&Scheduler::deadline>("deadline"),
      field<&Scheduler::period>("period"),
  };
  return kFields;
}
Fields fields_of(const IoPriority*) {
  static constexpr Field kFields[] = {required(field<&IoPriority::io_class>("class")), field<&IoPriority::priority>("priority")};
  return kFields;
}
Fields fields_of(const CpuAffinity*) {
  static constexpr Field kFields[] = {field<&CpuAffinity::initial>("initial"), field<&CpuAffinity::final>("final")};
  return kFields;
}
Fields fields_of(const Process*) {
  static constexpr Field kFields[] = {
      field<&Process::terminal>("terminal"),
      field<&Process::console_size>("consoleSize"),
      field<&Process::user>("user"),
      field<&Process::args>("args", kLongStrings),
      field<&Process::env>("env", kLongStrings),
      field<&Process::cwd>("cwd"),
      field<&Process::capabilities>("capabilities"),
      field<&Process::rlimits>("rlimits"),
      field<&Process::no_new_privileges>("noNewPrivileges"),
      field<&Process::apparmor_profile>("apparmorProfile"),
      field<&Process::selinux_label>("selinuxLabel"),
      field<&Process::oom_score_adj>("oomScoreAdj"),
      field<&Process::scheduler>("scheduler"),
      field<&Process::io_priority>("ioPriority"),
      field<&Process::exec_cpu_affinity>("execCPUAffinity"),
  };
  return kFields;
}

namespace {

constexpr std::uint32_t kMaxUmask = 07777;
constexpr std::uint64_t kMaxConsoleSide = 65535;  // struct winsize has 16 bits for each: ioctl_tty(2)

Result<> validate_program(const Process& process, std::string_view at) {
  if (process.cwd.empty()) return fail("Cwd property must not be empty", text::pointer(at, "cwd"));
  if (process.cwd[0] != '/') return fail("Cwd must be an absolute path", text::pointer(at, "cwd"));
  if (process.args.empty())
    return fail("args must not be empty", text::pointer(at, "args"), "the first argument is the program to run");
  for (std::size_t each = 0; each < process.env.size(); ++each) {
    const std::string& variable = process.env[each];
    const std::size_t equals = variable.find('=');
    if (equals == variable.npos)
      return fail("invalid environment variable " + text::quote(variable) + ": missing '='", text::pointer(at, "env", each));
    if (equals == 0) return fail("invalid environment variable: name cannot be empty", text::pointer(at, "env", each));
  }
  return {};
}

Result<> validate_console(const Process& process, std::string_view at) {
  if (!process.terminal || !process.console_size) return {};  // without a terminal the size must be ignored
  for (const auto& [key, side] : {std::pair{"height", process.console_size->height}, {"width", process.console_size->width}})
    if (side > kMaxConsoleSide)
      return fail("expected integer 0..65535, found " + std::to_string(side), text::pointer(at, "consoleSize", key));
  return {};
}

Result<> validate_rlimits(const std::vector<Rlimit>& rlimits, std::string_view at) {
  for (std::size_t each = 0; each < rlimits.size(); ++each) {
    const Rlimit& limit = rlimits[each];
    const std::string here = text::pointer(at, "rlimits", each);
    if (find(kRlimits, limit.type) == nullptr)
      return fail("wrong rlimit value: " + text::quote(limit.type), here + "/type", choices(kRlimits));
    const auto same_type = [&](const Rlimit& other) { return other.type == limit.type; };
    if (std::any_of(rlimits.begin(), rlimits.begin() + static_cast<std::ptrdiff_t>(each), same_type))
      return fail("duplicated rlimit " + text::quote(limit.type), here + "/type");
    if (limit.soft > limit.hard)
      return fail("soft limit " + std::to_string(limit.soft) + " of " + limit.type + " is above its hard limit " +
                      std::to_string(limit.hard),
                  here + "/soft");
  }
  return {};
}

// What the kernel would refuse anyway (sched_setattr(2): EINVAL), told with the property that is wrong.
Result<> validate_scheduler(const Scheduler& scheduler, std::string_view at) {
  const Name* policy = find(kSchedulerPolicies, scheduler.policy);
  if (policy == nullptr)
    return fail("invalid scheduler policy " + text::quote(scheduler.policy), text::pointer(at, "policy"),
                choices(kSchedulerPolicies));
  for (std::size_t each = 0; each < scheduler.flags.size(); ++each)
    if (find(kSchedulerFlags, scheduler.flags[each]) == nullptr)
      return fail("invalid scheduler flag " + text::quote(scheduler.flags[each]), text::pointer(at, "flags", each),
                  choices(kSchedulerFlags));

  const bool timed = policy->name == "SCHED_OTHER" || policy->name == "SCHED_BATCH";
  const bool real_time = policy->name == "SCHED_FIFO" || policy->name == "SCHED_RR";
  if (timed && (scheduler.nice < -20 || scheduler.nice > 19))
    return fail("expected nice value -20..19, found " + std::to_string(scheduler.nice), text::pointer(at, "nice"));
  if (scheduler.priority != 0 && !real_time)
    return fail("priority can only be given with SCHED_FIFO or SCHED_RR", text::pointer(at, "priority"));
  if (real_time && (scheduler.priority < 1 || scheduler.priority > 99))
    return fail("expected priority 1..99, found " + std::to_string(scheduler.priority), text::pointer(at, "priority"));
  if (policy->name != "SCHED_DEADLINE")
    for (const auto& [key, value] :
         {std::pair{"runtime", scheduler.runtime}, {"deadline", scheduler.deadline}, {"period", scheduler.period}})
      if (value != 0) return fail(std::string(key) + " can only be given with SCHED_DEADLINE", text::pointer(at, key));
  return {};
}

Result<> validate_io_priority(const IoPriority& io_priority, std::string_view at) {
  if (find(kIoPriorityClasses, io_priority.io_class) == nullptr)
    return fail("invalid ioPriority class " + text::quote(io_priority.io_class), text::pointer(at, "class"),
                choices(kIoPriorityClasses));
  if (io_priority.priority < 0 || io_priority.priority > 7)
    return fail("expected priority 0..7, found " + std::to_string(io_priority.priority), text::pointer(at, "priority"));
  return {};
}

Result<> validate_affinity(const CpuAffinity& affinity, std::string_view at) {
  for (const auto& [key, list] : {std::pair{"initial", &affinity.initial}, {"final", &affinity.final}})
    if (!list->empty() && !parse_id_list(*list, kMaxCpu))
      return fail("invalid list of CPUs " + text::quote(*list), text::pointer(at, key),
                  "numbers and ascending ranges up to 65536: \"0-3,7\"");
  return {};
}

}  // namespace

Result<> validate_process(const Process& process, std::string_view at) {
  TRY(validate_program(process, at));
  TRY(validate_console(process, at));
  if (process.user.umask && *process.user.umask > kMaxUmask)
    return fail("umask " + std::to_string(*process.user.umask) + " is above 4095 (octal 7777)", text::pointer(at, "user", "umask"),
                "JSON has no octal numbers: 022 is written 18");
  TRY(validate_rlimits(process.rlimits, at));
  if (process.oom_score_adj && (*process.oom_score_adj < -1000 || *process.oom_score_adj > 1000))
    return fail("expected integer -1000..1000, found " + std::to_string(*process.oom_score_adj), text::pointer(at, "oomScoreAdj"));
  if (process.scheduler) TRY(validate_scheduler(*process.scheduler, text::pointer(at, "scheduler")));
  if (process.io_priority) TRY(validate_io_priority(*process.io_priority, text::pointer(at, "ioPriority")));
  if (process.exec_cpu_affinity) TRY(validate_affinity(*process.exec_cpu_affinity, text::pointer(at, "execCPUAffinity")));
  return {};
}

}  // namespace config
