#!/usr/bin/env bats
# Terminals: handed to an engine through a console socket, or attached to the caller's own.
load helpers

with_terminal() { # SCRIPT
  configure '.process.terminal = true'
  shell "$1"
}
receive() { # [INPUT]: an engine waits at $DIR/console.sock; its output is $DIR/console
  rm -f "$DIR/console.sock"
  python3 "$HERE/recvtty.py" "$DIR/console.sock" "$@" </dev/null >"$DIR/console" 2>&1 3>&- 4>&- &
  RECEIVER=$!
  echo "$RECEIVER" >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$DIR/console.sock"
}
received() {
  wait "$RECEIVER" || :
  tr -d '\r' <"$DIR/console"
}

FACTS='tty; ls -l /dev/console /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 | sed -E "s/ +/ /g" | cut -d" " -f1,3,4,9-; stat -c "%u %g %a" /dev/pts/0 /dev/console
  read -r line </proc/$$/stat; set -- $line; echo "session $6 group $5 terminal $7"; grep console /proc/self/mountinfo | cut -d" " -f4-6'

over_socket() {
  with_terminal "$FACTS"
  receive
  step create --bundle "$BUNDLE" --console-socket "$DIR/console.sock" "$ID"
  step start "$ID"
  received
  step delete --force "$ID"
}
@test "console socket: one message, one descriptor, a controlling terminal" {
  both over_socket
  said 'descriptors 1'
  said '/dev/pts/0'
}
as_a_user() {
  configure '.process.user = {uid: 1000, gid: 1000}'
  with_terminal "$FACTS; echo >/dev/tty again"
  receive
  step run -d --bundle "$BUNDLE" --console-socket "$DIR/console.sock" "$ID"
  received
  step delete --force "$ID"
}
@test "console socket: the terminal belongs to the process's user and to group 5" {
  both as_a_user
  said '^1000 5 620'
  said again
}
sized() {
  configure '.process.consoleSize = {height: 33, width: 101}'
  with_terminal 'stty size'
  receive
  step run -d --bundle "$BUNDLE" --console-socket "$DIR/console.sock" "$ID"
  received
}
@test "consoleSize" {
  both sized
  said '^33 101$'
}
typed() {
  with_terminal 'read -r line; echo "got $line"; exit 0'
  receive "$(printf 'hello\n.')"
  step run -d --bundle "$BUNDLE" --console-socket "$DIR/console.sock" "$ID"
  received
}
@test "what the engine types arrives" {
  both typed
  said 'got hello'
}

exec_over_socket() {
  call run -d --bundle "$BUNDLE" "$ID"
  receive
  step exec -t -d --console-socket "$DIR/console.sock" "$ID" sh -c 'tty; read -r line </proc/$$/stat; set -- $line; echo "terminal $([ "$7" != 0 ] && echo yes)"; test "$6" = "$$" && echo leads'
  received
}
@test "exec with a console socket" {
  both exec_over_socket
  said '/dev/pts/0'
  said leads
}
long_path() { # a socket whose path has more than the 108 bytes of sockaddr_un
  local deep
  deep=$DIR/$(printf '%080d' 0)
  mkdir -p "$deep"
  with_terminal tty
  (cd "$deep" && python3 "$HERE/recvtty.py" s </dev/null >"$DIR/console" 2>&1 3>&- 4>&-) &
  RECEIVER=$!
  echo "$RECEIVER" >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$deep/s"
  step run -d --bundle "$BUNDLE" --console-socket "$deep/s" "$ID"
  received
}
@test "a console socket with a long path" {
  alone
  long_path >"$DIR/transcript"
  cat "$DIR/transcript"
  grep -q /dev/pts/0 "$DIR/transcript"
}

