#!/usr/bin/env bats
# create, start, state, kill, delete, run, list: the life of a container as runtime.md and runc's command line have it.
load helpers

steps_of_a_life() {
  step create --bundle "$BUNDLE" "$ID"
  step state "$ID" | mask_numbers
  step start "$ID"
  step state "$ID" | mask_numbers
  step kill "$ID" KILL
  wait_until status_is stopped
  step state "$ID" | mask_numbers
  step delete "$ID"
  refused "container does not exist" state "$ID"
}
mask_numbers() { sed -E -e 's/"pid": [1-9][0-9]*/"pid": N/' -e 's/[0-9-]+T[0-9:.]+Z/TIME/' -e 's/"ociVersion": "[^"]*"/VERSION/'; }
@test "create, start, state, kill, delete: the words, codes and leavings of runc" {
  both steps_of_a_life
  said '"status": "created"'
  said '"status": "running"'
  said '"status": "stopped"'
  said '"pid": 0'
}

exit_codes() {
  local script
  for script in true 'exit 7' 'exit 255' 'exit 256' 'kill -KILL $$' 'kill -TERM $$; exit 3'; do
    shell "$script"
    step run --bundle "$BUNDLE" "$ID"
  done
}
@test "run returns the exit code of the container, 128 and the signal when killed" {
  both exit_codes
}
killed_from_outside() {
  in_background rt run --bundle "$BUNDLE" "$ID"
  wait_until status_is running
  step kill "$ID" 9
  local code=0
  wait "$PID" || code=$?
  echo "run: $code"
}
@test "run returns 137 when the container is killed" {
  both killed_from_outside
  said 'run: 137'
}

outputs() {
  shell 'echo out; echo err >&2; head -c 300000 /dev/zero | tr "\0" x'
  call run --bundle "$BUNDLE" "$ID"
  sha256sum <"$OUT"
  cat "$ERR"
}
@test "run passes both outputs through, whole" {
  both outputs
  said err
}
input() {
  configure '.process.args = ["cat"]'
  head -c 300000 /dev/urandom >"$DIR/input"
  rt run --bundle "$BUNDLE" "$ID" <"$DIR/input" >"$DIR/output" 2>&1
  cmp "$DIR/input" "$DIR/output" && echo same
  shell 'cat; echo end of file'
  printf 'from a pipe\n' | rt run --bundle "$BUNDLE" "$ID"
}
@test "run passes the input through, and its end" {
  both input
  said same
  said 'end of file'
}

detached() {
  step run --detach --bundle "$BUNDLE" "$ID"
  step list --quiet
  step list | sed -E -e 's/ +[0-9]+ +/ N /' -e 's/[0-9-]+T[0-9:.]+Z +/TIME /' -e 's/ +/ /g'
  step list -f json | tail -n +3 | jq -cr '.[0] | keys_unsorted | join(" ")'
  step kill "$ID" KILL
  wait_until status_is stopped
  step delete "$ID"
  step list --format json
}
@test "run --detach and list: table, JSON with its keys in order, --quiet" {
  both detached
}

wrong_states() {
  call create --bundle "$BUNDLE" "$ID"
  refused "container with given ID already exists" create --bundle "$BUNDLE" "$ID"
  refused "container with given ID already exists" run --bundle "$BUNDLE" "$ID"
  refused "container not paused" resume "$ID"
  step start "$ID"
  refused "cannot start an already running container" start "$ID"
  refused "cannot delete container $ID that is not stopped: running" delete "$ID"
  step kill "$ID" KILL
  wait_until status_is stopped
  refused "container not running" kill "$ID" TERM
  refused "container not running" pause "$ID"
  refused "cannot start a container that has stopped" start "$ID"
  refused "stopped container" exec "$ID" true
  step state "$ID" | grep status
  step kill --all "$ID" KILL
  step delete "$ID"
}
@test "an operation in the wrong state is refused in runc's words, and changes nothing" {
  both wrong_states
  not grep -q ': no$' "$BATS_TEST_TMPDIR/minc/normal"
}

unknown_id() {
  local command
  for command in state start kill pause resume delete; do
    refused "container does not exist" "$command" "$ID"
  done
  refused "container does not exist" exec "$ID" true
  step delete --force "$ID"
}
@test "an unknown id: container does not exist; exec 255, delete --force 0" {
  both unknown_id
  said 'exit 255'
}

