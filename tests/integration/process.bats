#!/usr/bin/env bats
# The process object: what the program finds itself to be. Each test shows the same facts under runc and under ours.
load helpers

FACTS='id; umask; pwd; echo "home=$HOME"; grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Umask|Cpus_allowed_list|SigBlk|SigIgn|CoreDumping|THP_enabled)" /proc/self/status
cat /proc/self/oom_score_adj /proc/self/limits; tr "\0" "\n" </proc/1/environ | sort; cat /proc/self/loginuid /proc/self/sessionid 2>/dev/null; echo; echo $$'

facts() { # FILTER...: config changes; then what the process sees
  local filter
  for filter in "$@"; do configure "$filter"; done
  shell "$FACTS"
  step run --bundle "$BUNDLE" "$ID"
}

@test "the default spec's process" {
  both facts
  said 'CapEff:.0000000020000420'
  said 'NoNewPrivs:.1'
  said 'Max open files +1024'
}

@test "user, group and supplementary groups" {
  both facts '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 27, 2000000000]}'
  said 'groups=5\(tty\),27,2000000000'
  said 'home=/home/ordinary'
}
@test "a user that passwd does not know" {
  both facts '.process.user = {uid: 4321, gid: 1234}'
  said 'home=/$'
}
@test "run.oci.keep_original_groups: they do when it is 1" { # crun's, sent by podman
  alone
  configure '.process.args = ["id", "-G"] | .process.user.additionalGids = [5] | .annotations["run.oci.keep_original_groups"] = "1"'
  [ "$(setpriv --groups 4,24,27 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&- 4>&-)" = '0 4 24 27' ]
  configure '.annotations["run.oci.keep_original_groups"] = "0"'
  [ "$(setpriv --groups 4,24,27 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&- 4>&-)" = '0 5' ]
  configure '.annotations["run.oci.keep_original_groups"] = "yes"'
  refused 'expected "0" or "1"' run --bundle "$BUNDLE" "$ID"
}
@test "the caller's groups do not come along" {
  both without_groups
  said 'Groups:.*$'
}
without_groups() {
  shell 'grep Groups /proc/self/status'
  setpriv --groups 4,24,27 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&- 4>&-
}

umasks() {
  local mask
  for mask in 0 18 23 511; do facts ".process.user.umask = $mask"; done
}
@test "umask" {
  both umasks
}

@test "cwd is made when it is missing, and entered" {
  both facts '.process.cwd = "/tmp/deep/er" | .root.readonly = false'
  said '^/tmp/deep/er$'
}
cwd_modes() {
  configure '.process.cwd = "/tmp/deep/er" | .root.readonly = false | .process.user = {uid: 1000, gid: 1000}'
  shell 'stat -c "%a %u %g" /tmp/deep /tmp/deep/er'
  step run --bundle "$BUNDLE" "$ID"
  mkdir -m 700 "$BUNDLE/rootfs/home/closed"
  chown 1000:1000 "$BUNDLE/rootfs/home/closed"
  configure '.process.cwd = "/home/closed"'
  shell pwd
  step run --bundle "$BUNDLE" "$ID"
}
@test "cwd: modes of what is made, and a directory that only the user may enter" {
  both cwd_modes
  said '^/home/closed$'
}

environment() {
  configure '.process.env = ["PATH=/bin", "EMPTY=", "A=2", "EQUALS=a=b", "LINES=a\nb", "UTF=ä"]'
  configure '.process.args = ["env"]'
  step run --bundle "$BUNDLE" "$ID"
  configure '.process.env = ["PATH=/bin", "HOME="]'
  step run --bundle "$BUNDLE" "$ID"
  configure '.process.env = ["PATH=/bin", "HOME=/elsewhere"]'
  step run --bundle "$BUNDLE" "$ID"
}
@test "environment: order, empty values, HOME; nothing of the caller's" {
  export LEAKED=yes
  both environment
  said EQUALS=a=b
  not said LEAKED
}
duplicates() {
  configure '.process.env = ["PATH=/nowhere", "A=1", "PATH=/bin", "A=2"]'
  configure '.process.args = ["env"]'
  step run --bundle "$BUNDLE" "$ID"
}
@test "environment: of two entries with a name the last counts" {
  alone # runc 1.1 hands both on
  duplicates >"$DIR/transcript"
  cat "$DIR/transcript"
  [ "$(grep -c '^A=' "$DIR/transcript")" -eq 1 ]
  grep -q '^A=2$' "$DIR/transcript"
}

arguments() {
  configure '.process.args = ["sh", "-c", "for a; do printf \"<%s>\" \"$a\"; done; echo", "name", "", "a  b", "c\nd", "*", "\"", "ä", "$HOME"]'
  step run --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["cat", "/proc/self/cmdline"]'
  step run --bundle "$BUNDLE" "$ID" | tr '\0' '|'
}
@test "arguments arrive byte for byte" {
  both arguments
  said '<><a  b>'
}

