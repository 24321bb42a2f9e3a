#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/run.h"

namespace cli {
namespace {

constexpr std::array kGlobal{
    Option{"root", 0, Kind::text, "DIR",
           "directory of the containers' state (default: /run/minc-oci; rootless: $XDG_RUNTIME_DIR/minc-oci)"},
    Option{"log", 0, Kind::text, "FILE|journald:NAME|syslog:NAME",
           "append messages to FILE, or send them to the host's log; errors go to standard error as well"},
    Option{"log-format", 0, Kind::text, "text|json", "format of messages (default: text)"},
    Option{"debug", 0, Kind::flag, "", "tell every step"},
    Option{"systemd-cgroup", 0, Kind::flag, "", "let systemd make the control groups"},
    Option{"cgroup-manager", 0, Kind::text, "cgroupfs|systemd|disabled",
           "who makes the control groups, or that there are none (default: cgroupfs)"},
    Option{"rootless", 0, Kind::text, "auto|BOOL", "pass over control groups that may not be written (default: auto)"},
    Option{"version", 'v', Kind::flag, "", "print the version"},
    Option{"V", 0, Kind::flag, "", "print the version", true},                     // crun's letter
    Option{"log-level", 0, Kind::text, "LEVEL", "least level of messages", true},  // crun's
    Option{"criu", 0, Kind::text, "FILE", "ignored", true},                        // runc's up to 1.3
};

constexpr Option kBundle{"bundle", 'b', Kind::text, "DIR", "bundle directory (default: the current one)"};
constexpr Option kConfig{"config", 'f', Kind::text, "FILE", "read FILE instead of the bundle's config.json"};
constexpr Option kConsoleSocket{"console-socket", 0, Kind::text, "SOCKET", "unix socket that receives the terminal's master end"};
constexpr Option kPidfdSocket{"pidfd-socket", 0, Kind::text, "SOCKET", "unix socket that receives a pidfd of the process"};
constexpr Option kPidFile{"pid-file", 0, Kind::text, "FILE", "write the process id to FILE"};
constexpr Option kNoPivot{"no-pivot", 0, Kind::flag, "",
                          "move the root mount instead of pivot_root(2), for a root on an initial ramdisk"};
constexpr Option kNoNewKeyring{"no-new-keyring", 0, Kind::flag, "", "stay in the caller's session keyring"};
constexpr Option kPreserveFds{"preserve-fds", 0, Kind::number, "N",
                              "hand N more descriptors to the process, from 3 on (after those of LISTEN_FDS)"};

constexpr std::array kCreate{kBundle, kConfig, kConsoleSocket, kPidfdSocket, kPidFile, kNoPivot, kNoNewKeyring, kPreserveFds};
constexpr std::array kRun{
    kBundle,
    kConfig,
    Option{"detach", 'd', Kind::flag, "", "return once the program runs"},
    Option{"keep", 0, Kind::flag, "", "do not delete the container when it ends"},
    kConsoleSocket,
    kPidfdSocket,
    kPidFile,
    kNoPivot,
    kNoNewKeyring,
    kPreserveFds,
    Option{"no-subreaper", 0, Kind::flag, "", "do not adopt the container's orphaned processes"},
};
constexpr Option kImagePath{"image-path", 0, Kind::text, "DIR", "directory of criu's images (default: ./checkpoint)"};
constexpr Option kWorkPath{"work-path", 0, Kind::text, "DIR", "directory of criu's logs (default: that of the images)"};
constexpr Option kTcpEstablished{"tcp-established", 0, Kind::flag, "", "with established TCP connections"};
constexpr Option kExtUnixSk{"ext-unix-sk", 0, Kind::flag, "", "with unix sockets that lead out of the container"};
constexpr Option kShellJob{"shell-job", 0, Kind::flag, "", "processes may belong to a session of the caller's"};
constexpr Option kFileLocks{"file-locks", 0, Kind::flag, "", "with file locks"};
constexpr Option kCgroupsMode{"manage-cgroups-mode", 0, Kind::text, "soft|full|strict|ignore",
                              "what criu does about control groups (default: soft)"};
constexpr Option kNetworkLock{"network-lock", 0, Kind::text, "iptables|nftables|skip", "how criu holds network packets back"};
constexpr Option kEmptyNs{"empty-ns", 0, Kind::list, "network", "without devices and addresses, which is the case anyway"};
constexpr Option kAutoDedup{"auto-dedup", 0, Kind::flag, "", "free pages of earlier images that newer ones have"};
constexpr std::array kCheckpoint{
    kImagePath,
    kWorkPath,
    Option{"parent-path", 0, Kind::text, "DIR", "images of the --pre-dump before, relative to the new ones"},
    Option{"leave-running", 0, Kind::flag, "", "let the container go on afterwards"},
    kTcpEstablished,
    Option{"tcp-skip-in-flight", 0, Kind::flag, "", "pass over TCP connections that are being made"},
    Option{"link-remap", 0, Kind::flag, "", "give open files without a name one again where possible"},
    kExtUnixSk,
    kShellJob,
    Option{"lazy-pages", 0, Kind::flag, "", "keep the memory here and serve it to the restored container"},
    Option{"status-fd", 0, Kind::number, "FD", "descriptor that receives a zero byte once --lazy-pages is ready"},
    Option{"page-server", 0, Kind::text, "ADDRESS:PORT", "send the memory there, or with --lazy-pages serve it there"},
    kFileLocks,
    Option{"pre-dump", 0, Kind::flag, "", "save the memory only; the container goes on"},
    kCgroupsMode,
    kNetworkLock,
    kEmptyNs,
    kAutoDedup,
};
constexpr std::array kRestore{
    kBundle,
    kImagePath,
    kWorkPath,
    Option{"detach", 'd', Kind::flag, "", "return once the processes run"},
    kConsoleSocket,
    kPidFile,
    kTcpEstablished,
    Option{"tcp-close", 0, Kind::flag, "", "with TCP connections in closed state"},
    kExtUnixSk,
    kShellJob,
    kFileLocks,
    kCgroupsMode,
    kNetworkLock,
    kEmptyNs,
    kAutoDedup,
    Option{"lazy-pages", 0, Kind::flag, "", "bring memory in as it is used, by a `criu lazy-pages` that runs already"},
    Option{"lsm-profile", 0, Kind::text, "TYPE:NAME", "other LSM profile than that of the checkpoint"},
    Option{"lsm-mount-context", 0, Kind::text, "CONTEXT", "other SELinux mount context than that of the checkpoint"},
    Option{"no-pivot", 0, Kind::flag, "", "accepted for the sake of engines: criu enters the root by its own means"},
    Option{"no-subreaper", 0, Kind::flag, "", "do not adopt the container's orphaned processes"},
};
constexpr std::array kExec{
    Option{"process", 'p', Kind::text, "FILE",
           "read the process from FILE, a JSON object; the options that describe one are then ignored"},
    Option{"cwd", 0, Kind::text, "DIR", "working directory inside the container"},
    Option{"env", 'e', Kind::list, "NAME=VALUE", "add to the environment (repeatable)"},
    Option{"tty", 't', Kind::flag, "", "give the process a terminal"},
    Option{"user", 'u', Kind::text, "UID[:GID]", "user and group, as numbers"},
    Option{"additional-gids", 'g', Kind::numbers, "GID", "one more group (repeatable)"},
    Option{"cap", 'c', Kind::list, "CAPABILITY", "one more capability (repeatable)"},
    Option{"no-new-privs", 0, Kind::flag, "", "no program that it executes gains privileges"},
    Option{"apparmor", 0, Kind::text, "PROFILE", "AppArmor profile"},
    Option{"process-label", 0, Kind::text, "LABEL", "SELinux label"},
    Option{"cgroup", 0, Kind::list, "[CONTROLLER,...:]PATH", "put it into a control group below the container's (repeatable)"},
    Option{"detach", 'd', Kind::flag, "", "return once the program runs"},
    Option{"ignore-paused", 0, Kind::flag, "", "also into a paused container: the process begins when it is resumed"},
    kConsoleSocket,
    kPidfdSocket,
    kPidFile,
    kPreserveFds,
};
constexpr Option kRegex{"regex", 'r', Kind::flag, "", "CONTAINER is a regular expression: every container whose id it matches"};
constexpr std::array kDelete{
    Option{"force", 'f', Kind::flag, "", "kill it first if it runs; a container that does not exist is no error"},
    kRegex,
};
constexpr std::array kKill{
    kRegex,
    Option{"all", 'a', Kind::flag, "", "a container that has stopped is no error",
           true},  // runc's up to 1.1; engines still send it
};
constexpr Option kFormat{"format", 'f', Kind::text, "table|json", "how to print it (default: table)"};
constexpr std::array kList{kFormat, Option{"quiet", 'q', Kind::flag, "", "the ids alone"}};
constexpr std::array kPs{kFormat};
constexpr std::array kSpec{
    Option{"bundle", 'b', Kind::text, "DIR", "directory to write to (default: the current one)"},
    Option{"file", 'f', Kind::text, "FILE", "name of the file (default: config.json)"},
    Option{"rootless", 0, Kind::flag, "", "for a container without root's rights"},
};
constexpr std::array kEvents{
    Option{"interval", 0, Kind::duration, "DURATION", "time between statistics, as 5s or 100ms (default: 5s)"},
    Option{"stats", 0, Kind::flag, "", "print the statistics once and exit"},
};
constexpr std::array kUpdate{
    Option{
        "resources", 'r', Kind::text, "FILE",
        "read the limits from FILE, a JSON object like linux.resources (- is standard input); the options below are then ignored"},
    Option{"blkio-weight", 0, Kind::integer, "WEIGHT", "share of block io, 10 to 1000"},
    Option{"cpu-period", 0, Kind::text, "MICROSECONDS", "period that the cpu quota is for"},
    Option{"cpu-quota", 0, Kind::text, "MICROSECONDS", "cpu time in a period; -1 is no limit"},
    Option{"cpu-burst", 0, Kind::text, "MICROSECONDS", "unused cpu time that may be saved for a later period"},
    Option{"cpu-share", 0, Kind::text, "SHARES", "share of cpu time against other groups"},
    Option{"cpu-rt-period", 0, Kind::text, "MICROSECONDS", "period that the real-time budget is for (cgroup v1)"},
    Option{"cpu-rt-runtime", 0, Kind::text, "MICROSECONDS", "real-time budget in a period (cgroup v1)"},
    Option{"cpu-idle", 0, Kind::text, "0|1", "1: run only when nobody else wants to"},
    Option{"cpuset-cpus", 0, Kind::text, "LIST", "processors to run on, as 0-2,4"},
    Option{"cpuset-mems", 0, Kind::text, "LIST", "memory nodes to use"},
    Option{"memory", 0, Kind::text, "BYTES", "memory limit; k, m, g or t may follow; -1 is no limit"},
    Option{"memory-reservation", 0, Kind::text, "BYTES", "memory that is left to it when memory is short"},
    Option{"memory-swap", 0, Kind::text, "BYTES", "limit of memory and swap together; -1 is no limit"},
    Option{"pids-limit", 0, Kind::integer, "NUMBER", "most tasks; -1 is no limit"},
    Option{"l3-cache-schema", 0, Kind::text, "SCHEMA",
           "a line for the container's group of resctrl: a share of the cache (L3:0=ff)"},
    Option{"mem-bw-schema", 0, Kind::text, "SCHEMA", "likewise: a share of the memory bandwidth (MB:0=50)"},
    Option{"kernel-memory", 0, Kind::text, "BYTES", "ignored", true},
    Option{"kernel-memory-tcp", 0, Kind::text, "BYTES", "ignored", true},
};
constexpr std::array kPlan{
    kConfig,
    Option{"json", 0, Kind::flag, "", "print JSON"},
    Option{"facts", 0, Kind::text, "FILE", "plan for the host that FILE describes, not for this one"},
    Option{"id", 0, Kind::text, "ID", "id of the container (default: plan)"},
};

constexpr std::array kCommands{
    Command{
        .name = "checkpoint",
        .usage = "save a running container",
        .operands = "CONTAINER",
        .description =
            "Saves the processes of a running container as files, by criu(8), and deletes the container. `restore` makes it anew.",
        .options = kCheckpoint,
        .least = 1,
        .most = 1,
        .run = commands::checkpoint},
    Command{.name = "completion",
            .usage = "print completions for a shell",
            .operands = "bash|zsh|fish",
            .description =
                "Prints a script that completes commands and options. Source it, or put it where the shell looks for completions.",
            .least = 1,
            .most = 1,
            .uses_root = false,
            .run = commands::completion,
            .hidden = true},
    Command{.name = "create",
            .usage = "make a container, ready to start",
            .operands = "CONTAINER",
            .description =
                "Makes a container out of a bundle, a directory with config.json and a root file system, up to the point where\n"
                "only the user's program is missing. `start` executes it. The id must be unique below the state directory.",
            .options = kCreate,
            .least = 1,
            .most = 1,
            .failure = "create failed",
            .run = commands::create},
    Command{.name = "delete",
            .usage = "remove what a container leaves behind",
            .operands = "CONTAINER",
            .description = "Removes the control groups and the state of a container that is stopped, or created and not started.",
            .options = kDelete,
            .least = 1,
            .most = 1,
            .run = commands::erase},
    Command{.name = "events",
            .usage = "print statistics and out-of-memory events",
            .operands = "CONTAINER",
            .description =
                "Prints what the control groups have counted, every few seconds, and each time that the kernel runs out of\n"
                "memory for the container: a JSON object a line, until nothing of the container is left.",
            .options = kEvents,
            .least = 1,
            .most = 1,
            .run = commands::events},
    Command{.name = "exec",
            .usage = "run one more process in a container",
            .operands = "CONTAINER COMMAND [ARGUMENT...]",
            .description =
                "Runs COMMAND inside a created or running container. Its exit status becomes ours; 255 is an error of our own.",
            .options = kExec,
            .least = 1,
            .most = -1,
            .stop_at_positional = true,
            .failure = "exec failed",
            .failure_code = 255,
            .run = commands::exec},
    Command{.name = "features",
            .usage = "print what this runtime supports",
            .description = "Prints the features document of the OCI runtime specification. Reads nothing of the host but the "
                           "kernel's seccomp flags.",
            .uses_root = false,
            .run = commands::features},
    Command{.name = "kill",
            .usage = "send a signal to a container",
            .operands = "CONTAINER [SIGNAL]",
            .description =
                "Signals the container's first process. SIGNAL is a number or a name, with or without SIG; SIGTERM if absent.\n"
                "SIGKILL reaches every process of a container that shares its pid namespace.",
            .options = kKill,
            .least = 1,
            .most = 2,
            .stop_at_positional = true,
            .run = commands::kill},
    Command{.name = "list",
            .usage = "list the containers",
            .description = "Lists the containers of the state directory.",
            .options = kList,
            .run = commands::list},
    Command{.name = "mounts",
            .usage = "mount into a running container, or unmount out of it",
            .operands = "add|remove CONTAINER FILE",
            .description =
                "FILE is a JSON array like mounts of config.json; of what is removed the destinations count. All or nothing.",
            .least = 3,
            .most = 3,
            .run = commands::mounts},
    Command{.name = "pause",
            .usage = "freeze all processes of a container",
            .operands = "CONTAINER",
            .description = "Freezes the container's control group.",
            .least = 1,
            .most = 1,
            .run = commands::pause},
    Command{.name = "plan",
            .usage = "print what create would do",
            .operands = "[BUNDLE]",
            .description = "Reads and checks a bundle and prints the steps that would make a container of it. Makes nothing.",
            .options = kPlan,
            .most = 1,
            .uses_root = false,
            .run = commands::plan},
    Command{.name = "ps",
            .usage = "list the processes of a container",
            .operands = "CONTAINER [PS-OPTION...]",
            .description =
                "Prints the lines of the host's ps(1) that are of the container, or with --format json the host's process ids.\n"
                "PS-OPTIONs are for ps(1) (default: -ef).",
            .options = kPs,
            .least = 1,
            .most = -1,
            .stop_at_positional = true,
            .run = commands::ps},
    Command{.name = "restore",
            .usage = "restore a container from a checkpoint",
            .operands = "CONTAINER",
            .description =
                "Makes a container out of a bundle and of what `checkpoint` saved, waits for its end, deletes it, and exits "
                "with its status.",
            .options = kRestore,
            .least = 1,
            .most = 1,
            .run = commands::restore},
    Command{.name = "resume",
            .usage = "let a paused container go on",
            .operands = "CONTAINER",
            .description = "Thaws the container's control group.",
            .least = 1,
            .most = 1,
            .run = commands::resume},
    Command{
        .name = "run",
        .usage = "make a container and start it",
        .operands = "CONTAINER",
        .other_usage = "--host|--base DIR [options] [--] [COMMAND [ARGUMENT...]]",
        .description =
            "Creates a container, starts it, waits for its end, deletes it, and exits with its status.\n"
            "With --host or --base there is no bundle: the container sees the host's files, or a directory's, through a layer of\n"
            "its own; see `minc-oci run --host --help`.",
        .options = kRun,
        .least = 1,
        .most = 1,
        .failure = "run failed",
        .run = commands::run,
        .takes_words = over_host},
    Command{.name = "spec",
            .usage = "write a config.json to begin with",
            .description =
                "Writes a specification that runs sh in the root file system \"rootfs\". A file that exists is not overwritten.",
            .options = kSpec,
            .uses_root = false,
            .run = commands::spec},
    Command{.name = "start",
            .usage = "execute the program of a created container",
            .operands = "CONTAINER",
            .description = "Lets a created container go on to the program of its config.json.",
            .least = 1,
            .most = 1,
            .run = commands::start},
    Command{.name = "state",
            .usage = "print the state of a container",
            .operands = "CONTAINER",
            .description = "Prints the state as JSON.",
            .least = 1,
            .most = 1,
            .run = commands::state},
    Command{.name = "update",
            .usage = "change the resource limits of a container",
            .operands = "CONTAINER",
            .description =
                "Changes limits of a created, running or paused container. What is not named stays as it is; when one cannot\n"
                "be set, those before it are put back.",
            .options = kUpdate,
            .least = 1,
            .most = 1,
            .run = commands::update},
};
static_assert(std::ranges::is_sorted(kCommands, {}, &Command::name));

}  // namespace

std::span<const Command> all_commands() { return kCommands; }
std::span<const Option> global_options() { return kGlobal; }

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::lower_bound(kCommands, name, {}, &Command::name);
  return found != kCommands.end() && found->name == name ? &*found : nullptr;
}

}  // namespace cli
