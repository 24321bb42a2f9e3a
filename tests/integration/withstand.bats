#!/usr/bin/env bats
# What the runtime must withstand beside a hostile image (hostile.bats) and bad input (errors.bats): programs that attack it from
# inside, states that lie, other users, first processes in odd conditions, callers with little of everything.
load helpers

running() {
  call run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
}
ends() { # CODE-REGEX ARGS...: in time, with such a code, and with one line if it is an error
  local codes=$1
  shift
  PATIENCE=30 call "$@"
  echo "$*: $CODE"
  cat "$ERR"
  [[ $CODE =~ ^($codes)$ ]]
  [ "$CODE" -eq 0 ] || one_line "$ERR"
}
# A directory that no image has: most names in bin are links to /bin/busybox, and who writes through one of them from here, without
# a root of its own, writes the machine's.
of_the_image() { # NAME: a program below /of-ours, from standard input
  mkdir -p "$BUNDLE/rootfs/of-ours"
  cat >"$BUNDLE/rootfs/of-ours/$1"
  chmod 755 "$BUNDLE/rootfs/of-ours/$1"
}

# ---- the binary ---------------------------------------------------------------------------------------------------------------------
# CVE-2019-5736: what is executed opens its own program, keeps the descriptor, and writes when nobody executes it any more.
attacker() { # a script of the image, run by each way; it tries all that it can reach through /proc
  of_the_image attack <<'SCRIPT'
#!/bin/sh
for p in /proc/self/exe /proc/1/exe /proc/[0-9]*/exe /proc/self/fd/* /proc/[0-9]*/fd/*; do
  case $p in */fd/10) continue ;; esac # this script
  ( exec 9<>$p && echo attacked >&9 ) 2>&-
  ( exec 9>$p ) 2>&-
