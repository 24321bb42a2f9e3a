#!/usr/bin/env bats
# exec: another process in a container that lives.
load helpers

running() {
  configure '.process.env += ["FROM=config"]'
  call run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
}

codes() {
  running
  local script
  for script in true 'exit 7' 'exit 300' 'kill -KILL $$' 'kill -TERM $$'; do step exec "$ID" sh -c "$script"; done
  step exec "$ID" echo out
  step exec "$ID" sh -c 'echo out; echo err >&2'
  echo input | rt exec "$ID" cat
}
@test "exit codes, outputs, input" {
  both codes
  said 'exit 137'
  said '^input$'
}

options() {
  running
  local facts='id; pwd; env | sort; grep -E "^(Cap|NoNew|Seccomp:|Groups|Umask)" /proc/self/status; cat /proc/self/limits | grep files'
  step exec "$ID" sh -c "$facts"
  step exec --user 1000:1000 "$ID" sh -c "$facts"
  step exec --user 1000 "$ID" sh -c "$facts"
  step exec --user 1000:5 --additional-gids 27 --additional-gids 28 "$ID" sh -c "$facts"
  step exec --cwd /tmp "$ID" pwd
  step exec --env A=1 --env FROM=option --env EMPTY= "$ID" env | sort
  step exec --cap CAP_SYS_TIME "$ID" sh -c "$facts"
  step exec --no-new-privs "$ID" sh -c "$facts"
  step exec -u 1000 --cap CAP_NET_RAW "$ID" sh -c "$facts"
}
@test "user, groups, cwd, environment, capabilities" {
  both options
  said 'uid=1000'
  said '^EMPTY=$'
}

process_file() {
  running
  jq '.process | .args = ["sh", "-c", "id; pwd; env | sort; grep Cap /proc/self/status"] | .user = {uid: 1000, gid: 5, additionalGids: [7]} | .cwd = "/home/ordinary"
    | .env = ["PATH=/bin", "FROM=file"] | .capabilities = {bounding: ["CAP_KILL"]}' "$BUNDLE/config.json" >"$DIR/process.json"
  step exec --process "$DIR/process.json" "$ID"
  step exec -p "$DIR/process.json" --env IGNORED=1 --cwd /tmp "$ID"
  echo '{"args": ["true"]}' >"$DIR/bad.json"
  does exec -p "$DIR/bad.json" "$ID"
  does exec -p "$DIR/nosuch.json" "$ID"
}
@test "--process FILE" {
  both process_file
  said FROM=file
  not said '^IGNORED=1$'
}

@test "--process FILE: its umask" { # since runc 1.2
  alone
  running
  jq '.process | .args = ["sh", "-c", "umask"] | .user.umask = 63' "$BUNDLE/config.json" >"$DIR/process.json"
  call exec --process "$DIR/process.json" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = 0077 ]
}

@test "execCPUAffinity: lists with blanks and empty items; a list of no processor that is there" { # since runc 1.3
  alone
  [ "$(nproc --all)" -ge 2 ] || skip "needs two processors"
  configure '.process.execCPUAffinity = {initial: " 0 ,, ", final: "1, 70 - 71"}'
  running
  [ "$(rt exec "$ID" grep Cpus_allowed_list /proc/self/status | tr -d '[:space:]')" = Cpus_allowed_list:1 ]
  jq '.process | .args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {initial: "0"}' "$BUNDLE/config.json" >"$DIR/process.json"
  [ "$(rt exec --process "$DIR/process.json" "$ID" | tr -d '[:space:]')" = Cpus_allowed_list:0 ]
  jq '.execCPUAffinity = {final: "9000"}' "$DIR/process.json" >"$DIR/absent.json"
  call exec --process "$DIR/absent.json" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 255 ]
  grep -qF 'set CPU affinity \"9000\": invalid argument' "$ERR"
}

same_namespaces() {
  running
  local pid type
  pid=$(pid_of)
  call exec -d --pid-file "$DIR/exec.pid" "$ID" sleep 1000
  for type in cgroup ipc mnt net pid user uts; do
    [ "$(readlink "/proc/$pid/ns/$type")" = "$(readlink "/proc/$(cat "$DIR/exec.pid")/ns/$type")" ] && echo "$type the same"
  done
  diff <(sort "/proc/$pid/cgroup") <(sort "/proc/$(cat "$DIR/exec.pid")/cgroup") && echo "cgroups the same"
  diff "/proc/$pid/mountinfo" "/proc/$(cat "$DIR/exec.pid")/mountinfo" && echo "mounts the same"
  ls "/proc/$(cat "$DIR/exec.pid")/fd" | tr '\n' ' '
  step exec "$ID" sh -c 'test $$ -gt 1 && echo $PPID'
}
@test "namespaces, cgroups, mounts and descriptors of the container" {
  both same_namespaces
  said 'mounts the same'
}

detached() {
  running
  step exec -d --pid-file "$DIR/exec.pid" "$ID" sh -c 'echo ran >/dev/shm/file; sleep 1000'
  [ -d "/proc/$(cat "$DIR/exec.pid")" ] && echo "still there"
  wait_until rt exec "$ID" test -e /dev/shm/file
  step exec "$ID" cat /dev/shm/file
}
@test "detached, with a pid file" {
  both detached
  said 'still there'
}

orphans() { # a process that leaves a child behind: exec returns, the child lives in the container
  running
  step exec "$ID" sh -c 'sleep 500 >/dev/null 2>&1 </dev/null & echo gone'
  step exec "$ID" pgrep -f 'sleep 500'
}
@test "exec returns with its process; children stay" {
  alone
  orphans >"$DIR/transcript"
  cat "$DIR/transcript"
  grep -q gone "$DIR/transcript"
}

