#!/usr/bin/env bats
# Sockets of the caller's: the service manager's notify socket, and the one that receives a pidfd. The console's are in terminal.bats.
load helpers

manager() { # [SECONDS]: a service manager listens; what it hears is in $DIR/heard
  rm -f "$DIR/manager.sock"
  python3 "$HERE/notify.py" "$DIR/manager.sock" "${1:-20}" </dev/null >"$DIR/heard" 2>&1 3>&- 4>&- &
  MANAGER=$!
  echo "$MANAGER" >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$DIR/manager.sock"
}
heard() {
  wait "$MANAGER" || :
  cat "$DIR/heard"
}
notified() { NOTIFY_SOCKET=$DIR/manager.sock "$@"; }
send() { # TEXT: as a process of the container would
  wait_until test -S "$STATE/$ID/notify/notify.sock"
  python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[2].encode(), sys.argv[1])' \
    "$STATE/$ID/notify/notify.sock" "$1"
}

heard_but_barrier() { # runc 1.1 knows none
  wait "$MANAGER" || : # here and not in a pipe: a subshell has no children to wait for
  grep -vi barrier "$DIR/heard"
}
ready() {
  shell 'echo "$NOTIFY_SOCKET"; ls -l /run/notify | cut -c1-10; grep " /run/notify " /proc/self/mountinfo | cut -d" " -f5,6; exec sleep 1000'
  manager 5
  notified step create --bundle "$BUNDLE" "$ID"
  stat -c '%A %U %n' "$STATE/$ID/notify" | sed "s#$STATE/##"
  notified in_background rt start "$ID"
  send 'STATUS=on the way'
  send $'READY=1\nSTATUS=up'
  heard_but_barrier
  wait "$PID"
  echo "start returned $?"
  cat "$DIR/background.err" "$DIR/out.1"
  step delete --force "$ID"
}
@test "NOTIFY_SOCKET: the socket inside; READY reaches the manager, with the main process and a barrier" {
  both ready
  said 'READY=1'
  said 'MAINPID=N'
  said 'start returned 0'
  is_runc || grep -q "'BARRIER=1' descriptors 1" "$BATS_TEST_TMPDIR/minc/heard"
}
ready_detached() {
  manager 5
  notified in_background rt run -d --bundle "$BUNDLE" "$ID"
  send 'READY=1'
  heard_but_barrier
  wait "$PID"
  echo "run returned $?"
  step delete --force "$ID"
}
@test "NOTIFY_SOCKET and run --detach: returns when the service is ready" {
  both ready_detached
  said 'run returned 0'
}
ends_unready() {
  shell 'sleep 0.5'
  manager 3
  notified step create --bundle "$BUNDLE" "$ID"
  notified step start "$ID"
  step delete "$ID"
  heard
}
@test "NOTIFY_SOCKET and a program that ends without a word: start returns" {
  both ends_unready
  said 'no barrier'
}
@test "NOTIFY_SOCKET and a program that ends without a word: run returns, its exit code with it" { # runc waits for ever
  alone
  shell 'exit 6'
  manager 3
  PATIENCE=20 notified call run --bundle "$BUNDLE" "$ID"
  [ "$CODE" = 6 ]
  PATIENCE=20 notified call run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" = 0 ]
  call delete "$ID"
  nothing_left
}
@test "NOTIFY_SOCKET that nobody listens at" {
  alone
  shell 'exit 0'
  PATIENCE=20 notified call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" = 0 ]
  nothing_left
}

receiver() {
  rm -f "$DIR/pidfd.sock"
  python3 "$HERE/recvpidfd.py" "$DIR/pidfd.sock" </dev/null >"$DIR/received" 2>&1 3>&- 4>&- &
  RECEIVER=$!
  echo "$RECEIVER" >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$DIR/pidfd.sock"
}
@test "--pidfd-socket: create, run and exec" { # runc since 1.2
  alone
  receiver
  call create --bundle "$BUNDLE" --pidfd-socket "$DIR/pidfd.sock" "$ID"
  [ "$CODE" = 0 ]
  wait "$RECEIVER"
  [ "$(cat "$DIR/received")" = "standard 1"$'\n'"$(pid_of)" ]
  call start "$ID"
  receiver
  call exec -d --pid-file "$DIR/pid" --pidfd-socket "$DIR/pidfd.sock" "$ID" sleep 1000
  [ "$CODE" = 0 ]
  wait "$RECEIVER"
  [ "$(cat "$DIR/received")" = "setns 1"$'\n'"$(cat "$DIR/pid")" ]
  call delete --force "$ID"
  receiver
  call run -d --bundle "$BUNDLE" --pidfd-socket "$DIR/pidfd.sock" "$ID"
  wait "$RECEIVER"
  [ "$(cat "$DIR/received")" = "standard 1"$'\n'"$(pid_of)" ]
  call delete --force "$ID"
  refused "failed to dail $DIR/none.sock" run --bundle "$BUNDLE" --pidfd-socket "$DIR/none.sock" "$ID"
  refused "failed to dail /dev/null" create --bundle "$BUNDLE" --pidfd-socket /dev/null "$ID"
  nothing_left
}