done
echo ran
SCRIPT
}
@test "the runtime's file survives a program that is /proc/self/exe: entry, shebang, exec, hook" {
  alone
  attacker
  cp "$MINC" "$DIR/minc-oci"
  RT=$DIR/minc-oci
  sum=$(sha256sum <"$RT")
  configure '.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"])'
  ln -s /proc/self/exe "$BUNDLE/rootfs/of-ours/self"
  echo '#!/proc/self/exe' | of_the_image shebang
  local entry
  for entry in /proc/self/exe /of-ours/self /of-ours/shebang; do
    configure '.process.args = [$entry]' --arg entry "$entry"
    # It is init that is executed, as nobody's init: 125, and it has nobody to tell.
    PATIENCE=30 call run --bundle "$BUNDLE" "$ID"
    [[ $CODE =~ ^(1|125|126|127|255)$ ]]
    nothing_left
  done
  configure '.process.args = ["/of-ours/attack"] | .hooks = {createContainer: [{path: "/proc/self/exe", args: ["init"]}]}'
  ends 1 run --bundle "$BUNDLE" "$ID"
  configure '.hooks = {startContainer: [{path: "/proc/self/exe", args: ["init"]}]}'
  ends 1 run --bundle "$BUNDLE" "$ID"
  configure '.hooks = {startContainer: [{path: "/of-ours/attack", args: ["attack"]}]}'
  ends 0 run --bundle "$BUNDLE" "$ID"
  grep -q ran "$OUT"
  configure 'del(.hooks) | .process.args = ["sleep", "1000"]'
  running
  in_background "$RT" --root "$STATE" exec "$ID" sh -c 'while :; do /of-ours/attack; done'
  for entry in /proc/self/exe /of-ours/self /of-ours/shebang /of-ours/attack /of-ours/attack /of-ours/attack; do
    PATIENCE=30 call exec "$ID" "$entry"
    [[ $CODE =~ ^(0|1|125|126|127|255)$ ]]
  done
  [ "$(sha256sum <"$RT")" = "$sum" ]
  [ "$(sha256sum <"$MINC")" = "$sum" ]
}
@test "a container that watches every new process sees no root, program or descriptor but its own" {
  alone
  configure '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN"]) | .root.readonly = false'
  of_the_image look <<'SCRIPT'
#!/bin/sh
# The root's inode is a fingerprint of it, and so are the mounts that lead to a process's descriptors.
own=$(stat -L -c %d:%i /)
while :; do
  for p in /proc/[0-9]*; do
    root=$(stat -L -c %d:%i $p/root/. 2>&-) || continue
    [ "$root" = "$own" ] || echo "root of ${p#/proc/}: $root" >>/seen
    [ ! -e $p/root$1 ] || echo "the host through ${p#/proc/}" >>/seen
    ls -l $p/fd $p/cwd 2>&- | grep -e memfd -e minc-oci -e state >>/seen
    # the program may be init, which has nothing to hide, in its sealed file, which cannot be written
    ( exec 9>$p/exe ) 2>&- && echo "wrote to the program of ${p#/proc/}" >>/seen
  done
done
SCRIPT
  configure '.process.args = ["/of-ours/look", $bundle]' --arg bundle "$BUNDLE"
  running
  local round
  for round in 1 2 3 4 5 6 7 8; do
    ends 0 exec --preserve-fds 0 "$ID" true
    ends 0 exec --cwd /tmp "$ID" sh -c :
  done
  cat "$BUNDLE/rootfs/seen" 2>/dev/null || :
  [ ! -s "$BUNDLE/rootfs/seen" ]
}
@test "a container that covers and replaces what exec looks up: /proc, passwd, /dev/null, /dev/pts and its ptmx" {
  alone
  configure '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_MKNOD"]) | .root.readonly = false | del(.linux.seccomp)'
  shell 'mount -t tmpfs t /proc; rm /etc/passwd; mkfifo /etc/passwd; umount /dev/pts; rm /dev/null /dev/tty
    mkfifo /dev/pts/ptmx /dev/null; echo done >/tmp/done; sleep 1000'
  running
  wait_until test -e "$BUNDLE/rootfs/tmp/done"
  ends 0 exec "$ID" true
  local change
  for change in true 'mount -t devpts d /dev/pts; mount --bind /etc/passwd /dev/pts/ptmx' \
    'umount /proc; mount -t proc p /proc; mount --bind /proc/1 /proc/self' 'umount /dev/pts/ptmx; mount -t tmpfs t /dev/pts'; do
    ends '0|1' exec "$ID" sh -c "$change"
    # on a terminal: refused, as none of these is the multiplexer of a devpts
    CODE=0
    timeout 30 script -qec "'$RT' --root '$STATE' exec -t $ID true" "$DIR/typescript" </dev/null >/dev/null || CODE=$?
    cat "$DIR/typescript"
    [ "$CODE" -eq 255 ]
    grep -q 'another file is in its place\|no such' "$DIR/typescript"
  done
}
@test "descriptors: 0, 1, 2 for init, exec, exec on a terminal, the startContainer hook" {
  alone
  # the shell that expands the pattern opens the directory as 3
  shell 'echo /proc/self/fd/* >/tmp/init; sleep 1000'
  configure '.root.readonly = false | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo /proc/self/fd/* >/tmp/hook"]}]'
  exec 7</etc/passwd 8</ # what a careless engine leaves open
  running
  wait_until test -s "$BUNDLE/rootfs/tmp/init"
  ends 0 exec "$ID" sh -c 'echo /proc/self/fd/* >/tmp/exec'
  script -qec "'$RT' --root '$STATE' exec -t $ID sh -c 'echo /proc/self/fd/* >/tmp/terminal'" /dev/null </dev/null >/dev/null
  exec 7<&- 8<&-
  cd "$BUNDLE/rootfs/tmp"
  head init exec terminal hook
  local file
  for file in init exec terminal hook; do
    [ "$(cat $file)" = "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3" ]
  done
}
@test "exec is confined as the first process is: capabilities, no_new_privs, filter, groups, signals, tracer" {
  alone
  configure '.process.user.additionalGids = [10, 20] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]} | .process.noNewPrivileges = true'
  running
  local pid
  pid=$(pid_of)
  call exec "$ID" grep -E '^(Cap|NoNewPrivs|Seccomp|SigBlk|SigIgn|Groups|Uid|Gid|TracerPid)' /proc/self/status
  grep -E '^(Cap|NoNewPrivs|Seccomp|SigBlk|SigIgn|Groups|Uid|Gid|TracerPid)' "/proc/$pid/status" | diff - "$OUT"
  grep -q '^Seccomp:.2' "$OUT"
  grep -q '^NoNewPrivs:.1' "$OUT"
  grep -q '^SigBlk:.0*$' "$OUT"
  grep -q '^Groups:.10 20 $' "$OUT"
}