programs() {
  printf '#!/bin/sh\necho "$0 $*"\n' >"$BUNDLE/rootfs/tmp/program"
  chmod 755 "$BUNDLE/rootfs/tmp/program"
  configure '.process.cwd = "/tmp"'
  local args
  for args in '["./program","x"]' '["/tmp/program"]' '["../tmp/program"]' '["program"]'; do
    configure ".process.args = $args | .process.env = [\"PATH=/nowhere:/tmp:/bin\"]"
    step run --bundle "$BUNDLE" "$ID"
  done
}
@test "the program is found by path, relative path and PATH" {
  both programs
}
@test "without PATH a program is looked for where execvp(3) does" { # runc finds nothing then
  alone
  configure '.process.env = [] | .process.args = ["env"]'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = HOME=/root ]
}

all_capabilities() { # all that we have to give
  local names=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT
    SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
    WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE)
  local mask bit given=()
  mask=$((0x$(sed -n 's/^CapPrm:\t//p' /proc/self/status)))
  for ((bit = 0; bit < ${#names[@]}; bit++)); do
    if ((mask >> bit & 1)); then given+=("CAP_${names[bit]}"); fi
  done
  configure '.process.capabilities = ($ARGS.positional | {bounding: ., effective: ., permitted: .})' --args "${given[@]}"
  shell 'grep Cap /proc/self/status'
  step run --bundle "$BUNDLE" "$ID"
}
@test "all capabilities that there are" {
  both all_capabilities
  said "CapEff:.$(sed -n 's/^CapPrm:\t//p' /proc/self/status)"
}
@test "empty capability sets" {
  both facts '.process.capabilities = {}'
  said 'CapBnd:.0000000000000000'
}
@test "inheritable and ambient sets, and a user other than root" {
  both facts '.process.user = {uid: 1000, gid: 1000}
    | .process.capabilities |= with_entries(.value = ["CAP_KILL"])
    | .process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]'
  said 'CapAmb:.0000000000000020'
}
@test "a user other than root has only what the ambient set gives" {
  both facts '.process.user = {uid: 1000, gid: 1000}'
  said 'CapEff:.0000000000000000'
}
@test "without noNewPrivileges" {
  both facts 'del(.process.noNewPrivileges)'
  said 'NoNewPrivs:.0'
}
@test "without process.capabilities all sets are empty" {
  both facts 'del(.process.capabilities)'
  said 'CapPrm:.0000000000000000'
}
@test "an unknown capability is dropped with a warning" {
  alone
  configure '.process.capabilities.bounding += ["CAP_NOSUCH"]'
  shell 'grep CapBnd /proc/self/status'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  grep -q 'CapBnd:.0000000020000420' "$OUT"
  grep -q 'level=warning.*CAP_NOSUCH' "$ERR"
}
@test "a capability that cannot be had is dropped with a warning" { # peers fail
  alone
  configure '.process.capabilities.effective += ["CAP_SYS_ADMIN"] | .process.capabilities.bounding += ["CAP_NET_RAW"]'
  shell 'grep Cap /proc/self/status'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  grep -q 'CapEff:.0000000020000420' "$OUT"
  grep -q 'level=warning.*CAP_SYS_ADMIN: it is not permitted' "$ERR"
  setpriv --bounding-set -net_raw "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out" 2>"$DIR/err" 3>&- 4>&-
  cat "$DIR/out" "$DIR/err"
  grep -q 'CapBnd:.0000000020000420' "$DIR/out"
  grep -q 'level=warning.*CAP_NET_RAW' "$DIR/err"
}

@test "resource limits" {
  both facts '.process.rlimits = [
    {type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_NPROC", soft: 50, hard: 60},
    {type: "RLIMIT_AS", soft: 1073741824, hard: 2147483648}, {type: "RLIMIT_CPU", soft: 100, hard: 1000},
    {type: "RLIMIT_STACK", soft: 8388608, hard: 8388608}, {type: "RLIMIT_MEMLOCK", soft: 65536, hard: 65536}]'
  said 'Max open files +100 +200'
}
@test "without limits the caller's hold" {
  alone # runc 1.1 hands on what the Go library has raised
  configure '.process.rlimits = []'
  shell 'ulimit -S -n; ulimit -H -c'
  ulimit -S -n 333
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(head -1 "$OUT")" = 333 ]
}

oom_scores() {
  local score
  for score in 0 500 1000; do facts ".process.oomScoreAdj = $score"; done
  facts 'del(.process.oomScoreAdj)'
}
@test "oomScoreAdj" {
  both oom_scores
}

@test "session, process group and controlling terminal" {
  both session
  said '^1 0 1 1 0 -1$'
}
session() { # pid, parent, group, session, terminal
  configure '.process.args = ["sh", "-c", "read -r line </proc/1/stat; set -- $line; echo $1 $4 $5 $6 $7 $8"]'
  step run --bundle "$BUNDLE" "$ID"
}

@test "signals that the caller ignores or blocks are not ignored inside" {
  alone
  shell 'exec grep -E "^Sig(Blk|Ign)" /proc/self/status'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  grep -q 'SigBlk:.0000000000000000' "$OUT"
}

streams() {
  # of a user other than root: the standard streams are given to that user, so that /proc/self/fd/1 opens
  configure '.process.user = {uid: 1000, gid: 1000}'
  shell 'stat -L -c "%u" /proc/self/fd/1 /proc/self/fd/2; echo again >>/proc/self/fd/1'
  call run -d --bundle "$BUNDLE" "$ID"
  wait_until status_is stopped
  cat "$OUT"
  step delete "$ID"
}
@test "the standard streams belong to the process's user" {
  both streams
  said 'again'
}

keyrings() {
  shell "grep -c '_ses.$ID' /proc/keys; true"
  configure '.linux.maskedPaths = []'
  step run --bundle "$BUNDLE" "$ID"
}
@test "a session keyring of its own" {
  both keyrings
}

@test "scheduler, ioPriority and personality" { # newer than runc 1.1
  alone
  configure '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | .linux.personality = {domain: "LINUX32"}'
  shell 'ionice -p $$; uname -m; cut -d" " -f19,41 /proc/$$/stat'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  grep -q 'best-effort: prio 6' "$OUT"
  not grep -q x86_64 "$OUT"
  grep -qx '5 3' "$OUT"
}

@test "ioPriority is that of the process group" {
  alone
  configure '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | .process.args = ["true"]'
  strace -f -e trace=ioprio_set -o "$DIR/trace" "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out" 2>&1
  cat "$DIR/out" "$DIR/trace"
  grep -q 'ioprio_set(IOPRIO_WHO_PGRP, 0, ' "$DIR/trace"
}

@test "memoryPolicy: of the first process and of exec" { # newer than runc 1.1
  alone
  [ -e /proc/self/numa_maps ] || skip "this kernel knows no NUMA"
  configure '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
  shell 'grep -o " bind=static:0 .*stack" /proc/self/numa_maps; sleep 1000'
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  wait_until grep -q '^ bind=static:0 stack' "$OUT"
  call exec "$ID" grep -o ' bind=static:0 .*stack' /proc/self/numa_maps
  cat "$OUT" "$ERR"
  grep -q '^ bind=static:0 stack' "$OUT"
  grep -q ' default ' /proc/self/numa_maps # the runtime's callers keep theirs
}

@test "each policy of the scheduler, with what it takes" { # newer than runc 1.1
  alone
  # A group of v1's cpu controller has no time for real-time processes but what the config gives it.
  if [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]; then
    configure '.linux.resources.cpu = {realtimePeriod: 1000000, realtimeRuntime: 50000}'
  fi
  # The program itself and no shell around it, which would have to be let go on first.
  configure '.process.args = ["cut", "-d ", "-f19,40,41", "/proc/self/stat"]'
  while read -r expected scheduler; do
    configure '.process.scheduler = $scheduler' --argjson scheduler "$scheduler"
    call run --bundle "$BUNDLE" "$ID"
    echo "$scheduler: $(cat "$OUT" "$ERR")"
    [ "$(tr ' ' , <"$OUT")" = "$expected" ]
  done <<'LIST'
0,0,0 {"policy": "SCHED_OTHER"}
-3,0,0 {"policy": "SCHED_OTHER", "nice": -3}
7,0,3 {"policy": "SCHED_BATCH", "nice": 7}
0,0,5 {"policy": "SCHED_IDLE"}
0,9,1 {"policy": "SCHED_FIFO", "priority": 9, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}
0,5,2 {"policy": "SCHED_RR", "priority": 5}
0,0,6 {"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 10000000, "period": 20000000}
LIST
  configure '.process.scheduler = {policy: "SCHED_OTHER", nice: -3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
  shell 'echo $(cut -d" " -f19 /proc/$$/stat) $(cut -d" " -f19 /proc/self/stat)'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = "-3 0" ]
  configure '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 2000000, deadline: 1000000, period: 3000000}'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ] # the kernel wants runtime <= deadline <= period
  grep -q '/process/scheduler' "$ERR"
}

@test "cpu affinity is not inherited from the caller" {
  alone
  [ "$(nproc --all)" -gt 1 ] || skip "needs two processors"
  shell 'grep Cpus_allowed_list /proc/self/status'
  taskset -c 0 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out" 3>&- 4>&-
  cat "$DIR/out"
  not grep -q 'Cpus_allowed_list:.0$' "$DIR/out"
}

@test "a program that is its own interpreter's script, and one that is set-user-id" {
  both set_user_id
}
set_user_id() {
  cp "$BUNDLE/rootfs/bin/busybox" "$BUNDLE/rootfs/tmp/id"
  chmod 4755 "$BUNDLE/rootfs/tmp/id"
  configure '.process.user = {uid: 1000, gid: 1000} | .process.args = ["/tmp/id", "-u"]'
  step run --bundle "$BUNDLE" "$ID"
  configure 'del(.process.noNewPrivileges)'
  step run --bundle "$BUNDLE" "$ID"
}