good_ids() {
  local id
  shell 'echo ran'
  configure 'del(.linux.cgroupsPath)'
  for id in "$ID+a_b-c.d" "_$ID" "$ID.."; do
    step run --bundle "$BUNDLE" "$id"
  done
  refused "container id cannot be empty" state ""
}
@test "ids: letters, digits, + - _ ." {
  both good_ids
}
@test "ids: all others are refused, by every command" { # runc 1.1 takes some of them
  alone
  local id
  shell 'echo ran'
  for id in a/b .. . 'a b' a:b 'ä' '@lock' "$(printf '%256s' '' | tr ' ' x)"; do
    refused "invalid container ID format" run --bundle "$BUNDLE" -- "$id"
    refused "invalid container ID format" state -- "$id"
    refused "invalid container ID format" delete --force -- "$id"
  done >"$DIR/transcript"
  cat "$DIR/transcript"
  not grep -q ': no$' "$DIR/transcript"
  nothing_left
}

only_bundle_is_cwd() {
  shell 'echo here'
  cd "$BUNDLE"
  step run "$ID"
  configure '.root.path = "."'
  cd rootfs && cp ../config.json .
  step run "$ID"
}
@test "without --bundle the current directory is the bundle" {
  both only_bundle_is_cwd
  said here
}

pid_file() {
  step create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$ID"
  [ "$(cat "$DIR/pid")" = "$(pid_of)" ] && echo "the right number"
  tail -c 1 "$DIR/pid" | tr 0-9 N && echo
  ls -A "$DIR" | grep pid
  (cd "$DIR" && step exec --detach --pid-file exec.pid "$ID" sleep 100)
  ls -A "$DIR" | grep pid
  [ "$(cat "$DIR/exec.pid")" != "$(cat "$DIR/pid")" ] && echo "another process"
  stat -c %a "$DIR/pid"
  step delete --force "$ID"
  refused "no such file or directory" create --bundle "$BUNDLE" --pid-file "$DIR/nowhere/pid" "$ID"
}
@test "--pid-file: the number alone, complete, of the host's pid namespace" {
  both pid_file
  said 'the right number'
}

delete_forms() {
  step create --bundle "$BUNDLE" "$ID"
  step delete "$ID"
  step create --bundle "$BUNDLE" "$ID"
  step delete --force "$ID"
  step run -d --bundle "$BUNDLE" "$ID"
  step delete -f "$ID"
  step run -d --bundle "$BUNDLE" "$ID"
  step delete "$ID" --force
  step list -q
}
@test "delete: a created container, with force a running one; options before and after the id" {
  both delete_forms
}

signal_names() {
  local signal
  for signal in TERM SIGTERM sigterm 15 '' "''"; do
    shell 'trap "echo terminated; exit 5" TERM; echo up; while :; do sleep 0.05; done'
    step run -d --bundle "$BUNDLE" "$ID"
    local output=$DIR/out.$STEP
    wait_until grep up "$output"
    eval "step kill $ID $signal"
    wait_until status_is stopped
    cat "$output"
    step delete "$ID"
  done
  step run -d --bundle "$BUNDLE" "$ID"
  step kill "$ID" 0
  refused 'unknown signal "NOSUCH"' kill "$ID" NOSUCH
  refused 'invalid argument' kill "$ID" 99
  refused 'invalid argument' kill "$ID" -1
  refused 'container does not exist' kill "$ID-none" NOSUCH
  step kill "$ID" KILL
}
@test "kill: signals by name in any form, by number, TERM when none is given" {
  both signal_names
  said terminated
}

pausing() {
  step run -d --bundle "$BUNDLE" "$ID"
  step pause "$ID"
  step state "$ID" | grep status
  refused "cannot exec in a paused container" exec "$ID" true
  refused "cannot delete container $ID that is not stopped: paused" delete "$ID"
  step resume "$ID"
  step state "$ID" | grep status
  refused "container not paused" resume "$ID"
  step pause "$ID"
  step kill "$ID" KILL
  wait_until status_is stopped
  step delete "$ID"
  step run -d --bundle "$BUNDLE" "$ID"
  step pause "$ID"
  step delete --force "$ID"
}
@test "pause and resume; KILL and delete --force reach a paused container" {
  both pausing
  said paused
}

