#!/usr/bin/env bats
# What the kernel says about the container's first process, seen from the host: ours and runc's on the same bundle.
# Differences that are meant are the lines of the table `explained` below, and nothing else may differ.
load helpers

# Each line: a sed expression that makes the two alike, and why they differ.
explained() {
  sed -E \
    -e 's#^(status (Tgid|Ngid|Pid|PPid|NSpid|NStgid|NSpgid|NSsid)):.*#\1: N#' `# numbers of the run` \
    -e 's#^status (Vm|Rss|Hugetlb|voluntary|nonvoluntary|SigQ|Threads|State|Shd|Sig|FDSize).*#status \1#' `# use, not rights` \
    -e 's#^(limits Max open files) .*#\1#' `# runc 1.1: what Go raised, where the config says nothing` \
    -e 's#(pipe|socket|anon_inode):\[[^]]*\]#\1#g' # inode numbers
}

facts_of() { # PID: everything about rights, views and limits
  local pid=$1 file type
  echo "exe $(readlink "/proc/$pid/exe")"
  echo "root $(readlink "/proc/$pid/root")"
  echo "cwd $(readlink "/proc/$pid/cwd")"
  echo "cmdline $(tr '\0' '|' <"/proc/$pid/cmdline")"
  tr '\0' '\n' <"/proc/$pid/environ" | sort | sed 's/^/environ /'
  for file in "/proc/$pid/fd"/*; do echo "fd ${file##*/} $(readlink "$file" | sed "s#$DIR#DIR#")"; done
  sed 's/^/status /' "/proc/$pid/status"
  sed 's/^/limits /' "/proc/$pid/limits"
  for file in oom_score_adj loginuid setgroups uid_map gid_map personality; do
    [ ! -r "/proc/$pid/$file" ] || sed "s/^/$file /" "/proc/$pid/$file"
  done
  for type in cgroup ipc mnt net pid pid_for_children time time_for_children user uts; do
    if [ "$(readlink "/proc/$pid/ns/$type")" = "$(readlink "/proc/self/ns/$type")" ]; then
      echo "namespace $type: the host's"
    else
      echo "namespace $type: its own"
    fi
  done
  sort "/proc/$pid/cgroup" | sed 's/^[0-9]*:/cgroup /'
  ls -ld "/proc/$pid/fd/." | awk '{print "owner", $3, $4}'
}
first() {
  step create --bundle "$BUNDLE" "$ID"
  step start "$ID"
  wait_until program_runs
  facts_of "$(pid_of)" | explained
  echo "inside:"
  step exec "$ID" readlink /proc/1/exe /proc/1/root /proc/1/cwd
}
program_runs() { [ "$(readlink "/proc/$(pid_of)/exe")" = /bin/busybox ]; }

@test "the first process of the default spec" {
  both first
  said '^exe /bin/busybox'
  said '^fd 0 /dev/null'
  not said '^fd 3'
  said 'namespace mnt: its own'
}
@test "the first process of what podman would make" {
  both as_podman
  said 'Seccomp:.2'
}
as_podman() {
  configure '.process.user = {uid: 0, gid: 0, additionalGids: [10], umask: 18}
    | .process.noNewPrivileges = false
    | (["CHOWN","DAC_OVERRIDE","FOWNER","FSETID","KILL","NET_BIND_SERVICE","SETFCAP","SETGID","SETPCAP","SETUID","SYS_CHROOT"] | map("CAP_" + .)) as $caps
    | .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
    | .process.oomScoreAdj = 100
    | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2048, hard: 4096}, {type: "RLIMIT_NPROC", soft: 1000, hard: 2000}]
    | .annotations = {"io.container.manager": "libpod"}
    | .linux.rootfsPropagation = "rslave"
    | .linux.sysctl = {"net.ipv4.ping_group_range": "0 0"}
    | .linux.namespaces += [{type: "cgroup"}]
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["keyctl", "add_key"], action: "SCMP_ACT_ERRNO"}]}'
  first
}
@test "the first process in a user namespace, of another user" {
  both in_user_namespace
  said '^uid_map +0 +100000'
}
in_user_namespace() {
  configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  first
}
@test "the first process with the least: only a mount namespace" {
  both with_the_least
}
with_the_least() {
  new_namespaces mount
  configure 'del(.hostname) | .mounts |= map(select(.destination | IN("/proc", "/dev", "/dev/pts")))'
  first
}
@test "before start the first process is ours, sealed, with nothing of the host in reach" {
  alone
  call create --bundle "$BUNDLE" "$ID"
  local pid
  pid=$(pid_of)
  readlink "/proc/$pid/exe" "/proc/$pid/root" "/proc/$pid/cwd"
  ls -l "/proc/$pid/fd"
  # the program is a memfd (or a sealed copy), never the runtime's own file
  [ "$(readlink -f "/proc/$pid/exe")" != "$(readlink -f "$RT")" ]
  # nobody in the container may look into it
  [ "$(stat -c %U "/proc/$pid/fd" 2>/dev/null)" = root ]
  # standard streams, the two fifos of start, the program found: nothing that leads to the host's tree
  local file target
  for file in "/proc/$pid/fd"/*; do
    target=$(readlink "$file")
    case $target in
      /dev/null | pipe:* | "$DIR"/out.* | "$DIR"/err.* | *exec.fifo | /bin/busybox | anon_inode:* | socket:* | memfd:* | /memfd:*) ;;
      *) echo "what is $target?" && false ;;
    esac
  done
}