# ---- the state --------------------------------------------------------------------------------------------------------------------
lie() { # FILTER: state.json says something else
  jq -c "$@" "$STATE/$ID/state.json" >"$DIR/lie"
  cp "$DIR/lie" "$STATE/$ID/state.json"
}
@test "a state that names somebody else's process: kill, exec, pause and delete leave it alone" {
  alone
  running
  local own foreign
  own=$(pid_of)
  in_background sleep 1000
  foreign=$PID
  # the number was used again: another start time
  lie --argjson pid "$foreign" '.init_process_pid = $pid'
  status_is stopped
  ends 1 kill "$ID" KILL
  ends '1|255' exec "$ID" true
  ends 1 start "$ID"
  for own in 0 1 -1 4294967297 '"2"' null; do
    lie --argjson pid "$own" '.init_process_pid = $pid'
    PATIENCE=30 call kill "$ID" KILL
    [ "$CODE" -eq 1 ]
  done
  ends 0 delete --force "$ID"
  kill -0 "$foreign"
  nothing_left
}
@test "a state of before the machine's last start: nothing in it is true any more" {
  alone
  running
  local pid
  pid=$(pid_of)
  lie '.boot = "00000000-0000-0000-0000-000000000000"'
  status_is stopped
  ends 1 kill "$ID" KILL
  kill -0 "$pid"
  lie --arg boot "$(cat /proc/sys/kernel/random/boot_id)" '.boot = $boot'
  status_is running
  ends 0 delete --force "$ID"
  nothing_left
}
@test "another user can neither see, enter, start nor stop a container" {
  alone
  shell true
  call create --bundle "$BUNDLE" "$ID"
  local path
  for path in "$STATE" "$STATE/$ID"; do chmod go+x "$(dirname "$path")"; done
  find "$STATE" -exec stat -c '%A %n' {} +
  for path in "$STATE" "$STATE/$ID" "$STATE/$ID/state.json" "$STATE/$ID/config.json" "$STATE/$ID/exec.fifo" "$STATE/$ID/@lock"; do
    not setpriv --reuid 1000 --regid 1000 --clear-groups sh -c 'exec 9<>"$1"' sh "$path"
    not setpriv --reuid 1000 --regid 1000 --clear-groups cat "$path"
  done
  # the root of the state opened by mistake: what is in it stays closed
  chmod 755 "$STATE"
  for path in state.json config.json exec.fifo answer/exec.fifo @lock; do
    [ -e "$STATE/$ID/$path" ]
    not setpriv --reuid 1000 --regid 1000 --clear-groups sh -c 'exec 9<"$1"' sh "$STATE/$ID/$path"
    not setpriv --reuid 1000 --regid 1000 --clear-groups sh -c 'exec 9>"$1"' sh "$STATE/$ID/$path"
  done
  for path in start kill delete "delete --force" exec; do
    not setpriv --reuid 1000 --regid 1000 --clear-groups "$RT" --root "$STATE" $path "$ID" true
  done
  status_is created
}