process_lists() {
  shell 'sleep 1000 & sleep 1000 & wait'
  step run -d --bundle "$BUNDLE" "$ID"
  wait_until three_processes
  step ps --format json "$ID" | sed -E 's/[0-9]{2,}/N/g'
  step kill "$ID" KILL
  wait_until status_is stopped
  step delete "$ID"
}
three_processes() { [ "$(rt ps -f json "$ID" | jq length)" = 3 ]; }
@test "ps --format json lists the processes by the host's numbers" {
  both process_lists
}

forwarded_signals() {
  shell 'trap "echo got it; exit 9" USR1; echo up; while :; do sleep 0.05; done'
  "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out" 2>&1 3>&- 4>&- &
  local pid=$! code=0
  echo "$pid" >>"$BATS_TEST_TMPDIR/pids"
  wait_until grep up "$DIR/out"
  kill -USR1 "$pid"
  wait "$pid" || code=$?
  cat "$DIR/out"
  echo "exit $code"
}
@test "run in the foreground forwards signals" {
  both forwarded_signals
  said 'got it'
}

children_of_the_caller() {
  python3 "$HERE/subreaper.py" "$DIR/pid" "$RT" --root "$STATE" create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$ID" -- \
    "$RT" --root "$STATE" start "$ID"
  step delete "$ID"
}
@test "the container is a child of the caller's subreaper, which waits for it" {
  both children_of_the_caller_with_exit
  said 'waited: exit 42'
}
children_of_the_caller_with_exit() {
  shell 'exit 42'
  children_of_the_caller
}

@test "a caller without standard input gives the container no host file for it" {
  alone
  shell 'readlink /proc/1/fd/0; ls /proc/1/fd | tr "\n" " "'
  "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 0<&- >"$DIR/out" 2>"$DIR/err" 3>&- 4>&-
  cat "$DIR/out" "$DIR/err"
  not grep -q -e cgroup -e anon_inode -e memfd -e "$DIR" "$DIR/out"
  shell 'exit 0'
  "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 0<&- 1>&- 2>&- 3>&- 4>&-
}

with_descriptors() { # ARGS...: 3, 4 and 7 are open
  "$RT" --root "$STATE" run "$@" --bundle "$BUNDLE" "$ID" </dev/null 3<"$DIR/three" 4<"$DIR/four" 7<"$DIR/three" 5>&- 6>&- 8>&-
}
descriptors() {
  echo three >"$DIR/three"
  echo four >"$DIR/four"
  configure '.process.args = ["ls", "/proc/self/fd"]'
  with_descriptors
  with_descriptors --preserve-fds 2
  shell 'cat <&3; cat <&4; cat <&7 2>/dev/null || echo no seven'
  with_descriptors --preserve-fds 2
}
@test "only --preserve-fds lets descriptors in" {
  both descriptors
  said four
  said 'no seven'
}
@test "--preserve-fds of a descriptor that the caller does not have is refused" {
  alone
  local code=0
  "$RT" --root "$STATE" run --preserve-fds 3 --bundle "$BUNDLE" "$ID" </dev/null 2>"$DIR/err" 3>&- 4>&- 5>&- || code=$?
  cat "$DIR/err"
  [ $code -eq 1 ]
  grep -q 'preserved-fd' "$DIR/err"
  nothing_left
}
listen_fds() {
  shell 'env | grep ^LISTEN | sort; cat <&3'
  echo socket >"$DIR/socket"
  sh -c 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"' sh "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 3<"$DIR/socket" 4>&- </dev/null
  sh -c 'export LISTEN_FDS=1 LISTEN_PID=1; exec "$@"' sh "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 3<"$DIR/socket" 4>&- </dev/null ||
    echo "none for another process"
}
@test "LISTEN_FDS are passed on when LISTEN_PID is the runtime" {
  both listen_fds
  said LISTEN_FDS=1
  said socket
}
@test "LISTEN_FDNAMES goes with them" { # runc drops it
  alone
  shell 'env | grep ^LISTEN | sort'
  sh -c 'export LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=web; exec "$@"' sh "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 3</dev/null 4>&- </dev/null >"$DIR/said"
  cat "$DIR/said"
  [ "$(tr '\n' ' ' <"$DIR/said")" = 'LISTEN_FDNAMES=web LISTEN_FDS=1 LISTEN_PID=1 ' ]
}

kept() {
  shell 'exit 3'
  step run --keep --bundle "$BUNDLE" "$ID"
  step state "$ID" | grep status
  step delete "$ID"
}
@test "run --keep leaves the stopped container" {
  alone # runc has it since 1.2
  kept >"$DIR/transcript"
  cat "$DIR/transcript"
  grep -q '^exit 3$' "$DIR/transcript"
  grep -q '"status": "stopped"' "$DIR/transcript"
  nothing_left
}

