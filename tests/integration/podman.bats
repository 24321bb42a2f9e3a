#!/usr/bin/env bats
# podman, its own storage in the test's directory, with this runtime: what a user of an engine does all day.
load helpers

setup_file() {
  command -v podman >/dev/null || { cannot "needs podman" && return; }
  export PODMAN_DIR=$BATS_FILE_TMPDIR/podman PODMAN_CGROUP=/minct-podman-$$
  mkdir -p "$PODMAN_DIR/bin"
  # podman gives the runtime no state root, and its clean-up processes not even --runtime-flag
  export RUNTIME=$PODMAN_DIR/bin/$(basename "$MINC")
  printf '#!/bin/sh\nexec "%s" --root "%s" "$@"\n' "$(realpath "$(command -v "$MINC")")" "$PODMAN_DIR/state" >"$RUNTIME"
  chmod 755 "$RUNTIME"
  make_rootfs "$PODMAN_DIR/image"
  tar -C "$PODMAN_DIR/image" -c . >"$PODMAN_DIR/image.tar"
  cat >"$PODMAN_DIR/containers.conf" <<CONF
[containers]
log_driver = "k8s-file"
# podman's own defaults raise limits above the caller's, for which a nested host may lack the right
default_ulimits = ["nofile=1024:2048", "nproc=1000:2000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime_supports_json = ["$(basename "$MINC")"]
tmp_dir = "$PODMAN_DIR/tmp"
CONF
  engine import "$PODMAN_DIR/image.tar" localhost/busybox:minct
}
teardown_file() {
  [ -n "${PODMAN_DIR:-}" ] || return 0
  engine rm --all --force --time 0 >/dev/null 2>&1 || :
  wait_until no_monitor || :
  engine rmi --all --force >/dev/null 2>&1 || :
  umount -l "$PODMAN_DIR"/root/*/merged "$PODMAN_DIR/root" 2>/dev/null || :
  local dir
  for dir in $(find /sys/fs/cgroup -depth -type d -path "*$PODMAN_CGROUP*" 2>/dev/null); do rmdir "$dir" 2>/dev/null || :; done
  # podman makes directories for controllers that are not mounted, in the tmpfs that holds the others
  for dir in /sys/fs/cgroup/*; do
    mountpoint -q "$dir" || [ "$(stat -fc %T "$dir")" != tmpfs ] || { rm -rf "${dir:?}$PODMAN_CGROUP" && rmdir "$dir" 2>/dev/null; } || :
  done
}
no_monitor() { ! pgrep -f "conmon.*$PODMAN_DIR"; }

engine() {
  CONTAINERS_CONF=$PODMAN_DIR/containers.conf timeout -k 5 120 podman --root "$PODMAN_DIR/root" --runroot "$PODMAN_DIR/run" --storage-driver vfs \
    --runtime "$RUNTIME" --cgroup-manager cgroupfs "$@" 3>&- 4>&- </dev/null
}
run_one() { # PODMAN-RUN-OPTIONS... -- COMMAND...
  local options=()
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  engine run --rm --network none --cgroup-parent "$PODMAN_CGROUP" "${options[@]}" localhost/busybox:minct "$@"
}
teardown() {
  engine rm --all --force --time 0 >/dev/null 2>&1 || :
  tear_down
}

@test "podman info knows the runtime" {
  run engine info --format '{{.Host.OCIRuntime.Version}}'
  echo "$output"
  [[ $output == *"$(basename "$MINC") version "* ]]
}
@test "run: output, exit code, environment, hostname, workdir" {
  run run_one --hostname a-host --env A=1 --workdir /tmp -- sh -c 'hostname; echo $A; pwd; id -u; exit 7'
  echo "$output"
  [ "$status" -eq 7 ]
  [[ $output == *a-host* ]]
  [[ $output == *"/tmp"* ]]
}
@test "run -t: a terminal" {
  run run_one -t -- sh -c 'tty; test -t 0 && test -t 1 && echo terminal; stty size >/dev/null && echo sized'
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *terminal* ]]
}
@test "run -it: what is typed arrives" {
  command -v expect >/dev/null || skip "needs expect"
  cat >"$BATS_TEST_TMPDIR/expect" <<SCRIPT
set timeout 60
set env(CONTAINERS_CONF) $PODMAN_DIR/containers.conf
spawn -noecho podman --root $PODMAN_DIR/root --runroot $PODMAN_DIR/run --storage-driver vfs --runtime $RUNTIME --cgroup-manager cgroupfs run --rm -it --network none --cgroup-parent $PODMAN_CGROUP localhost/busybox:minct sh
expect "# "
send "expr 20 + 22\r"
expect "42" {} timeout { exit 11 }
send "exit 6\r"
expect eof
lassign [wait] pid spawn_id os_error status
exit \$status
SCRIPT
  run expect -f "$BATS_TEST_TMPDIR/expect" 3>&- 4>&-
  echo "$output"
  [ "$status" -eq 6 ]
}
@test "volumes, read-only and not; tmpfs; read-only root" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  echo content >"$BATS_TEST_TMPDIR/volume/file"
  run run_one -v "$BATS_TEST_TMPDIR/volume:/v" -v "$BATS_TEST_TMPDIR/volume:/r:ro" --tmpfs /scratch:size=1m --read-only -- \
    sh -c 'cat /v/file; echo new >/v/new; touch /r/x || echo "r is read-only"; touch /scratch/x && echo "scratch is not"; touch /x || echo "root is"'
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *content*"r is read-only"*"scratch is not"*"root is"* ]]
  [ "$(cat "$BATS_TEST_TMPDIR/volume/new")" = new ]
}
@test "limits: memory, pids, cpus, ulimit" {
  run run_one --memory 64m --pids-limit 50 --cpus 0.5 --ulimit nofile=100:200 --ulimit nproc=1000:2000 -- \
    sh -c 'ulimit -n; for f in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory.max; do [ ! -f $f ] || cat $f; done'
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *100* ]]
  [[ $output == *67108864* ]]
}
@test "user, groups, capabilities, security options" {
  run run_one --user 1000:1000 --group-add 5 -- id
  echo "$output"
  [[ $output == *"uid=1000(ordinary)"*"5(tty)"* ]]
  run run_one --cap-drop all --cap-add chown --security-opt no-new-privileges -- grep -E 'CapEff|NoNewPrivs' /proc/self/status
  echo "$output"
  [[ $output == *0000000000000001*"NoNewPrivs:"*1* ]]
  run run_one -- grep Seccomp: /proc/self/status
  [[ $output == *2* ]]
}
@test "detached: exec, logs, top, pause, stop, rm" {
  run engine run -d --name minct --network none --cgroup-parent "$PODMAN_CGROUP" localhost/busybox:minct sh -c 'trap "echo stopping; exit 0" TERM; echo started; while :; do sleep 0.1; done'
  echo "$output"
  [ "$status" -eq 0 ]
  wait_until logs_have started
  run engine exec minct sh -c 'echo inside; exit 9'
  echo "$output"
  [ "$status" -eq 9 ]
  [[ $output == *inside* ]]
  run engine exec --user 1000 --env X=y --workdir /tmp minct sh -c 'id -u; echo $X; pwd'
  echo "$output"
  [[ $output == *1000*y*/tmp* ]]
  run engine exec -t minct tty
  echo "$output"
  [[ $output == *"/dev/pts/"* ]]
  run -127 engine exec minct nosuch
  echo "$output"
  [ "$status" -eq 127 ]
  run engine exec minct /etc/passwd
  [ "$status" -eq 126 ]
  engine pause minct
  [ "$(engine inspect --format '{{.State.Status}}' minct)" = paused ]
  engine unpause minct
  engine stop --time 10 minct
  [ "$(engine inspect --format '{{.State.ExitCode}}' minct)" = 0 ]
  logs_have stopping
  engine start minct
  engine kill minct
  engine rm --force --time 0 minct
}
logs_have() { engine logs minct 2>&1 | grep -q "$1"; }
@test "exit codes of what cannot be executed: 127 and 126" {
  run -127 run_one -- nosuch
  echo "$output"
  [ "$status" -eq 127 ]
  run run_one -- /etc/passwd
  echo "$output"
  [ "$status" -eq 126 ]
}
@test "a pod: shared namespaces" {
  engine run -d --name minct --network none --cgroup-parent "$PODMAN_CGROUP" localhost/busybox:minct sleep 1000
  run run_one --pid container:minct --ipc container:minct -- ps
  echo "$output"
  [[ $output == *"sleep 1000"* ]]
}
@test "host namespaces; --init; --userns with maps" {
  run engine run --rm --network host --pid host --uts host --cgroup-parent "$PODMAN_CGROUP" localhost/busybox:minct hostname
  echo "$output"
  [ "$output" = "$(hostname)" ]
  run run_one --uidmap 0:100000:5000 --gidmap 0:100000:5000 -- cat /proc/self/uid_map
  echo "$output"
  [[ $output == *100000* ]]
}
@test "podman build runs its steps with the runtime" {
  printf 'FROM localhost/busybox:minct\nRUN echo built >/built && id -u\nCMD cat /built\n' >"$BATS_TEST_TMPDIR/Containerfile"
  run engine build --isolation oci --network none --ulimit nofile=1024:2048 --ulimit nproc=1000:2000 -t localhost/built:minct -f "$BATS_TEST_TMPDIR/Containerfile" "$BATS_TEST_TMPDIR"
  echo "$output"
  [ "$status" -eq 0 ]
  run engine run --rm --network none --cgroup-parent "$PODMAN_CGROUP" localhost/built:minct
  echo "$output"
  [[ $output == *built* ]]
}
@test "nothing of the runtime's is left" {
  run engine rm --all --force --time 0
  wait_until no_monitor
  [ -z "$(find "$PODMAN_DIR/state" -mindepth 1 -maxdepth 1 ! -name '@*' 2>/dev/null)" ]
}
@test "container checkpoint and restore: it goes on where it was" {
  command -v criu >/dev/null || skip "no criu in PATH"
  criu check >"$BATS_TEST_TMPDIR/criu-check" 2>&1 || skip "criu does not work here: $(tail -n 1 "$BATS_TEST_TMPDIR/criu-check")"
  engine run --detach --name saved --network none --cgroup-parent "/minct-podman-$PPID" localhost/busybox:minct \
    sh -c 'n=0; while :; do n=$((n + 1)); echo $n >/count; sleep 0.1; done'
  wait_until engine exec saved test -s /count
  engine container checkpoint saved
  [ "$(engine inspect --format '{{.State.Status}} {{.State.Checkpointed}}' saved)" = "exited true" ]
  engine container restore saved
  local before
  before=$(engine exec saved cat /count)
  wait_until engine exec saved sh -c "[ \$(cat /count) -gt $before ]"
  engine container checkpoint --leave-running --export "$PODMAN_DIR/saved.tar" saved
  [ "$(engine inspect --format '{{.State.Status}}' saved)" = running ]
  engine rm --force --time 0 saved
  engine container restore --import "$PODMAN_DIR/saved.tar" --name again
  [ "$(engine exec again cat /count)" -ge "$before" ]
}