missing_programs() {
  running
  refused 'exec: \"nosuch\": executable file not found in $PATH' exec "$ID" nosuch
  refused '/nosuch: no such file or directory' exec "$ID" /nosuch
  refused '/etc/passwd\": permission denied' exec "$ID" /etc/passwd
  refused '' exec "$ID"
  refused 'no such file or directory' exec --cwd /nosuch "$ID" true
  does exec --user nobody "$ID" true
  does exec --user 4294967296 "$ID" true
}
@test "what cannot be executed: words and code 255" {
  alone
  missing_programs >"$DIR/transcript"
  cat "$DIR/transcript"
  not grep -q ': no$' "$DIR/transcript"
  [ "$(grep -c '^exit 255$' "$DIR/transcript")" -ge 6 ]
}
missing_in_both() {
  running
  refused 'exec: \"nosuch\": executable file not found in $PATH' exec "$ID" nosuch
  refused '/nosuch: no such file or directory' exec "$ID" /nosuch
  refused '/etc/passwd\": permission denied' exec "$ID" /etc/passwd
  call exec --pid-file "$DIR/never" "$ID" nosuch
  [ -e "$DIR/never" ] || echo "no pid file"
}
@test "what cannot be executed: runc's words" {
  both missing_in_both
  said 'no pid file'
}

into_created() {
  call create --bundle "$BUNDLE" "$ID"
  step exec "$ID" sh -c 'echo in a created one'
  step start "$ID"
  step exec "$ID" echo "in a running one"
}
@test "exec into a created container" {
  both into_created
  said 'in a created one'
}

many_at_once() {
  running
  local i pids=
  for i in 1 2 3 4 5 6 7 8 9 10; do
    rt exec "$ID" sh -c "echo $i; exit $i" </dev/null >"$DIR/many.$i" 2>&1 &
    pids+=" $!"
  done
  for i in $pids; do
    local code=0
    wait "$i" || code=$?
    echo "exit $code"
  done
  cat "$DIR"/many.* | sort -n
}
@test "ten at once" {
  both many_at_once
  said '^10$'
}

user_namespace() {
  new_namespaces pid network ipc uts mount user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  running
  step exec "$ID" sh -c 'id; cat /proc/self/uid_map; grep Cap /proc/self/status'
  step exec --user 5:6 "$ID" id
  call exec -d --pid-file "$DIR/exec.pid" "$ID" sleep 100
  stat -c '%u %g' "/proc/$(cat "$DIR/exec.pid")"
}
@test "exec into a user namespace" {
  both user_namespace
  said '100000'
}

kept_descriptors() {
  running
  echo three >"$DIR/three"
  "$RT" --root "$STATE" exec --preserve-fds 1 "$ID" sh -c 'cat <&3' </dev/null 3<"$DIR/three" 4>&-
  "$RT" --root "$STATE" exec "$ID" ls /proc/self/fd </dev/null 3<"$DIR/three" 4<"$DIR/three" 5<"$DIR/three"
}
@test "--preserve-fds, and no other descriptor" {
  both kept_descriptors
  said three
}

@test "the program that exec runs cannot reach the runtime through /proc" {
  alone
  running
  # the first thing that an attacker's program does: open its own executable and what its descriptors lead to
  call exec "$ID" sh -c 'readlink /proc/self/exe; for p in /proc/[0-9]*; do readlink $p/exe $p/root; done | sort -u'
  cat "$OUT"
  not grep -q "$(basename "$MINC")" "$OUT"
  not grep -q memfd "$OUT"
}
@test "exec does not outlive a rule that init lives under: no_new_privs, seccomp, limits" {
  alone
  configure '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}]'
  running
  call exec "$ID" sh -c 'ulimit -n; grep NoNewPrivs /proc/self/status'
  cat "$OUT"
  grep -qx 77 "$OUT"
  grep -q 'NoNewPrivs:.1' "$OUT"
}
@test "exec into a container whose cgroup is nearly full of memory, and killed there: 137 or an error, no hang" {
  [ -d /sys/fs/cgroup/memory ] || skip "no v1 memory controller here"
  alone
  configure '.linux.resources.memory = {limit: 4194304, swap: 4194304}'
  running
  PATIENCE=20 call exec "$ID" sh -c 'head -c 50000000 /dev/zero | tail -c 50000000 >/dev/null'
  echo "$CODE"
  [ "$CODE" -ne 124 ]
}

raised() {
  configure '.process.capabilities |= (.inheritable = ["CAP_KILL"] | .permitted = ["CAP_CHOWN"] | .effective = ["CAP_CHOWN"] | .ambient = []
    | .bounding = ["CAP_CHOWN", "CAP_KILL"])'
  running
  step exec --cap CAP_KILL "$ID" grep ^Cap /proc/self/status
}
@test "--cap of an inheritable capability is ambient too" {
  alone # since runc 1.2
  raised
  grep -q 'CapAmb:.0000000000000020' "$OUT"
  grep -q 'CapInh:.0000000000000020' "$OUT"
  call exec --cap CAP_CHOWN "$ID" grep ^Cap /proc/self/status
  grep -q 'CapAmb:.0000000000000000' "$OUT"
}

through_a_pipe() {
  running
  step exec --process <(echo '{"args": ["echo", "through a pipe"], "cwd": "/", "env": ["PATH=/bin"]}') "$ID" | sed 's#/dev/fd/[0-9]*#PIPE#'
}
@test "--process from a pipe" {
  both through_a_pipe
  said '^through a pipe$'
}
