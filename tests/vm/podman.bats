#!/usr/bin/env bats
# podman with its own manager, systemd's: what it asks of the runtime, and what systemd then says of the container.
load ../integration/helpers

setup_file() {
  command -v podman >/dev/null || { cannot "needs podman" && return; }
  [ -d /run/systemd/system ] || { cannot "needs systemd as process 1" && return; }
  export PODMAN_DIR=$BATS_FILE_TMPDIR/podman
  mkdir -p "$PODMAN_DIR"
  printf '[containers]\nlog_driver = "k8s-file"\n[engine]\nevents_logger = "file"\ntmp_dir = "%s"\n' "$PODMAN_DIR/tmp" >"$PODMAN_DIR/containers.conf"
  make_rootfs "$PODMAN_DIR/image"
  tar -C "$PODMAN_DIR/image" -c . >"$PODMAN_DIR/image.tar"
  engine import "$PODMAN_DIR/image.tar" localhost/busybox:minct
}
teardown_file() {
  [ -n "${PODMAN_DIR:-}" ] || return 0
  engine rmi --all --force >/dev/null 2>&1 || :
  umount -l "$PODMAN_DIR/root" 2>/dev/null || :
}
teardown() {
  engine rm --all --force --time 0 >/dev/null 2>&1 || :
  engine pod rm --all --force >/dev/null 2>&1 || :
  tear_down
}
engine() {
  CONTAINERS_CONF=$PODMAN_DIR/containers.conf timeout -k 5 180 podman --root "$PODMAN_DIR/root" --runroot "$PODMAN_DIR/run" --storage-driver vfs \
    --runtime "$MINC" --runtime-flag "root=$PODMAN_DIR/state" --cgroup-manager systemd "$@" 3>&- 4>&- </dev/null
}
sleeper() { engine run -d --name minct --network none "$@" localhost/busybox:minct sleep 1000; } # OPTIONS...: prints its id
scope_of() { echo "libpod-$1.scope"; }
property() { systemctl show -P "$1" "$(scope_of "$id")"; }
nothing_of_podman() {
  local left
  left=$(systemctl list-units --all --plain --no-legend 'libpod-*' && find /sys/fs/cgroup -type d -name 'libpod-*' -o -type d -name 'machine-libpod_pod*')
  [ -z "$left" ] || { echo "$left" && return 1; }
}

@test "podman: a scope with limits, its status, update, stop, and nothing stays" {
  is_v2() { [ -f /sys/fs/cgroup/cgroup.controllers ]; }
  local id
  id=$(sleeper --memory 64m --cpus 0.5 --pids-limit 30)
  [ "$(property Slice)" = machine.slice ]
  [ "$(property TasksMax)" = 30 ]
  systemctl status --no-pager "$(scope_of "$id")" | tee "$BATS_TEST_TMPDIR/status"
  grep -q 'Active: active (running)' "$BATS_TEST_TMPDIR/status"
  grep -q 'sleep 1000' "$BATS_TEST_TMPDIR/status"
  [[ $(property Description) == *"$id"* ]]
  engine exec minct true
  engine top minct args | grep -q '^sleep 1000'
  engine stats --no-stream --format json minct | tee "$BATS_TEST_TMPDIR/stats"
  jq -e '.[0].mem_usage | test("64M|67.1")' "$BATS_TEST_TMPDIR/stats"
  jq -e '.[0].pids | tonumber == 1' "$BATS_TEST_TMPDIR/stats"
  engine pause minct
  [ "$(engine inspect --format '{{.State.Status}}' minct)" = paused ]
  engine unpause minct
  if is_v2; then
    [ "$(property MemoryMax)" = 67108864 ]
    [ "$(property CPUQuotaPerSecUSec)" = 500ms ]
    if engine update --help >/dev/null 2>&1; then
      engine update --memory 32m minct
      [ "$(property MemoryMax)" = 33554432 ]
      [ "$(cat "/sys/fs/cgroup$(property ControlGroup)/memory.max")" = 33554432 ]
    fi
    systemctl daemon-reload
    [[ $(cat "/sys/fs/cgroup$(property ControlGroup)/cpu.max") == "50000 100000" ]]
  fi
  engine stop --time 1 minct
  engine rm minct
  wait_until nothing_of_podman
}
@test "podman: the exit code, memory that runs out, and nothing stays" {
  run engine run --rm --network none localhost/busybox:minct sh -c 'exit 7'
  [ "$status" -eq 7 ]
  run engine run --name minct --network none --memory 16m --memory-swap 16m localhost/busybox:minct tail -c 100000000 /dev/zero
  echo "$output"
  [ "$status" -eq 137 ] # whether it was for want of memory is conmon's to find out, and it may look too late
  engine rm minct
  wait_until nothing_of_podman
}
@test "podman: a pod has a slice, its containers are scopes in it; it goes as a whole" {
  local id pod
  pod=$(engine pod create --name minct --network none --infra-image localhost/busybox:minct --infra-command 'sleep 1000')
  id=$(engine run -d --pod minct localhost/busybox:minct sleep 1000)
  [[ $(property Slice) == machine-libpod_pod_*.slice ]]
  engine pod ps --format '{{.Status}}' | grep -q Running
  engine exec "$id" true
  engine pod stop --time 1 minct
  engine pod rm minct
  wait_until nothing_of_podman
  [ -n "$pod" ]
}
@test "podman: an engine that is killed leaves what rm --force removes" {
  local id
  id=$(sleeper)
  systemctl kill --signal KILL "$(scope_of "$id")"
  wait_until gone
  engine rm --force minct
  wait_until nothing_of_podman
}
gone() { [ "$(engine inspect --format '{{.State.Status}}' minct)" = exited ]; }
