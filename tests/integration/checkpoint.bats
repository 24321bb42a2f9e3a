#!/usr/bin/env bats
# Checkpoint and restore, by whatever criu is found along PATH.
load helpers

setup() {
  set_up
  command -v criu >/dev/null || skip "no criu in PATH"
  criu check >"$BATS_TEST_TMPDIR/criu-check" 2>&1 || skip "criu does not work here: $(tail -n 1 "$BATS_TEST_TMPDIR/criu-check")"
}

# Counts in a file of its root, so that it can be seen to go on and not to begin anew.
COUNT='n=0; while :; do n=$((n + 1)); echo $n >/count; sleep 0.05; done'
count() { cat "$BUNDLE/rootfs/count"; }
count_passes() { [ "$(count)" -gt "$1" ]; }
counting() { # a container that counts, running
  shell "$COUNT"
  configure '.root.readonly = false'
  # Not by `call`: its files lie outside of the container, and criu saves no such descriptors.
  rt run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  wait_until count_passes 0
}
save() { call checkpoint --image-path "$DIR/images" --work-path "$DIR/work" "$@"; }
bring_back() { call restore --bundle "$BUNDLE" --image-path "$DIR/images" --work-path "$DIR/work" "$@"; }
well() { # the call before
  [ "$CODE" = 0 ] || { cat "$ERR" && return 1; }
}

there_and_back() { # also a second time: a restored container is one like others
  counting
  local round before
  for round in 1 2; do
    save "$ID"
    echo "checkpoint $round: $CODE"
    refused 'container does not exist' state "$ID"
    before=$(count)
    bring_back -d --pid-file "$DIR/pid" "$ID"
    echo "restore $round: $CODE"
    wait_until count_passes "$before"
    [ "$before" -gt $((round * 2 - 2)) ] && [ "$(cat "$DIR/pid")" = "$(pid_of)" ]
    rt state "$ID" | jq -r .status
    grep -o "/$ID$" "/proc/$(pid_of)/cgroup" | sort -u
    step exec "$ID" sh -c 'echo inside; ls /proc/1/fd | head -3; wc -c </proc/timer_list; ls /proc/acpi; tr "\0" " " </proc/1/cmdline | cut -c1-6'
  done
  does pause "$ID"
  does resume "$ID"
  does kill "$ID" KILL
  wait_until status_is stopped
  does delete "$ID"
}
@test "checkpoint and restore: it goes on where it was, twice; exec, pause, kill and delete work on it" { both there_and_back; }

@test "criu's own ways with control groups" {
  alone
  counting
  local mode
  for mode in ignore soft full; do
    call checkpoint --image-path "$DIR/$mode" --manage-cgroups-mode $mode "$ID" && well
    call restore -d --bundle "$BUNDLE" --image-path "$DIR/$mode" --manage-cgroups-mode $mode "$ID" && well
    wait_until count_passes "$(count)"
    grep -q "/$ID$" "/proc/$(pid_of)/cgroup"
  done
  call delete --force "$ID" && well
  nothing_left
}

@test "leave-running: the container goes on, and the images are good" {
  alone
  counting
  save --leave-running "$ID" && well
  wait_until count_passes "$(count)"
  status_is running
  call delete --force "$ID" && well
  bring_back -d "$ID" && well
  wait_until count_passes "$(count)"
  call delete --force "$ID" && well
  nothing_left
}

@test "a paused container is saved, and runs when it is restored" {
  alone
  counting
  call pause "$ID" && well
  save "$ID" && well
  nothing_left
  bring_back -d "$ID" && well
  status_is running
  wait_until count_passes "$(count)"
  call delete --force "$ID" && well
  nothing_left
}

in_foreground() { # standard output and error are pipes, before and after
  shell 'echo begun; while [ ! -e /go ]; do sleep 0.05; done; echo over; echo aside >&2; exit 42'
  configure '.root.readonly = false'
  rt run -d --bundle "$BUNDLE" "$ID" </dev/null > >(cat >"$DIR/one") 2> >(cat >"$DIR/two")
  wait_until grep -q begun "$DIR/one"
  save "$ID"
  echo "checkpoint: $CODE"
  jq -c '.[1:]' "$DIR/images/descriptors.json"
  touch "$BUNDLE/rootfs/go"
  local code=0
  rt restore --bundle "$BUNDLE" --image-path "$DIR/images" --work-path "$DIR/work" "$ID" </dev/null > >(cat >"$DIR/three") 2> >(cat >"$DIR/four") || code=$?
  echo "restore: $code"
  wait_until grep -q aside "$DIR/four"
  cat "$DIR/one" "$DIR/two" "$DIR/three" "$DIR/four"
}
@test "in the foreground: pipes are the caller's, the exit status is the container's, nothing stays" {
  both in_foreground
  said 'restore: 42'
  said over
}

terminal_over_socket() {
  configure '.process.terminal = true | .root.readonly = false'
  shell 'stty -echo; tty >/tty; while :; do read line && echo "heard $line"; done'
  python3 "$HERE/recvtty.py" "$DIR/one.sock" </dev/null >"$DIR/one" 2>&1 3>&- 4>&- &
  echo $! >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$DIR/one.sock"
  rt run -d --bundle "$BUNDLE" --console-socket "$DIR/one.sock" "$ID" </dev/null >/dev/null 2>&1
  wait_until test -s "$BUNDLE/rootfs/tty"
  save "$ID" && well
  python3 "$HERE/recvtty.py" "$DIR/two.sock" $'hello\n' </dev/null >"$DIR/two" 2>&1 3>&- 4>&- &
  echo $! >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$DIR/two.sock"
  call restore -d --bundle "$BUNDLE" --image-path "$DIR/images" --work-path "$DIR/work" --console-socket "$DIR/two.sock" "$ID" && well
  wait_until grep -q 'heard hello' "$DIR/two"
  call delete --force "$ID" && well
}
@test "terminal: a restored one is handed out through the console socket" {
  alone
  terminal_over_socket
  nothing_left
}