option_forms() {
  shell 'echo ran'
  step run -bundle "$BUNDLE" "$ID"
  step run --bundle="$BUNDLE" "$ID"
  step run -b "$BUNDLE" -no-subreaper "$ID"
  step run -bundle="$BUNDLE" --no-pivot=false "$ID"
  step run --bundle "$BUNDLE" "$ID" --no-new-keyring
  step run --bundle "$BUNDLE" -- "$ID"
  rt -debug=false run --bundle "$BUNDLE" "$ID"
  refused 'flag provided but not defined: -nosuch' run --nosuch "$ID"
  refused 'flag needs an argument' run --bundle
  refused "No help topic for 'nosuch'" nosuch
  refused 'requires exactly 1 argument(s)' create
  refused 'requires exactly 1 argument(s)' state a b
}
@test "options in all forms that Go's flag library takes; usage errors and their codes" {
  both option_forms
  said '^exit 3$'
}

without_hint() { sed 's/; .*//' "$@"; } # ours says which container, and where
logs() {
  shell 'exit 0'
  local code=0
  rt --log "$DIR/log" --log-format json start "$ID" 2>"$DIR/err" || code=$?
  echo "exit $code"
  without_hint "$DIR/err"
  jq -c 'keys' "$DIR/log"
  jq -r '.level, .msg' "$DIR/log" | without_hint
  rt --log "$DIR/log2" --log-format json run --bundle "$BUNDLE" "$ID"
  wc -c <"$DIR/log2"
  code=0
  rt --log "$DIR/log3" start "$ID" 2>/dev/null || code=$?
  sed 's/time="[^"]*"/T/' "$DIR/log3" | sed 's/; .*"/"/'
  refused 'no such file or directory' --log "$DIR/nowhere/log" list
  refused 'invalid log-format' --log-format yaml list
}
@test "--log and --log-format json: one object, bare text on stderr; nothing when all is well" {
  both logs
  said '"level","msg","time"'
}

version_and_help() {
  step --version | sed -E -e 's/[0-9]+\.[0-9]+\.[0-9]+[^ ]*/V/g' | sed -n '3p'
  call --version
  head -1 "$OUT" | sed -E 's/[0-9]+\.[0-9]+\.[0-9]+[^ ]*/V/'
  local command
  for command in create start state kill delete run exec list spec features pause resume ps; do
    call "$command" --help
    printf '%s %d\n' "$command" "$CODE"
    head -1 "$OUT"
  done
  call --help
  head -1 "$OUT"
}
@test "--version and --help" {
  both version_and_help
  said 'RUNTIME version V'
}

@test "features: what engines read from it" {
  use minc
  "$MINC" features >"$BATS_TEST_TMPDIR/features" 2>"$BATS_TEST_TMPDIR/err"
  [ ! -s "$BATS_TEST_TMPDIR/err" ]
  jq -e '.ociVersionMin and .ociVersionMax and (.hooks | index("createRuntime")) and (.mountOptions | index("ro"))
    and (.linux.namespaces | index("pid")) and (.linux.capabilities | index("CAP_CHOWN"))
    and (.linux.seccomp.actions | index("SCMP_ACT_ERRNO")) and .linux.cgroup.v1' "$BATS_TEST_TMPDIR/features"
  needs_minc
  jq -e '(.mountOptions | index("rro")) and .linux.mountExtensions.idmap.enabled' "$BATS_TEST_TMPDIR/features"
}

@test "spec: runc's, but for the differences listed here" {
  use minc
  mkdir -p "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
  "$RUNC" spec --bundle "$BATS_TEST_TMPDIR/a"
  "$MINC" spec --bundle "$BATS_TEST_TMPDIR/b"
  # ociVersion: the specification's version that each was made for. ambient: runc 1.1 had it without inheritable, for which its
  # successors warn. hostname: the program's name.
  for side in a b; do
    jq -S 'del(.ociVersion, .process.capabilities.ambient, .process.capabilities.inheritable, .hostname)
      | .linux.maskedPaths |= sort | .linux.readonlyPaths |= sort' "$BATS_TEST_TMPDIR/$side/config.json" >"$BATS_TEST_TMPDIR/$side.json"
  done
  diff -u "$BATS_TEST_TMPDIR/a.json" "$BATS_TEST_TMPDIR/b.json"
  run "$MINC" spec --bundle "$BATS_TEST_TMPDIR/b"
  [ "$status" -eq 1 ]
  [[ $output == *"exists. Remove it first"* ]]
}