# ---- the first process in odd conditions ----------------------------------------------------------------------------------------------
@test "first process: paused, stopped by a signal, a zombie, vanished" {
  alone
  running
  ends 0 pause "$ID"
  ends 255 exec "$ID" true
  ends 0 resume "$ID"
  kill -STOP "$(pid_of)"
  status_is running
  ends 0 exec "$ID" true
  ends 0 delete --force "$ID"
  nothing_left

  # a zombie: its parent, a subreaper, does not wait
  in_background python3 -c 'import ctypes, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run(sys.argv[1:], check=True, stdin=subprocess.DEVNULL)
time.sleep(1000)' "$RT" --root "$STATE" run -d --bundle "$BUNDLE" "$ID"
  wait_until status_is running
  local pid
  pid=$(pid_of)
  ends 0 kill "$ID" KILL
  wait_until grep -q '^State:.Z' "/proc/$pid/status"
  status_is stopped
  ends '1|255' exec "$ID" true
  ends 1 kill "$ID" TERM
  ends 0 delete "$ID"
  kill -KILL "$PID"

  running
  kill -KILL "$(pid_of)"
  wait_until status_is stopped
  ends 0 delete "$ID"
  nothing_left
}
@test "a full pid cgroup: exec says so, the first process is not disturbed" {
  alone
  configure '.linux.resources.pids.limit = 3'
  shell 'sleep 1000 & sleep 1000 & wait'
  running
  wait_until eval '[ "$(rt ps --format json "$ID" | jq length)" -eq 3 ]'
  ends '1|255' exec "$ID" true
  status_is running
  call kill "$ID" 0
  ends 0 delete --force "$ID"
  nothing_left
}
@test "fifty containers of fifty ids at once" {
  alone
  shell 'echo inside'
  configure 'del(.linux.cgroupsPath)'
  local number
  for ((number = 1; number <= 50; number++)); do
    rt run --bundle "$BUNDLE" "$ID-$number" </dev/null >"$DIR/at-once.$number" 2>&1 &
  done
  wait
  cat "$DIR"/at-once.* | sort | uniq -c
  [ "$(cat "$DIR"/at-once.* | grep -cx inside)" -eq 50 ]
  nothing_left
}
@test "delete --force by eight callers at once, while exec goes on" {
  alone
  running
  local number
  in_background sh -c "while '$RT' --root '$STATE' exec $ID true; do :; done"
  for number in 1 2 3 4 5 6 7 8; do rt delete --force "$ID" </dev/null >"$DIR/at-once.$number" 2>&1 & done
  for number in $(jobs -p); do [ "$number" = "$PID" ] || wait "$number" || cat "$DIR"/at-once.*; done
  wait_until nothing_left
}

