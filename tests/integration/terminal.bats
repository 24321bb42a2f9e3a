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

FACTS='tty; ls -l /dev/console /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 | sed -E "s/ +/ /g; s/ [0-9]+:[0-9]+ / /" | cut -d" " -f1,3,4,9-; stat -c "%u %g %a" /dev/pts/0 /dev/console
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

# person.py plays a person. What is shown, how the runtime ends and in which state it leaves the terminal must be as with runc.
person() { # STEP... -- ARGS...: of the runtime
  local steps=()
  while [ "$1" != -- ]; do steps+=("$1") && shift; done
  shift
  timeout -k 5 60 python3 "$HERE/person.py" --size 33x101 "${steps[@]}" -- "$RT" --root "$STATE" "$@" 3>&- 4>&-
}
winch() {
  with_terminal 'trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done'
  person wait:ready size:44x122 'wait:44 122' "do:$RT --root $STATE kill $ID KILL" -- run --bundle "$BUNDLE" "$ID"
}
@test "attached: a change of size reaches the container; killed, it leaves the terminal as it was" {
  both winch
  said '^44 122$'
  said 'ended with 137'
  said 'modes restored'
}
raw_mode() { # echo and line editing are the inner terminal's
  with_terminal 'stty -echo; echo ready; read -r line; echo "got $line"; exit 7'
  person wait:ready 'type:hel\x7flo\r' wait:got -- run --bundle "$BUNDLE" "$ID"
}
@test "attached: keys go through as they are" {
  both raw_mode
  said '^got helo$'
  said 'ended with 7'
  said 'modes restored'
}
end_of_input() {
  with_terminal 'echo ready; cat; echo over'
  person wait:ready 'type:\x04' wait:over -- run --bundle "$BUNDLE" "$ID"
}
@test "attached: ^D is the end of the input" {
  both end_of_input
  said '^over$'
  said 'modes restored'
}
told_to_end() {
  with_terminal 'trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
  person wait:ready signal:15 wait:term -- run --bundle "$BUNDLE" "$ID"
}
@test "attached: a signal to the runtime reaches the container" {
  both told_to_end
  said '^term$'
  said 'ended with 5'
}
flood() {
  with_terminal 'i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i + 1)); done'
  person -- run --bundle "$BUNDLE" "$ID"
}
@test "attached: what is written just before the end is shown" {
  both flood
  said '^line 4999$'
}
not_found() {
  configure '.process.terminal = true | .process.args = ["nosuch"]'
  person -- run --bundle "$BUNDLE" "$ID" | grep -oE 'executable file not found in .PATH|ended with .*|modes .*'
}
@test "attached: an error before the program runs is shown, the terminal is as it was" {
  both not_found
  said 'executable file not found'
  said 'ended with 1'
  said 'modes restored'
}
hangup() {
  with_terminal 'trap "exit 4" HUP; echo ready; while :; do sleep 0.1; done'
  person wait:ready hang-up -- run --bundle "$BUNDLE" "$ID"
}
@test "attached: the terminal goes away: the container is told, nothing spins" {
  both hangup
  said 'ended with 4'
}
runtime_dies() {
  with_terminal 'trap "exit 4" HUP; echo ready; while :; do sleep 0.1; done'
  person wait:ready signal:9 -- run --bundle "$BUNDLE" "$ID" | grep -v modes # nobody is left who could restore them
  wait_until status_is stopped
  step delete "$ID"
}
@test "attached: when the runtime is killed, the container's terminal hangs up" {
  both runtime_dies
  said 'ended with -9'
}
exec_killed() {
  call run -d --bundle "$BUNDLE" "$ID"
  person wait:ready "do:kill -KILL \$($RT --root $STATE ps --format json $ID | tr -d '[]' | cut -d, -f2)" -- exec -t "$ID" sh -c 'echo ready; exec sleep 100'
  person wait:ready 'type:q\r' wait:got -- exec --tty "$ID" sh -c 'stty -echo; echo ready; read -r x; echo "got $x"; exit 9'
}
@test "exec -t: input, exit code; killed, it leaves the terminal as it was" {
  both exec_killed
  said 'ended with 137'
  said '^got q$'
  said 'ended with 9'
  said 'modes restored'
}
@test "exec -t has the caller's size from its first instruction, and follows it" { # runc sets it a moment later
  alone
  call run -d --bundle "$BUNDLE" "$ID"
  person wait:ready size:20x70 'wait:20 70' "do:$RT --root $STATE kill $ID KILL" -- exec -t "$ID" \
    sh -c 'stty size; trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done' >"$DIR/shown"
  cat "$DIR/shown"
  [ "$(head -n 1 "$DIR/shown")" = '33 101' ]
  grep -q '^20 70$' "$DIR/shown"
  grep -q '^modes restored$' "$DIR/shown"
}
@test "attached: SIGINT to the runtime is the container's" { # runc leaves, and the container alone
  alone
  with_terminal 'trap "echo int; exit 6" INT; echo ready; while :; do sleep 0.1; done'
  person wait:ready signal:2 wait:int -- run --bundle "$BUNDLE" "$ID" >"$DIR/shown"
  cat "$DIR/shown"
  grep -q '^ended with 6$' "$DIR/shown"
  grep -q '^modes restored$' "$DIR/shown"
  nothing_left
}
detached_without_size() { # nobody knows a size: 0 0, as runc
  with_terminal 'stty size; exit 0'
  receive
  step run -d --bundle "$BUNDLE" --console-socket "$DIR/console.sock" "$ID"
  received
}
@test "detached: without consoleSize the size is nobody's" {
  both detached_without_size
}
relative_names() { # the pid file counts from the caller's directory, the socket from the bundle
  with_terminal tty
  mkdir "$DIR/elsewhere"
  (cd "$BUNDLE" && exec python3 "$HERE/recvtty.py" s.sock </dev/null >"$DIR/console" 2>&1 3>&- 4>&-) &
  RECEIVER=$!
  echo "$RECEIVER" >>"$BATS_TEST_TMPDIR/pids"
  wait_until test -S "$BUNDLE/s.sock"
  cd "$DIR/elsewhere"
  step run -d --bundle "$BUNDLE" --console-socket s.sock --pid-file pid "$ID"
  received
  ls "$DIR/elsewhere"
}
@test "relative names of a console socket and a pid file" {
  both relative_names
  said '/dev/pts/0'
  said '^pid$'
}

@test "a /dev/pts that is no devpts gives no terminal" {
  alone
  configure '(.mounts[] | select(.destination == "/dev/pts")) |= {destination, type: "tmpfs", source: "tmpfs"}'
  with_terminal 'tty'
  receive
  call create --bundle "$BUNDLE" --console-socket "$DIR/console.sock" "$ID"
  [ "$CODE" -ne 0 ]
  grep -qF /dev/pts "$ERR"
  one_line "$ERR"
}