@test "the state root: modes, and never /" {
  use minc
  new_bundle
  cd "$DIR"
  call create --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ]
  [ "$(stat -c %a "$STATE" "$STATE/$ID" | tr '\n' ' ')" = "700 711 " ]
  [ -p "$STATE/$ID/exec.fifo" ]
  call delete --force "$ID"
  needs_minc
  run "$RT" --root / list
  [ "$status" -eq 1 ]
  [[ $output == *"--root argument should not be set to /"* ]]
}

@test "the default state root is /run/NAME" {
  use minc
  new_bundle
  "$RT" create --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out" 2>&1 3>&- 4>&-
  [ -d "/run/$(basename "$MINC")/$ID" ]
  "$RT" delete --force "$ID"
  [ ! -e "/run/$(basename "$MINC")/$ID" ]
}

many() {
  local i pids=
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    mkdir "$DIR/b$i"
    jq --arg path "/$ID-$i" --arg rootfs "$BUNDLE/rootfs" '.linux.cgroupsPath = $path | .root.path = $rootfs' "$BUNDLE/config.json" >"$DIR/b$i/config.json"
    rt create --bundle "$DIR/b$i" "$ID-$i" </dev/null >"$DIR/out.$i" 2>&1 &
    pids+=" $!"
  done
  for i in $pids; do wait "$i" && echo made; done
  step list -q | sort
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do rt delete --force "$ID-$i" & done
  wait
  [ "$NAME" = minc ] || sweep # on a slow machine runc gives up on groups that are busy for long
}
@test "twenty containers made at once" {
  both many
  [ "$(grep -c '^made$' "$BATS_TEST_TMPDIR/minc/normal")" -eq 20 ]
}

same_id_at_once() {
  local i pids= won=0
  for i in 1 2 3 4 5 6 7 8; do
    rt create --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/out.$i" 2>&1 &
    pids+=" $!"
  done
  for i in $pids; do if wait "$i"; then won=$((won + 1)); fi; done
  echo "$won of 8"
  step state "$ID" | grep status
  step delete --force "$ID"
}
@test "of eight that want one id, one gets it" {
  alone
  same_id_at_once >"$DIR/transcript"
  cat "$DIR/transcript"
  grep -q '^1 of 8$' "$DIR/transcript"
  nothing_left
}

annotations() {
  configure '.annotations = {"org.example.a": "1", "org.example.b": "zwei \"x\" & <y>"}'
  step create --bundle "$BUNDLE" "$ID"
  step state "$ID" | mask_numbers
  step delete -f "$ID"
}
@test "state and list fit schemas/state.schema.json, in every status" {
  /usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
  alone
  configure '.annotations = {"org.example.a": "b", "empty": ""}'
  # shellcheck disable=SC2016
  configure '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $hook]}]' \
    --arg hook "exec >/dev/null 2>&1; '$RT' --root '$STATE' state '$ID' >'$DIR/creating.json'"
  call create --bundle "$BUNDLE" "$ID"
  rt state "$ID" >"$DIR/created.json"
  call start "$ID"
  rt state "$ID" >"$DIR/running.json"
  rt list --format json >"$DIR/list.json"
  call pause "$ID"
  rt state "$ID" >"$DIR/paused.json"
  call delete --force "$ID"
  shell 'exit 0'
  configure 'del(.annotations, .hooks)'
  call run --detach --bundle "$BUNDLE" "$ID"
  wait_until status_is stopped
  rt state "$ID" >"$DIR/stopped.json"
  call delete "$ID"
  local status
  for status in creating created running paused stopped; do
    [ "$(jq -r .status "$DIR/$status.json")" = $status ]
    "$HERE/../schema/fits" state.schema.json "$DIR/$status.json"
  done
  "$HERE/../schema/fits" state.schema.json "$DIR/list.json"
  jq '.status = "broken"' "$DIR/created.json" >"$DIR/wrong.json"
  not "$HERE/../schema/fits" state.schema.json "$DIR/wrong.json"
}

@test "annotations are told by state" {
  both annotations
  said org.example.b
}

