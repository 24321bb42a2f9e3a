#!/usr/bin/env bats
# An ordinary user whose own systemd has a delegated part of the tree: limits without any right of root's.
load ../integration/helpers

setup_file() {
  [ -f /sys/fs/cgroup/cgroup.controllers ] || { cannot "needs pure cgroup v2" && return; }
  [ -d /run/systemd/system ] || { cannot "needs systemd as process 1" && return; }
  id minct >/dev/null 2>&1 || useradd --create-home --shell /bin/bash minct
  mkdir -p /etc/systemd/system/user@.service.d
  printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/minct.conf
  systemctl daemon-reload
  loginctl enable-linger minct
  wait_until test -S "/run/user/$(id -u minct)/bus"
}
setup() {
  set_up
  USER_ID=$(id -u minct)
  alone
  RT_OF_ROOT=$RT RT=as_user
  chmod 711 "$BATS_TEST_TMPDIR" "$DIR"
  STATE=/run/user/$USER_ID/minct-state
  configure '.linux.cgroupsPath = "user.slice:minct:" + $id | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}]
    | .linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}] | del(.mounts[].options[]? | select(. == "gid=5"))' \
    --arg id "$ID" --argjson uid "$USER_ID" --argjson gid "$(id -g minct)"
  chown -R minct "$BUNDLE"
}
teardown() {
  [ -z "${STATE:-}" ] || rt delete --force "$ID" >/dev/null 2>&1 || :
  RT=$RT_OF_ROOT
  tear_down
}
user_does() { # COMMAND...
  setpriv --reuid minct --regid minct --init-groups env HOME=/home/minct "XDG_RUNTIME_DIR=/run/user/$USER_ID" \
    "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$USER_ID/bus" "$@"
}
rt() { user_does timeout -k 5 60 "$RT_OF_ROOT" --root "$STATE" "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }
unit() { echo "minct-$ID.scope"; }
property() { user_does systemctl --user show -P "$1" "$(unit)"; }
no_unit() { [ "$(property LoadState)" = not-found ]; }

@test "rootless: a scope of the user's systemd, with limits; exec joins it; update; nothing stays" {
  configure '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 55}, cpu: {shares: 512, quota: 20000, period: 100000}}'
  call --systemd-cgroup run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  local dir
  dir=/sys/fs/cgroup$(property ControlGroup)
  [[ $dir == */user@$USER_ID.service/user.slice/* ]]
  grep -qx "$(rt state "$ID" | jq .pid)" "$dir/cgroup.procs"
  [ "$(cat "$dir/memory.max")" = 67108864 ]
  [ "$(cat "$dir/pids.max")" = 55 ]
  [ "$(cat "$dir/cpu.max")" = '20000 100000' ]
  [ "$(cat "$dir/cpu.weight")" = 59 ]
  call exec "$ID" cat /proc/self/cgroup
  cat "$OUT" "$ERR"
  grep -qE "^0::(/|.*$(unit))$" "$OUT"
  call update --memory 32M --pids-limit 20 "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  [ "$(cat "$dir/memory.max")" = 33554432 ]
  [ "$(property MemoryMax)" = 33554432 ]
  [ "$(property TasksMax)" = 20 ]
  call pause "$ID"
  grep -q 'frozen 1' "$dir/cgroup.events"
  call resume "$ID"
  call delete --force "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  wait_until no_unit
  [ ! -e "$dir" ]
}
@test "rootless: memory that runs out ends the container, not the user's session" {
  configure '.linux.resources += {memory: {limit: 16777216, swap: 16777216}}'
  shell 'exec tail -c 100000000 /dev/zero'
  call --systemd-cgroup run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -ne 0 ]
  wait_until no_unit
  user_does systemctl --user is-system-running || user_does systemctl --user --failed
  [ "$(user_does systemctl --user show -P Version)" ]
}
@test "rootless: without systemd and without a path there is no group, and no limit can be asked for" {
  configure 'del(.linux.cgroupsPath) | .process.args = ["true"]'
  call run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  configure '.linux.resources += {pids: {limit: 5}}'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  grep -q 'rootless needs no limits' "$ERR"
  one_line "$ERR"
}
