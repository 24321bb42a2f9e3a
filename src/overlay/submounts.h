// overlay/submounts.h: what is mounted below a directory, from mountinfo, and what an overlay of that directory does about it.
// Pure. proc_pid_mountinfo(5).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace overlay {

struct Submount {
  std::string path;  // absolute, as the host has it
  std::string type;  // "ext4"
};

// `table`: /proc/PID/mountinfo. The mounts below `base` ("/" or an absolute path without a final slash) whose files somebody may
// want, parents first, each place once. Left out: filesystems that show the kernel and not files, all at or below /proc, /sys,
// /dev, /run and /tmp of the base (a container gets fresh ones), mounts that are covered by another one, and roots of other
// containers (overlay).
std::vector<Submount> find_submounts(std::string_view table, std::string_view base);

}  // namespace overlay