@test "an annotation called bundle is one like any other" { # runc loses it, and takes it for the bundle
  alone
  configure '.annotations = {bundle: "/elsewhere"}'
  call create --bundle "$BUNDLE" "$ID"
  call state "$ID"
  cat "$OUT"
  [ "$(jq -r .annotations.bundle "$OUT")" = /elsewhere ]
  [ "$(jq -r .bundle "$OUT")" = "$BUNDLE" ]
}
@test "what becomes of config.json after create has no effect" { # runc's exec reads it again
  alone
  call create --bundle "$BUNDLE" "$ID"
  configure '.process.cwd = "/tmp" | .process.user.uid = 1000 | .hooks.poststart = [{path: "/bin/false"}] | .process.args = ["false"]'
  call start "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  [ "$(rt exec "$ID" sh -c 'pwd; id -u' | tr '\n' ' ')" = '/ 0 ' ]
  rm "$BUNDLE/config.json"
  [ "$(rt exec "$ID" pwd)" = / ]
}
@test "a later minor version of the specification is taken with a warning, unknown properties without" {
  alone
  configure '.ociVersion = "1.2.9" | .process.args = ["true"] | .later = {x: [1]} | .linux.later = "x"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  [ ! -s "$ERR" ]
  configure '.ociVersion = "1.99.0"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  grep -q 'level=warning msg="ociVersion \\"1.99.0\\" is newer than' "$ERR"
}
@test "delete --force of a container whose state file is damaged: its processes and cgroups go too" {
  alone
  call create --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ]
  echo '{' >"$STATE/$ID/state.json"
  call delete "$ID"
  [ "$CODE" -eq 1 ]
  one_line "$ERR"
  call delete --force "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  nothing_left
}

both_stopped() { [ "$(rt list --format json | jq '[.[] | select(.status == "stopped")] | length')" = 2 ]; }
@test "--regex: one call of kill and delete for many containers" { # crun's
  alone
  local name
  for name in one two three; do
    configure '.linux.cgroupsPath = "/" + $id' --arg id "$ID-$name"
    call run -d --bundle "$BUNDLE" "$ID-$name"
    [ "$CODE" = 0 ]
  done
  call kill --regex "$ID-t(wo|hree)\$" KILL
  [ "$CODE" = 0 ]
  wait_until both_stopped
  [ "$(rt state "$ID-one" | jq -r .status)" = running ]
  call delete -r "$ID-" # two of them; the third is told about
  [ "$CODE" = 1 ]
  one_line "$ERR"
  grep -q "$ID-one: cannot delete container $ID-one that is not stopped: running" "$ERR"
  [ "$(rt list -q)" = "$ID-one" ]
  call delete --force --regex "^$ID-none"
  [ "$CODE" = 0 ]
  call delete --regex '('
  [ "$CODE" = 1 ]
  grep -q 'invalid regular expression' "$ERR"
  call delete -f -r "$ID"
  [ "$CODE" = 0 ]
  nothing_left
}

@test "--log journald:NAME and syslog:NAME: the host's log, and the bare text on stderr" { # crun's
  alone
  cat >"$DIR/listen.py" <<'PY'
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
listener.settimeout(20)
open(sys.argv[2], "w").close()
sys.stdout.write(repr(listener.recv(65536)))
PY
  cat >"$DIR/inside" <<SH
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal
mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3
for log in journald:minc-a=/run/systemd/journal/socket syslog:minc-b=/dev/log; do
  python3 $DIR/listen.py \${log#*=} /run/ready >$DIR/\${log%%:*} &
  until [ -e /run/ready ]; do sleep 0.05; done
  $RT --root $STATE --log \${log%%=*} state $ID 2>>$DIR/stderr
  wait; rm /run/ready
done
$RT --root $STATE --log syslog:x state $ID 2>>$DIR/stderr
:
SH
  timeout 60 unshare -m sh "$DIR/inside" 3>&- 4>&- 5>&-
  tail -n 9 "$DIR"/journald "$DIR"/syslog "$DIR"/stderr
  grep -q 'PRIORITY=3.*SYSLOG_IDENTIFIER=minc-a.*MESSAGE.*container does not exist' "$DIR/journald"
  grep -qE "^b'<11>[A-Z][a-z]{2} .* minc-b: container does not exist" "$DIR/syslog"
  [ "$(grep -c '^container does not exist' "$DIR/stderr")" = 2 ]
  grep -q -- '--log syslog:x: dial unix /dev/log: connect: connection refused' "$DIR/stderr"
}
