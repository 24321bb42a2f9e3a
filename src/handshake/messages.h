// handshake/messages.h: every message between runtime and init, on one page.
//
// A SOCK_SEQPACKET pair; each message is one fixed struct, some carry one descriptor. Either side takes end-of-file for the
// death of the other: init exits, the runtime undoes the container. Which of them occur, and where, the plan's `ask` steps say.
//
//        runtime (host)                                             init (inside)
//            |  clone3, execveat(sealed init)  ----------------------->|
//            |  writes uid_map, gid_map                                |
//            |  Word id_maps_written           ----------------------->|  becomes root of its user namespace
//            |  writes the cgroups' limits                             |  joins namespaces, mounts, makes devices
//            |<--------------- Report child {pid, pidfd}               |  (only with fork_inside: init's parent half exits)
//            |<--------------- Report network {netlink socket}         |  (only with netDevices: the runtime moves them in)
//            |<--------------- Report tree {mount}                     |  (a bind of the container's own tree with mapped ids)
//            |  Word ids_mapped                ----------------------->|  mounts on
//            |  Word cgroup_ready              ----------------------->|  joins the v1 cgroups, unshares the cgroup namespace
//            |<--------------- Report mounted                          |
//            |  prestart, createRuntime hooks on the host              |
//            |  Word hooks_done                ----------------------->|  createContainer hooks, pivot_root, masks ...
//            |<--------------- Report terminal {master}                |  (only with a terminal)
//            |<--------------- Report listener {notify fd}             |  (only with seccomp notify)
//            |<--------------- Report ready                            |  the program is found, only exec is left
//            |  rlimits, state "created" or "running"                  |
//            |  Word proceed                   ----------------------->|  run, exec: execs
//            |  end-of-file = exec happened                            |
//            |  create: exits with 0           -- end-of-file -------->|  create: now it takes the word, and waits on exec.fifo
//            |<--------------- Report failed {step, errno, detail}     |  at any time; then init exits 1
//
// start and init (create only), through two fifos of the state directory (container/state.h), opened by the runtime before the
// clone:
//        start  -- one byte '0' --> exec.fifo   --> init: startContainer hooks, exec
//        start <-- Report failed -- answer    <-- init; end-of-file without a record = exec happened
#pragma once
#include <array>
#include <cstdint>

#include "plan/image.h"

namespace handshake {

enum class Word : std::uint32_t { id_maps_written = 1, ids_mapped, cgroup_ready, hooks_done, proceed };

struct ToInit {
  Word word;
};

enum class Say : std::uint32_t { child = 1, network, tree, mounted, terminal, listener, ready, failed };

// What went wrong inside a step, beyond its errno: the runtime chooses the words by it.
enum class Trouble : std::uint32_t {
  none,                  // the step's own call failed
  target_not_found,      // could not open or make the mount target / parent directory
  target_not_directory,  // proc, sysfs: the target is a symlink or no directory
  target_type,           // a directory onto a file or the reverse
  source_not_found,      // bind source
  filesystem_open,       // fsopen: unknown type
  filesystem_option,     // fsconfig of one option (detail: the option)
  filesystem_create,     // FSCONFIG_CMD_CREATE (detail: the kernel's own words from the fs context)
  attributes,            // mount_setattr
  flags_lost,            // the kernel reports the mount without flags that it was given (detail: which)
  propagation,
  attach,             // move_mount
  not_the_device,     // a device path holds something else
  not_found_in_path,  // program: exec: "x": executable file not found in $PATH
  not_executable,     // program: permission denied
  is_directory,       // program
  outside_root,       // cwd is not below the root (CVE-2024-21626)
  hook_status,        // hook: number = exit status; detail: name, output
  hook_signal,        // hook: number = signal
  hook_timeout,       // hook: number = seconds
  parent_gone,        // the runtime died
  damaged_plan,
};

struct Report {
  Say say;
  std::uint32_t step;             // failed: the step's index in the plan
  std::int32_t error;             // failed: errno, 0 = none
  Trouble trouble;                // failed
  std::int32_t number;            // child: its pid as the runtime's pid namespace counts; failed: see Trouble
  std::uint32_t length;           // of detail
  std::array<char, 4072> detail;  // a path, an option, a hook's output; bounded, no NUL needed
};
static_assert(sizeof(Report) <= 4096);  // PIPE_BUF: one write to the answer fifo stays whole (pipe(7))

}  // namespace handshake