wrong_use() {
  with_terminal true
  refused 'cannot allocate tty if runc will detach without setting console socket' create --bundle "$BUNDLE" "$ID"
  refused 'cannot allocate tty if runc will detach without setting console socket' run -d --bundle "$BUNDLE" "$ID"
  refused 'cannot use console socket if runc will not detach or allocate tty' run --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
  refused 'no such file or directory' create --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
  configure '.process.terminal = false'
  refused 'cannot use console socket if runc will not detach or allocate tty' create --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
}
@test "a terminal without a socket, a socket without a terminal" {
  alone
  wrong_use_of_ours >"$DIR/transcript"
  cat "$DIR/transcript"
  not grep -q ': no$' "$DIR/transcript"
  nothing_left
}
wrong_use_of_ours() {
  with_terminal true
  refused 'will detach without setting console socket' create --bundle "$BUNDLE" "$ID"
  refused 'will detach without setting console socket' run -d --bundle "$BUNDLE" "$ID"
  refused 'will not detach or allocate tty' run --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
  refused 'no such file or directory' create --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
  configure '.process.terminal = false'
  refused 'will not detach or allocate tty' create --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
}
codes_of_wrong_use() {
  with_terminal true
  does create --bundle "$BUNDLE" "$ID"
  does run -d --bundle "$BUNDLE" "$ID"
  does create --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
  configure '.process.terminal = false'
  does create --console-socket "$DIR/s" --bundle "$BUNDLE" "$ID"
}
@test "wrong use of terminals: runc's codes, nothing left" {
  both codes_of_wrong_use
}

on_a_terminal() { # COMMAND...: script(1) is the terminal emulator; its child's exit code is the result
  local line
  line=$(printf '%q ' "$@")
  TERM=xterm script -qec "$line" "$DIR/typescript" </dev/null >/dev/null 2>&1 3>&- 4>&- || echo "exit $?"
  sed -e '1{/^Script started/d}' -e '${/^Script done/d}' "$DIR/typescript" | tr -d '\r\000\b' | sed 's/\^[@D]//g'
}
attached() {
  with_terminal "$FACTS; exit 7"
  on_a_terminal timeout --foreground 30 "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID"
}
@test "run attached to the caller's terminal; its exit code" {
  both attached
  said '/dev/pts/0'
  said 'exit 7'
}
attached_size() {
  with_terminal 'sleep 0.3; stty size' # runc sets it while the container starts
  on_a_terminal sh -c "stty rows 44 cols 122; exec timeout --foreground 30 $RT --root $STATE run --bundle $BUNDLE $ID"
}
@test "attached: the caller's size" {
  both attached_size
  said '^44 122$'
}
attached_exec() {
  call run -d --bundle "$BUNDLE" "$ID"
  on_a_terminal timeout --foreground 30 "$RT" --root "$STATE" exec -t "$ID" sh -c 'tty; test -t 0 && echo a terminal; exit 9'
}
@test "exec -t attached" {
  both attached_exec
  said 'a terminal'
  said 'exit 9'
}
restored() { # the caller's settings are as before; keys go through unchanged
  with_terminal 'stty -a | grep -o -- "-\?icanon"; exit 0'
  on_a_terminal sh -c "before=\$(stty -g); timeout --foreground 30 $RT --root $STATE run --bundle $BUNDLE $ID; test \"\$before\" = \"\$(stty -g)\" && echo restored"
}
@test "attached: the caller's terminal is restored" {
  both restored
  said restored
}
@test "attached: keys, ^C and a change of size reach the container" {
  alone
  command -v expect >/dev/null || skip "needs expect"
  configure '.process.terminal = true | .process.args = ["sh", "-i"] | .process.env += ["PS1=ready: "]'
  cat >"$DIR/expect" <<SCRIPT
set timeout 20
spawn -noecho $RT --root $STATE run --bundle $BUNDLE $ID
expect "ready: "
send "expr 20 + 22\r"
expect "42" {} timeout { exit 11 }
expect "ready: "
send "sleep 100\r"
after 300
send "\003"
expect "ready: " {} timeout { exit 12 }
stty rows 31 columns 77 < \$spawn_out(slave,name)
after 300
send "stty size\r"
expect "31 77" {} timeout { exit 13 }
send "exit 5\r"
expect eof
lassign [wait] pid spawn_id os_error status
exit \$status
SCRIPT
  run expect -f "$DIR/expect" 3>&- 4>&-
  echo "$output"
  [ "$status" -eq 5 ]
  nothing_left
}
@test "attached without any terminal is refused" {
  alone
  with_terminal true
  run setsid -w "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
  echo "$output"
  [ "$status" -eq 1 ]
  nothing_left
}
