#!/usr/bin/env bats
# Pure cgroup v2: what limits do, devices, freezing, killing, delegation; the fields are in docs/resources.md. Runs in the machine of
# tests/vm/run; elsewhere it is passed over.
load ../integration/helpers

setup() {
  set_up
  [ -f /sys/fs/cgroup/cgroup.controllers ] || skip "needs pure cgroup v2"
}

here() { echo "/sys/fs/cgroup/$ID"; }
created_with() { # JSON of linux.resources
  configure '.linux.resources = {devices: [{allow: false, access: "rwm"}]} + $limits' --argjson limits "$1"
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
}
# LIMITS FILE=VALUE...: with these limits the files say this
reads() {
  local limits=$1 pair got
  shift
  created_with "$limits"
  [ "$CODE" -eq 0 ]
  for pair; do
    got=$(cat "$(here)/${pair%%=*}")
    [ "$got" = "${pair#*=}" ] || { echo "$limits: ${pair%%=*} is \"$got\", not \"${pair#*=}\"" && return 1; }
  done
  call delete --force "$ID"
  [ "$CODE" -eq 0 ]
  [ ! -d "$(here)" ]
}
# LIMITS WORDS: refused, and nothing is left
refuses() {
  created_with "$1"
  [ "$CODE" -ne 0 ] || { echo "not refused: $1" && return 1; }
  grep -qF -- "$2" "$ERR" || { echo "$1: not said: $2" && return 1; }
  [ ! -d "$(here)" ]
}

@test "v2 what cannot be said in one row of docs/resources.md" {
  alone
  refuses '{"memory": {"swap": 134217728}}' 'unable to set swap limit without memory limit'
  reads '{"memory": {"limit": 67108864, "swappiness": 60, "kernel": 1048576, "useHierarchy": false}}' memory.max=67108864
  reads '{"cpu": {"period": 50000}}' 'cpu.max=max 50000'
  reads '{"memory": {"limit": 67108864}, "unified": {"memory.max": "33554432", "memory.high": "16777216", "cpu.max": "10000 50000", "pids.max": "7"}}' \
    memory.max=33554432 memory.high=16777216 'cpu.max=10000 50000' pids.max=7
}
@test "v2 limits hold: memory, processes" {
  alone
  configure '.linux.resources.pids = {limit: 5}'
  shell 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done 2>/dev/null; true'
  call run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -ne 0 ]
  configure 'del(.linux.resources.pids) | .linux.resources.memory = {limit: 16777216, swap: 16777216}'
  shell 'head -c 100000000 /dev/zero | tail -c 100000000 | wc -c'
  call run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT")" != 100000000 ]
  nothing_left
}

@test "v2 devices: the program allows and denies; a denied node can be made, not opened" {
  alone
  configure '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "b", major: 254, minor: 0, access: "r"}] |
    .process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
  shell 'mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk >/dev/null && echo "may read it"
    (: >/tmp/disk) 2>/dev/null || echo "may not write it"
    mknod /tmp/kmsg c 1 11 && { head -c 1 /tmp/kmsg >/dev/null 2>&1 || echo "may not read another"; }
    head -c 1 /dev/zero >/dev/null && echo "the default ones work"'
  configure '.root.readonly = false'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  grep -q "may not write it" "$OUT"
  grep -q "may not read another" "$OUT"
  grep -q "the default ones work" "$OUT"
  nothing_left
}
@test "v2 pause freezes, resume thaws; a paused container is killed and deleted" {
  alone
  call run -d --bundle "$BUNDLE" "$ID"
  call pause "$ID"
  [ "$CODE" -eq 0 ]
  grep -q 'frozen 1' "$(here)/cgroup.events"
  status_is paused
  call resume "$ID"
  grep -q 'frozen 0' "$(here)/cgroup.events"
  call pause "$ID"
  call delete --force "$ID"
  [ "$CODE" -eq 0 ]
  nothing_left
}
@test "v2 kill takes all without a pid namespace of its own" {
  alone
  configure '.linux.namespaces |= map(select(.type != "pid"))'
  shell 'sleep 1000 & sleep 1000 & exec sleep 1000'
  call run -d --bundle "$BUNDLE" "$ID"
  wait_until three_inside
  call kill --all "$ID" KILL
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  wait_until nobody_inside
  call delete "$ID"
  [ "$CODE" -eq 0 ]
  nothing_left
}
three_inside() { [ "$(wc -l <"$(here)/cgroup.procs")" -eq 3 ]; }
nobody_inside() { [ -z "$(cat "$(here)/cgroup.procs")" ]; }
@test "v2 exec: in the container's group; beside init where the container made groups of its own" {
  alone
  configure '(.mounts[] | select(.destination == "/sys/fs/cgroup") | .options) |= map(select(. != "ro"))'
  call run -d --bundle "$BUNDLE" "$ID"
  call exec "$ID" cat /proc/self/cgroup
  cat "$OUT" "$ERR"
  grep -q '^0::/$' "$OUT" || grep -q "^0::/$ID$" "$OUT"
  mkdir "$(here)/inner"
  pid_of >"$(here)/inner/cgroup.procs"
  echo +memory >"$(here)/cgroup.subtree_control"
  call exec "$ID" true
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  call delete --force "$ID"
  [ "$CODE" -eq 0 ]
  nothing_left
}
@test "v2 delegation: the container's user owns its group, and no more than that" {
  alone
  chmod 755 "$BUNDLE" "$BUNDLE/rootfs"
  chown -R 100000:100000 "$BUNDLE/rootfs"
  configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] | .linux.gidMappings = .linux.uidMappings |
    (.mounts[] | select(.destination == "/sys/fs/cgroup") | .options) |= map(select(. != "ro"))'
  shell 'mkdir /sys/fs/cgroup/child && echo $$ >/sys/fs/cgroup/child/cgroup.procs && echo made; echo 1 >/sys/fs/cgroup/memory.max || echo "limits are not ours"; sleep 1000'
  configure '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])'
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  wait_until grep -q "limits are not ours" "$OUT"
  grep -q made "$OUT"
  [ "$(stat -c %u "$(here)")" = 100000 ]
  [ "$(stat -c %u "$(here)/cgroup.procs")" = 100000 ]
  [ "$(stat -c %u "$(here)/memory.max")" = 0 ]
  call delete --force "$ID"
  [ "$CODE" -eq 0 ]
  nothing_left
}
@test "v2 delegation: not with a read-only mount" {
  alone
  configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  [ "$(stat -c %u "$(here)")" = 0 ]
  call delete --force "$ID"
  nothing_left
}
