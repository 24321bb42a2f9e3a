#!/usr/bin/env bats
# seccomp filters: what they let through, and how they end what they do not.
load helpers

filter() { # JSON of linux.seccomp
  configure '.linux.seccomp = $filter' --argjson filter "$1"
}
ARCHES='"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]'
attempt() { # what two calls say
  shell 'mkdir /tmp/a 2>&1; echo "mkdir $?"; chmod 600 /tmp 2>&1; echo "chmod $?"; grep -E "^(Seccomp|NoNew)" /proc/self/status'
  configure '.mounts += [{destination: "/tmp", type: "tmpfs", source: "x"}]'
  step run --bundle "$BUNDLE" "$ID"
}
with_filter() {
  filter "$1"
  attempt
}

@test "an errno for one call" {
  both with_filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
  said 'Operation not permitted'
  said 'Seccomp:.2'
}
@test "an errno of the config's choice; unknown names are passed over" {
  both with_filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"syscalls\": [{\"names\": [\"nosuch_call\", \"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28}]}"
  said 'No space left'
}
@test "no architectures named: the host's" {
  both with_filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30}]}'
  said 'Read-only'
}
@test "without noNewPrivileges" {
  both without_nnp
  said 'NoNewPrivs:.0'
  said 'Seccomp:.2'
}
without_nnp() {
  configure 'del(.process.noNewPrivileges)'
  with_filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
}
@test "as a user other than root" {
  both as_user
  said 'Seccomp:.2'
}
as_user() {
  configure '.process.user = {uid: 1000, gid: 1000}'
  without_nnp
}

killing() {
  local action
  for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP; do
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"syscalls\": [{\"names\": [\"uname\"], \"action\": \"$action\"}]}"
    configure '.process.args = ["uname"]'
    echo "$action"
    does run --bundle "$BUNDLE" "$ID"
  done
}
@test "kill and trap: exit 128 + SIGSYS" {
  both killing
  said 'exit 159'
}

arguments() { # personality(2) by its argument, as engines' profiles have it
  local op
  for op in '"value": 8, "op": "SCMP_CMP_EQ"' '"value": 8, "op": "SCMP_CMP_NE"' '"value": 8, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"' \
    '"value": 7, "op": "SCMP_CMP_GT"' '"value": 8, "op": "SCMP_CMP_GE"' '"value": 8, "op": "SCMP_CMP_LT"' '"value": 8, "op": "SCMP_CMP_LE"'; do
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"syscalls\": [{\"names\": [\"personality\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, $op}]}]}"
    configure '.process.args = ["linux32", "true"]'
    echo "$op"
    step run --bundle "$BUNDLE" "$ID"
  done
}
@test "conditions on arguments" {
  both arguments
  said 'Operation not permitted'
}

listed() { # an allow list as engines write it: the default refuses
  local names='["access","arch_prctl","brk","capget","capset","chdir","clone","clone3","close","close_range","dup","dup2","dup3","execve","execveat","exit","exit_group","faccessat","faccessat2","fchdir","fchown","fcntl","fork","fstat","fstatfs","futex","getcwd","getdents64","getegid","geteuid","getgid","getpgrp","getpid","getppid","getrandom","gettid","getuid","ioctl","lseek","lstat","madvise","mmap","mprotect","mremap","munmap","nanosleep","newfstatat","open","openat","openat2","pipe","pipe2","poll","ppoll","prctl","pread64","prlimit64","read","readlink","readlinkat","readv","recvmsg","rseq","rt_sigaction","rt_sigprocmask","rt_sigreturn","sched_getaffinity","sched_yield","seccomp","sendmsg","set_robust_list","set_tid_address","setgid","setgroups","setpgid","setsid","setuid","sigaltstack","stat","statfs","statx","tgkill","umask","unlink","unlinkat","vfork","wait4","write","writev","epoll_ctl","epoll_pwait","epoll_create1","eventfd2","fchmod","setns","sysinfo"]'
  filter "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, $ARCHES, \"syscalls\": [{\"names\": $names, \"action\": \"SCMP_ACT_ALLOW\"}]}"
  attempt
}
@test "an allow list with a default errno" {
  both listed
  said 'Function not implemented'
}

exec_filtered() {
  filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28}]}"
  call run -d --bundle "$BUNDLE" "$ID"
  step exec "$ID" sh -c 'mkdir /tmp/x 2>&1; grep -E "^(Seccomp|NoNew)" /proc/self/status'
}
@test "exec is filtered as the container is" {
  both exec_filtered
  said 'No space left'
}