@test "binds within binds, below symlinks: missing mount points are made in the sources, nothing is mounted on the host" {
  alone
  mkdir -p "$DIR/one/deep" "$DIR/two" "$BUNDLE/rootfs/real"
  ln -s /real "$BUNDLE/rootfs/link"
  echo word >"$DIR/two/word"
  configure '.mounts += [{destination: "/link/one", type: "bind", source: ($d + "/one"), options: ["bind"]},
    {destination: "/link/one/two", type: "bind", source: ($d + "/two"), options: ["bind"]},
    {destination: "/link/file", type: "bind", source: ($d + "/two/word"), options: ["bind", "ro"]}]' --arg d "$DIR"
  counting
  save "$ID" && well
  rm -rf "$BUNDLE/rootfs/real/"* "$DIR/one/two"
  bring_back -d "$ID" && well
  [ -z "$(mounts_of_ours)" ]
  call exec "$ID" cat /real/one/two/word /real/file && well
  [ "$(cat "$OUT")" = "$(printf 'word\nword')" ]
  [ ! -e "$STATE/$ID/criu-root" ]
  call delete --force "$ID" && well
  nothing_left
}

is_another() { [ "$(readlink "$1")" != "$(readlink /proc/self/ns/net)" ]; }
@test "a joined network namespace is joined again" {
  alone
  unshare --net sleep 1000 3>&- 4>&- &
  echo $! >>"$BATS_TEST_TMPDIR/pids"
  local net=/proc/$!/ns/net
  wait_until test -e $net
  wait_until is_another $net
  configure '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "$net"
  counting
  save "$ID" && well
  bring_back -d "$ID" && well
  [ "$(readlink "/proc/$(pid_of)/ns/net")" = "$(readlink $net)" ]
  call delete --force "$ID" && well
  nothing_left
}

@test "hooks: prestart and createRuntime run at a restore, poststop at a checkpoint" {
  alone
  configure '.hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c", ("echo prestart >>" + $f)]}],
    createRuntime: [{path: "/bin/sh", args: ["sh", "-c", ("echo createRuntime >>" + $f)]}],
    poststop: [{path: "/bin/sh", args: ["sh", "-c", ("echo poststop >>" + $f)]}]}' --arg f "$DIR/hooks"
  counting
  save "$ID" && well
  bring_back -d "$ID" && well
  call delete --force "$ID" && well
  [ "$(tr '\n' ' ' <"$DIR/hooks")" = "prestart createRuntime poststop prestart createRuntime poststop " ]
}

refusals() {
  refused 'container does not exist' checkpoint nobody
  does create --bundle "$BUNDLE" "$ID"
  refused 'Container cannot be checkpointed in created state' checkpoint "$ID"
  does start "$ID"
  refused '--parent-path must be relative' checkpoint --parent-path "$DIR" "$ID"
  refused 'invalid --parent-path: stat' checkpoint --parent-path ../nowhere "$ID"
  refused 'is not supported' checkpoint --empty-ns ipc "$ID"
  refused 'Use --page-server ADDRESS:PORT to specify page server' checkpoint --page-server here "$ID"
  refused 'Invalid port number' checkpoint --page-server here:there "$ID"
  does kill "$ID" KILL
  wait_until status_is stopped
  refused 'Container cannot be checkpointed in stopped state' checkpoint "$ID"
  does delete "$ID"
  refused 'descriptors.json: no such file or directory' restore --bundle "$BUNDLE" --image-path "$DIR/none" "$ID"
}
@test "refusals in runc's words" { both refusals; }

@test "without criu: that is said before anything is made" {
  alone
  counting
  run ! env PATH=/nonexistent "$MINC" --root "$STATE" checkpoint --image-path "$DIR/images" "$ID"
  [[ $output = *'exec: \"criu\": executable file not found in $PATH'* ]]
  run ! env PATH=/nonexistent "$MINC" --root "$STATE" restore --bundle "$BUNDLE" --image-path "$DIR/images" other
  [[ $output = *'exec: \"criu\": executable file not found in $PATH'* ]]
  [ ! -e "$STATE/other" ]
  run ! rt checkpoint --manage-cgroups-mode none "$ID"
  [[ $output = *'invalid manage-cgroups-mode value'* ]]
  status_is running
}

@test "what criu cannot save: the cause is in the message, the container goes on" {
  alone
  shell "$COUNT"
  configure '.root.readonly = false'
  call run -d --bundle "$BUNDLE" "$ID" && well # standard output is a file outside
  wait_until count_passes 0
  save "$ID"
  [ "$CODE" = 1 ] && one_line "$ERR"
  grep -q 'criu failed: type DUMP errno 0' "$ERR" && grep -q "$DIR/work/dump.log" "$ERR" && grep -q 'lookup mount' "$ERR"
  status_is running
  wait_until count_passes "$(count)"
}

@test "a restore that fails leaves nothing behind" {
  alone
  counting
  save "$ID" && well
  rm "$DIR"/images/core-*.img
  bring_back -d "$ID"
  [ "$CODE" = 1 ] && one_line "$ERR"
  grep -q 'criu failed: type RESTORE errno' "$ERR"
  nothing_left
}

@test "a container over the host's files is refused, and why is said" {
  alone
  in_background rt run --host --name "$ID" -- sleep 1000
  wait_until status_is running
  call checkpoint "$ID"
  [ "$CODE" = 1 ] && grep -q 'its root is an overlay' "$ERR"
  status_is running
  call delete --force "$ID"
}