# ---- little of everything ----------------------------------------------------------------------------------------------------------
@test "standard descriptors closed in every combination: the container gets none of ours in their place" {
  alone
  shell 'for n in 0 1 2; do readlink /proc/self/fd/$n; done >/tmp/streams'
  configure '.root.readonly = false'
  local closed
  for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 2>&-' '1>&- 2>&-' '0<&- 1>&- 2>&-'; do
    eval "timeout 30 '$RT' --root '$STATE' run --bundle '$BUNDLE' '$ID' 3>&- 4>&- </dev/null >'$DIR/out' 2>'$DIR/err' $closed"
    not grep -vE '^(/dev/null|/tmp/streams|pipe:.*|'"$DIR"'/.*)$' "$BUNDLE/rootfs/tmp/streams"
    eval "timeout 30 '$RT' --root '$STATE' list 3>&- 4>&- </dev/null >'$DIR/out' 2>'$DIR/err' $closed" || [ "${closed/1>/}" != "$closed" ]
  done
  nothing_left
}
@test "few descriptors: it runs, or says that there are too few" {
  alone
  shell 'echo inside'
  configure 'del(.process.rlimits)' # to raise them again is not everybody's right
  local limit ran=0 refused=0
  for limit in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 20 24 28 32 40 64; do
    CODE=0
    (ulimit -n "$limit" && exec timeout 30 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID") </dev/null >"$DIR/out" 2>"$DIR/err" 3>&- 4>&- || CODE=$?
    echo "$limit descriptors: $CODE $(cat "$DIR/err")"
    if [ "$CODE" -eq 0 ]; then
      [ "$(cat "$DIR/out")" = inside ]
      ran=$((ran + 1))
    else
      [ "$CODE" -eq 1 ] || [ "$CODE" -eq 127 ]
      refused=$((refused + 1))
    fi
    nothing_left
  done
  [ $ran -gt 0 ] && [ $refused -gt 0 ]
}
@test "little address space: it runs, or ends with a message" {
  alone
  shell 'echo inside'
  local limit
  for limit in 1000 2000 3000 4000 6000 8000 12000 16384 32768; do # KiB
    CODE=0
    (ulimit -v "$limit" && exec timeout 30 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID") </dev/null >"$DIR/out" 2>"$DIR/err" 3>&- 4>&- || CODE=$?
    echo "$limit KiB: $CODE $(cat "$DIR/err")"
    [ "$CODE" -ne 134 ] && [ "$CODE" -ne 124 ] # an abort, a hang
    [ "$limit" -lt 16384 ] || [ "$(cat "$DIR/out")" = inside ]
    nothing_left
  done
}
@test "no file may be written (RLIMIT_FSIZE 0): an error, and SIGXFSZ is the container's own again" {
  alone
  shell 'grep SigIgn /proc/self/status'
  (ulimit -f 0 && exec timeout 30 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID") </dev/null 2>&1 3>&- 4>&- | cat >"$DIR/err"
  cat "$DIR/err"
  one_line "$DIR/err"
  grep -q 'file too large' "$DIR/err"
  nothing_left
  ends 0 run --bundle "$BUNDLE" "$ID"
  cat "$OUT"
  [ $((0x$(cut -f 2 "$OUT") & 1 << 24)) -eq 0 ]
}
@test "a full place for the state: an error at each size, nothing left" {
  alone
  shell 'echo inside'
  mkdir "$DIR/small"
  local inodes
  for inodes in 1 2 3 4 5 6 7 8 12; do
    mount -t tmpfs -o "nr_inodes=$inodes,size=1m" small "$DIR/small"
    STATE=$DIR/small/state
    PATIENCE=30 call run --bundle "$BUNDLE" "$ID"
    echo "$inodes inodes: $CODE $(cat "$ERR")"
    if [ "$CODE" -ne 0 ]; then one_line "$ERR"; fi
    [ -z "$(ls "$DIR/small/state" 2>/dev/null | grep -v ^@)" ]
    umount "$DIR/small"
  done
  mount -t tmpfs -o size=8k small "$DIR/small"
  configure '.annotations.large = $large' --arg large "$(head -c 30000 /dev/zero | tr '\0' x)"
  ends 1 run --bundle "$BUNDLE" "$ID"
  grep -q 'no space left' "$ERR"
  umount "$DIR/small"
  STATE=$DIR/state
  nothing_left
}
@test "the state's place fills up while the container runs: it can be killed and deleted" {
  alone
  mkdir "$DIR/small"
  mount -t tmpfs -o size=1m small "$DIR/small"
  STATE=$DIR/small/state
  running
  cat /dev/zero >"$DIR/small/fill" 2>/dev/null || :
  ends 0 state "$ID"
  ends 0 exec "$ID" true
  ends 0 pause "$ID"
  ends 0 resume "$ID"
  ends 0 kill "$ID" KILL
  wait_until status_is stopped
  ends 0 delete "$ID"
  rm "$DIR/small/fill"
  umount "$DIR/small"
  STATE=$DIR/state
  nothing_left
}