@test "flags: log and spec_allow" {
  alone # newer than runc 1.1

  filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"], \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
  shell 'grep -E "Seccomp:|Speculation_Store" /proc/self/status'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  grep -q 'Seccomp:.2' "$OUT"
  not grep -q 'force mitigated' "$OUT"
}

@test "flags: absent is not the empty list" {
  alone # newer than runc 1.1
  # What the flag does cannot be seen on a processor that needs no mitigation, so the call itself is looked at.
  local flags word
  configure '.process.args = ["true"]'
  for word in SECCOMP_FILTER_FLAG_SPEC_ALLOW 0; do
    [ $word = 0 ] && flags='"flags": [],' || flags=
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $flags \"syscalls\": [{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
    strace -f -e trace=seccomp -o "$DIR/trace" "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out" 2>&1
    cat "$DIR/out" "$DIR/trace"
    grep -q "seccomp(SECCOMP_SET_MODE_FILTER, $word, " "$DIR/trace"
  done
}

notified() {
  in_background python3 "$HERE/seccomp_agent.py" "$DIR/agent.sock"
  wait_until test -S "$DIR/agent.sock"
  filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"listenerPath\": \"$DIR/agent.sock\", \"listenerMetadata\": \"who asks\", \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
  shell 'mkdir /tmp/x; mkdir /tmp/y; echo end'
  step run --bundle "$BUNDLE" "$ID"
  wait_until grep -q asked "$DIR/background.out"
  grep -v asked "$DIR/background.out" | sed -E 's/"pid": ?[0-9]+/"pid": N/g'
}
@test "notify: an agent answers for the kernel" {
  both notified
  said 'Too many users'
}
@test "notify: the listener arrives even where write and sendmsg are asked about" {
  alone # runc refuses a listener for write: it could not tell its number
  in_background python3 "$HERE/seccomp_agent.py" "$DIR/agent.sock"
  wait_until test -S "$DIR/agent.sock"
  filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"listenerPath\": \"$DIR/agent.sock\", \"syscalls\": [{\"names\": [\"write\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
  shell 'echo lost || exit 7'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 7 ]
  [ ! -s "$OUT" ]
  grep -q 'asked: call 1$' "$DIR/background.out"
}
@test "notify: exec has a listener of its own, and says which process it is" {
  alone
  filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $ARCHES, \"listenerPath\": \"$DIR/agent.sock\", \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
  in_background python3 "$HERE/seccomp_agent.py" "$DIR/agent.sock"
  wait_until test -S "$DIR/agent.sock"
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  grep -q 'status creating' "$DIR/background.out"
  rm "$DIR/agent.sock"
  in_background python3 "$HERE/seccomp_agent.py" "$DIR/agent.sock"
  wait_until test -S "$DIR/agent.sock"
  call exec "$ID" mkdir /tmp/x
  cat "$ERR" "$DIR/background.out"
  grep -q 'Too many users' "$ERR"
  grep -q 'status running' "$DIR/background.out"
}
@test "notify: without an agent, or as the default, or metadata for nobody: refused" {
  alone
  local bad
  for bad in '"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]' \
    '"listenerMetadata": "x"' \
    "\"listenerPath\": \"$DIR/nobody.sock\", \"syscalls\": [{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_NOTIFY\"}]"; do
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $bad}"
    call run --bundle "$BUNDLE" "$ID"
    echo "$bad: $CODE"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    one_line "$ERR"
  done
  filter "{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"$DIR/nobody.sock\"}"
  call run --bundle "$BUNDLE" "$ID"
  grep -q 'SCMP_ACT_NOTIFY cannot be used as default action' "$ERR"
  nothing_left
}
@test "bad filters are refused before anything is made" {
  alone
  local bad
  for bad in '{"defaultAction": "SCMP_ACT_NOSUCH"}' '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NOSUCH"]}' \
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 7, "value": 1, "op": "SCMP_CMP_EQ"}]}]}' \
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_NOSUCH"}]}]}' \
    '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]}' \
    '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}' \
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}'; do
    filter "$bad"
    call run --bundle "$BUNDLE" "$ID"
    echo "$bad: $CODE"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q '/linux/seccomp' "$ERR"
    one_line "$ERR"
  done
  nothing_left
}
