#!/usr/bin/env bats
# What a config may not say, chapter by chapter: exit code 1, one line with the place, and nothing is left. Unit tests
# (src/config, src/plan) know every border; here is what a user sees. Most of it runc passes over.
load helpers

# The lines of stdin: WORDS ~ CHANGE. Each change alone is refused with these words.
all_refused() {
  local words change count=0
  alone
  cp "$BUNDLE/config.json" "$DIR/kept"
  while IFS='~' read -r words change; do
    words=${words%"${words##*[! ]}"} count=$((count + 1))
    cp "$DIR/kept" "$BUNDLE/config.json"
    configure "$change"
    call run --bundle "$BUNDLE" "$ID"
    echo "$change: $CODE, $(cat "$ERR")"
    [ "$CODE" -eq 1 ]
    grep -qF -- "$words" "$ERR"
    grep -q '(config.json:[0-9]*:[0-9]*, at /' "$ERR"
    one_line "$ERR"
    [ ! -e "$STATE/$ID" ]
  done
  [ $count -gt 0 ]
  nothing_left
}

@test "ociVersion: missing, no semantic version, another major" {
  all_refused <<'LIST'
must be specified ~ del(.ociVersion)
not a semantic version ~ .ociVersion = "1.3"
not supported ~ .ociVersion = "0.9.0"
not supported ~ .ociVersion = "2.0.0"
LIST
}
@test "process: environment, limits, umask, console" {
  all_refused <<'LIST'
missing '=' ~ .process.env += ["NAME"]
name cannot be empty ~ .process.env += ["=value"]
NUL byte ~ .process.env += ["A=\u0000"]
wrong rlimit value ~ .process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]
duplicated rlimit ~ .process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 2, hard: 2}]
above its hard limit ~ .process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]
is above 4095 ~ .process.user.umask = 4096
expected integer 0..65535 ~ .process.terminal = true | .process.consoleSize = {height: 65536, width: 80}
expected integer -1000..1000 ~ .process.oomScoreAdj = 1001
LIST
}
@test "process: scheduling" {
  all_refused <<'LIST'
is missing ~ .process.scheduler = {nice: 1}
invalid scheduler policy ~ .process.scheduler = {policy: "SCHED_NOSUCH"}
invalid scheduler flag ~ .process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NOSUCH"]}
expected nice value -20..19 ~ .process.scheduler = {policy: "SCHED_BATCH", nice: 20}
priority can only be given ~ .process.scheduler = {policy: "SCHED_IDLE", priority: 1}
expected priority 1..99 ~ .process.scheduler = {policy: "SCHED_RR", priority: 100}
deadline can only be given ~ .process.scheduler = {policy: "SCHED_FIFO", priority: 1, deadline: 5}
invalid ioPriority class ~ .process.ioPriority = {class: "IOPRIO_CLASS_NOSUCH", priority: 1}
expected priority 0..7 ~ .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}
invalid list of CPUs ~ .process.execCPUAffinity = {initial: "3-1"}
invalid list of CPUs ~ .process.execCPUAffinity = {final: "0-65537"}
invalid list of CPUs ~ .process.execCPUAffinity = {final: " , "}
LIST
}
@test "mounts: destination, type, source, options" {
  all_refused <<'LIST'
is missing ~ .mounts += [{type: "tmpfs"}]
on the top of rootfs ~ .mounts += [{destination: "/..", type: "tmpfs"}]
NUL byte ~ .mounts += [{destination: "/x\u0000y", type: "tmpfs"}]
has no type ~ .mounts += [{destination: "/x", source: "x"}]
has no source ~ .mounts += [{destination: "/x", type: "bind"}]
no such file or directory ~ .mounts += [{destination: "/x", type: "bind", source: "no-such-source", options: ["bind"]}]
filesystem-specific options ~ .mounts += [{destination: "/x", type: "bind", source: "/etc", options: ["bind", "size=1"]}]
it is inside /proc ~ .mounts += [{destination: "/proc/bus", type: "tmpfs"}]
it is not of type proc ~ .mounts += [{destination: "/proc", type: "tmpfs"}]
it is not of type proc ~ .mounts += [{destination: "/proc", type: "bind", source: "/etc", options: ["bind"]}]
copy-symlink works with new bind mounts only ~ .mounts += [{destination: "/x", type: "tmpfs", options: ["copy-symlink"]}]
src-nofollow has no meaning beside it ~ .mounts += [{destination: "/x", type: "bind", source: "/etc", options: ["copy-symlink", "src-nofollow"]}]
tmpcopyup works with tmpfs only ~ .mounts += [{destination: "/x", type: "proc", options: ["tmpcopyup"]}]
LIST
}
@test "mounts: mapped ids" {
  all_refused <<'LIST'
must have both ~ .mounts += [{destination: "/x", source: "/etc", options: ["bind"], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]
or a user namespace to take them from ~ .mounts += [{destination: "/x", source: "/etc", options: ["bind", "ridmap"]}]
only supported for bind mounts ~ .mounts += [{destination: "/x", type: "tmpfs", options: ["idmap"]}]
maybe the filesystem of the source ~ .mounts += [{destination: "/x", source: "/proc", options: ["bind"], uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]
LIST
}
@test "namespaces: types, paths, names of the host" {
  all_refused <<'LIST'
does not exist ~ .linux.namespaces += [{type: "nosuch"}]
duplicated ns ~ .linux.namespaces += [{type: "pid"}]
is not absolute ~ .linux.namespaces[0].path = "proc/self/ns/pid"
without a private UTS namespace ~ .linux.namespaces |= map(select(.type != "uts"))
without a private UTS namespace ~ .linux.namespaces |= map(select(.type != "uts")) | .hostname = "" | .domainname = "x"
time namespace isn't enabled ~ .linux.timeOffsets = {monotonic: {secs: 1}}
both namespace path and time offsets ~ .linux.timeOffsets = {monotonic: {secs: 1}} | .linux.namespaces += [{type: "time", path: "/proc/self/ns/time"}]
has no offset ~ .linux.timeOffsets = {realtime: {secs: 1}} | .linux.namespaces += [{type: "time"}]
expected integer 0..999999999 ~ .linux.timeOffsets = {monotonic: {nanosecs: 1000000000}} | .linux.namespaces += [{type: "time"}]
LIST
}
@test "user namespaces: mappings, and who is not mapped" {
  all_refused <<'LIST'
no namespace path to join nor mappings ~ .linux.namespaces += [{type: "user"}]
user namespace isn't enabled ~ .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}]
no mapping found for uid 0 ~ .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 1, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings
id mapping of size 0 ~ .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 0}] | .linux.gidMappings = .linux.uidMappings
overlaps ~ .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 5}, {containerID: 4, hostID: 2000, size: 1}] | .linux.gidMappings = .linux.uidMappings
cannot setuid to unmapped uid 7 ~ .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 5}] | .linux.gidMappings = .linux.uidMappings | .process.user.uid = 7
cannot setgid to unmapped gid 7 ~ .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 5}] | .linux.gidMappings = .linux.uidMappings | .process.user.gid = 7
unmapped additional gid 7 ~ .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 5}] | .linux.gidMappings = .linux.uidMappings | .process.user.additionalGids = [7]
LIST
}
@test "devices, device rules, network devices" {
  all_refused <<'LIST'
invalid device type ~ .linux.devices = [{type: "x", path: "/dev/x", major: 1, minor: 3}]
is not absolute ~ .linux.devices = [{type: "c", path: "dev/x", major: 1, minor: 3}]
has no major number ~ .linux.devices = [{type: "c", path: "/dev/x"}]
has no minor number ~ .linux.devices = [{type: "b", path: "/dev/x", major: 1}]
another file is in its place ~ .linux.devices = [{type: "c", path: "/etc/passwd", major: 1, minor: 3}]
another file is in its place ~ .linux.devices = [{type: "c", path: "/dev/mqueue", major: 1, minor: 3}]
of a device rule ~ .linux.resources.devices = [{allow: true, type: "x", access: "r"}]
device access cannot be empty ~ .linux.resources.devices = [{allow: true, type: "c"}]
invalid device access ~ .linux.resources.devices = [{allow: true, type: "c", access: "rx"}]
punch hole ~ .linux.resources.devices = [{allow: true, type: "c", access: "r"}, {allow: false, type: "c", major: 1, minor: 3, access: "r"}]
without a NET namespace ~ .linux.netDevices = {dummy0: {}} | .linux.namespaces |= map(select(.type != "network"))
invalid network device name ~ .linux.netDevices = {dummy0: {name: "sixteen-letters-"}}
would be called ~ .linux.netDevices = {dummy0: {name: "x"}, dummy1: {name: "x"}}
not found ~ .linux.netDevices = {"no-such-device": {}}
LIST
}
@test "hidden paths: absolute, and in a mount namespace of the container" {
  all_refused <<'LIST'
is not absolute ~ .linux.maskedPaths = ["proc/kcore"]
is not absolute ~ .linux.readonlyPaths = ["proc/sys"]
without a private MNT namespace ~ .linux.namespaces |= map(select(.type != "mount"))
LIST
}
@test "hooks: paths and timeouts, of every kind" {
  all_refused <<'LIST'
is not absolute ~ .hooks.prestart = [{path: "true"}]
is not absolute ~ .hooks.createRuntime = [{path: "true"}]
is not absolute ~ .hooks.createContainer = [{path: "true"}]
is not absolute ~ .hooks.startContainer = [{path: "true"}]
is not absolute ~ .hooks.poststart = [{path: "true"}]
must be greater than zero ~ .hooks.poststop = [{path: "/bin/true", timeout: 0}]
must be greater than zero ~ .hooks.poststop = [{path: "/bin/true", timeout: -1}]
LIST
}
@test "annotations of crun" {
  all_refused <<'LIST'
expected an absolute path ~ .annotations["run.oci.hooks.stdout"] = "log"
expected an absolute path ~ .annotations["run.oci.hooks.stderr"] = ""
expected context, fscontext ~ .annotations["run.oci.mount_context_type"] = "label"
control group, without ~ .annotations["run.oci.systemd.subgroup"] = "/a"
control group, without ~ .annotations["run.oci.delegate-cgroup"] = "a/../.."
keep_original_groups is ~ .annotations["run.oci.keep_original_groups"] = "true"
LIST
}
