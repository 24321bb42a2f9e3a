#!/usr/bin/env bats
# Bad input: one line that says what, on which object, where and what to do about it; the exit code; nothing left behind.
load helpers

complains() { # CODE WORDS... -- ARGS...: every word in the one line
  local expected=$1 words=()
  shift
  while [ "$1" != -- ]; do words+=("$1") && shift; done
  shift
  PATIENCE=20 call "$@"
  echo "$*: $CODE"
  cat "$ERR"
  [ "$CODE" -eq "$expected" ]
  one_line "$ERR"
  local word
  for word in "${words[@]}"; do grep -qF -- "$word" "$ERR"; done
  nothing_left
}
place() { # JQ-PATH: line of the config where this is, as the message must have it
  local marked
  marked=$(jq "$1 = \"the place\"" "$BUNDLE/config.json" | grep -n 'the place' | cut -d: -f1)
  echo "config.json:$marked:"
}

@test "config.json that is missing, empty, cut off, followed by something" {
  alone
  complains 1 "config.json" "no such file or directory" -- run --bundle /nosuch/bundle "$ID" ||
    complains 1 "/nosuch/bundle" -- run --bundle /nosuch/bundle "$ID"
  cp "$BUNDLE/config.json" "$DIR/kept"
  rm "$BUNDLE/config.json"
  complains 1 "config.json not found" -- run --bundle "$BUNDLE" "$ID"
  : >"$BUNDLE/config.json"
  complains 1 "config.json" -- run --bundle "$BUNDLE" "$ID"
  head -c 100 "$DIR/kept" >"$BUNDLE/config.json"
  complains 1 "config.json:" -- run --bundle "$BUNDLE" "$ID"
  { cat "$DIR/kept" && echo '{}'; } >"$BUNDLE/config.json"
  complains 1 "config.json:" -- run --bundle "$BUNDLE" "$ID"
  echo null >"$BUNDLE/config.json"
  complains 1 "config.json" -- run --bundle "$BUNDLE" "$ID"
  mv "$BUNDLE/config.json" "$BUNDLE/file"
  mkdir "$BUNDLE/config.json"
  complains 1 "config.json" "is a directory" -- run --bundle "$BUNDLE" "$ID"
  rmdir "$BUNDLE/config.json"
  mkfifo "$BUNDLE/config.json"
  complains 1 "config.json" -- run --bundle "$BUNDLE" "$ID"
}

@test "wrong types, with pointer, line and column" {
  alone
  local change
  while read -r pointer change; do
    cp "$BUNDLE/config.json" "$DIR/kept"
    configure "$change"
    complains 1 "$pointer" "config.json:" -- run --bundle "$BUNDLE" "$ID"
    cp "$DIR/kept" "$BUNDLE/config.json"
  done <<'LIST'
/process/args .process.args = "sh"
/process/args/0 .process.args = [1]
/process/user/uid .process.user.uid = "0"
/process/user/uid .process.user.uid = -1
/process/user/uid .process.user.uid = 4294967296
/process/user/uid .process.user.uid = 1.5
/process/noNewPrivileges .process.noNewPrivileges = "true"
/process/terminal .process.terminal = 0
/process/env/0 .process.env = [null]
/root/path .root.path = 7
/root/readonly .root.readonly = "yes"
/mounts .mounts = {}
/mounts/0/destination .mounts[0].destination = []
/mounts/0/options .mounts[0].options = "ro"
/linux/namespaces .linux.namespaces = "pid"
/linux/resources/memory/limit .linux.resources.memory.limit = "64M"
/linux/resources/pids/limit .linux.resources.pids.limit = true
/linux/maskedPaths/0 .linux.maskedPaths = [{}]
/hooks .hooks = []
/annotations/a .annotations.a = 1
LIST
}
@test "the line and column are the value's own" {
  alone
  configure '.process.user.uid = "zero"'
  complains 1 "config.json:$(grep -n '"uid"' "$BUNDLE/config.json" | cut -d: -f1):" -- run --bundle "$BUNDLE" "$ID"
}

@test "unknown values of known names" {
  alone
  while read -r words change; do
    cp "$BUNDLE/config.json" "$DIR/kept"
    configure "$change"
    complains 1 "$words" -- run --bundle "$BUNDLE" "$ID"
    cp "$DIR/kept" "$BUNDLE/config.json"
  done <<'LIST'
nosuch .linux.namespaces += [{type: "nosuch"}]
RLIMIT_NOSUCH .process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]
nosuch .linux.rootfsPropagation = "nosuch"
SCMP_ACT_NOSUCH .linux.seccomp = {defaultAction: "SCMP_ACT_NOSUCH"}
/linux/devices/0/type .linux.devices = [{path: "/dev/x", type: "x", major: 1, minor: 1}]
/linux/resources/devices/0/access .linux.resources.devices = [{allow: true, access: "rwx"}]
duplicat .linux.namespaces += [{type: "pid"}]
/linux/personality/domain .linux.personality = {domain: "NOSUCH"}
LIST
}
@test "two keys of one name, a NUL in a string, bytes that are no UTF-8" {
  alone
  cp "$BUNDLE/config.json" "$DIR/kept"
  sed -i 's/"hostname": /"hostname": "first", "hostname": /' "$BUNDLE/config.json"
  complains 1 "/hostname" "config.json:" -- run --bundle "$BUNDLE" "$ID"
  cp "$DIR/kept" "$BUNDLE/config.json"
  configure '.process.args = ["/bin/true\u0000x"]'
  complains 1 "/process/args/0" "config.json:" -- run --bundle "$BUNDLE" "$ID"
  cp "$DIR/kept" "$BUNDLE/config.json"
  printf '{"ociVersion": "1.0.0", "hostname": "\377"}' >"$BUNDLE/config.json"
  complains 1 "config.json:" -- run --bundle "$BUNDLE" "$ID"
  printf '%*s' 200000 '' | tr ' ' '[' >"$BUNDLE/config.json"
  complains 1 "config.json:" -- run --bundle "$BUNDLE" "$ID"
}

@test "missing properties" {
  alone
  while read -r words change; do
    cp "$BUNDLE/config.json" "$DIR/kept"
    configure "$change"
    complains 1 "${words//_/ }" -- run --bundle "$BUNDLE" "$ID"
    cp "$DIR/kept" "$BUNDLE/config.json"
  done <<'LIST'
root_must_be_specified del(.root)
process del(.process)
args .process.args = []
args del(.process.args)
cwd del(.process.cwd)
Cwd_must_be_an_absolute_path .process.cwd = "relative"
destination del(.mounts[0].destination)
/root/path .root = {}
LIST
}

@test "a rootfs that is missing, a file, a link" {
  alone
  configure '.root.path = "nosuch"'
  complains 1 "$BUNDLE/nosuch" "no such file or directory" "/root/path" -- run --bundle "$BUNDLE" "$ID"
  configure '.root.path = "config.json"'
  complains 1 "not a directory" "/root/path" -- run --bundle "$BUNDLE" "$ID"
  configure '.root.path = ""'
  complains 1 "/root/path" -- run --bundle "$BUNDLE" "$ID"
}

programs() {
  printf '#!/nosuch/interpreter\n' >"$BUNDLE/rootfs/tmp/script"
  printf 'not a program' >"$BUNDLE/rootfs/tmp/text"
  printf '\177ELFbroken' >"$BUNDLE/rootfs/tmp/broken"
  chmod 755 "$BUNDLE"/rootfs/tmp/{script,text,broken}
  echo data >"$BUNDLE/rootfs/tmp/data"
  configure '.process.args = ["nosuch"]'
  refused 'exec: \"nosuch\": executable file not found in $PATH' run --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["/nosuch"]'
  refused 'exec: \"/nosuch\": stat /nosuch: no such file or directory' run --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["/tmp/data"]'
  refused 'exec: \"/tmp/data\": permission denied' run --bundle "$BUNDLE" "$ID"
  does create --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["/tmp/script"]'
  refused 'no such file or directory' run --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["/tmp/text"]'
  refused 'exec format error' run --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["/tmp/broken"]'
  does run --bundle "$BUNDLE" "$ID"
}
@test "a command that is not there, not executable, without its interpreter, no program: runc's words" {
  if ! is_runc; then
    alone
    programs >"$DIR/transcript"
    cat "$DIR/transcript"
    not grep -q ': no$' "$DIR/transcript"
    [ "$(grep -c '^exit 0$' "$DIR/transcript")" -eq 0 ]
    nothing_left
  fi
  rm -rf "$BATS_TEST_TMPDIR/minc"
  both found_at_create
}
found_at_create() {
  configure '.process.args = ["nosuch"]'
  refused 'exec: \"nosuch\": executable file not found in $PATH' create --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["/nosuch"]'
  refused 'exec: \"/nosuch\": stat /nosuch: no such file or directory' create --bundle "$BUNDLE" "$ID"
  echo data >"$BUNDLE/rootfs/tmp/data"
  configure '.process.args = ["/tmp/data"]'
  refused 'exec: \"/tmp/data\": permission denied' create --bundle "$BUNDLE" "$ID"
}
@test "a script whose interpreter is missing is create's error, which engines show" { # runc tells it after start
  alone
  printf '#! /nosuch/interpreter -x\n' >"$BUNDLE/rootfs/tmp/script"
  chmod 755 "$BUNDLE/rootfs/tmp/script"
  configure '.process.args = ["/tmp/script"]'
  complains 1 '/tmp/script' 'its interpreter /nosuch/interpreter: no such file or directory' "$(place .process.args[0])" -- create --bundle "$BUNDLE" "$ID"
  configure '.process.args = ["script"] | .process.env = ["PATH=/tmp"]'
  complains 1 'its interpreter /nosuch/interpreter' -- create --bundle "$BUNDLE" "$ID"
  printf '#!../bin/sh\nexit 4\n' >"$BUNDLE/rootfs/tmp/script" # relative to the working directory
  chmod 711 "$BUNDLE/rootfs/tmp/script"
  configure '.process.cwd = "/tmp"'
  call create --bundle "$BUNDLE" "$ID"
  [ "$CODE" = 0 ]
  call delete "$ID"
}
@test "a directory as the command" {
  alone
  configure '.process.args = ["/etc"]'
  complains 1 "is a directory" "permission denied" -- run --bundle "$BUNDLE" "$ID"
}

@test "commands, options, arguments that are wrong" {
  alone
  complains 3 "nosuch" -- nosuch
  complains 1 "requires exactly 1 argument(s)" -- create
  complains 1 "requires exactly 1 argument(s)" -- delete a b
  complains 1 "flag provided but not defined: -nosuch" -- list --nosuch
  complains 1 "flag needs an argument" -- create --bundle
  complains 1 "preserve-fds" -- create --preserve-fds many --bundle "$BUNDLE" "$ID"
  complains 1 "preserve-fds" -- create --preserve-fds -1 --bundle "$BUNDLE" "$ID"
  mkdir "$STATE"
  complains 1 "invalid format option" -- list --format yaml
  complains 255 "container does not exist" -- exec "$ID" true
  complains 1 "requires a minimum of 1 argument" -- exec
}
@test "a state directory that somebody damaged" {
  alone
  mkdir -p "$STATE/$ID"
  echo '{"broken' >"$STATE/$ID/state.json"
  call state "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  one_line "$ERR"
  call list
  [ "$CODE" -eq 0 ]
  grep -q "$ID" "$ERR"
  call delete --force "$ID"
  cat "$ERR"
  nothing_left
}
@test "a full or read-only place for the state" {
  alone
  mkdir "$DIR/small"
  mount -t tmpfs -o ro small "$DIR/small"
  run "$RT" --root "$DIR/small/state" run --bundle "$BUNDLE" "$ID"
  umount "$DIR/small"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *"read-only file system"* ]]
  nothing_left
}
@test "unsupported things are refused, never passed over: LSM profiles without that LSM" {
  alone
  [ ! -d /sys/kernel/security/apparmor ] || skip "this host has AppArmor"
  configure '.process.apparmorProfile = "nosuch"'
  complains 1 "/process/apparmorProfile" -- run --bundle "$BUNDLE" "$ID"
  configure '.process.apparmorProfile = ""'
  shell true
  call run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ]
}
each_names_it() { # lines "WORDS|ARGS": fails in one line that has WORDS and names the container
  local words line
  while IFS='|' read -r words line; do
    # shellcheck disable=SC2086
    PATIENCE=20 call $line
    cat "$ERR"
    [ "$CODE" -ne 0 ]
    one_line "$ERR"
    grep -qF -- "$words" "$ERR"
    grep -qF -- "$ID" "$ERR"
  done
}
@test "an id that is taken, not there, wrong; a status that does not allow it: which container, where, what to do" {
  alone
  complains 1 "invalid container ID format" 'a/b' "letters, digits" -- run --bundle "$BUNDLE" a/b
  complains 1 "container does not exist" "$ID" "$STATE" -- state "$ID"
  call run -d --bundle "$BUNDLE" "$ID"
  each_names_it <<LIST
container with given ID already exists|run --bundle $BUNDLE $ID
container with given ID already exists|create --bundle $BUNDLE $ID
cannot start an already running container|start $ID
container not paused|resume $ID
that is not stopped: running; kill it first|delete $ID
LIST
  call pause "$ID"
  each_names_it <<LIST
container not running|pause $ID
cannot exec in a paused container (use --ignore-paused to override)|exec $ID true
cannot start a container in the paused state|start $ID
LIST
  call kill "$ID" KILL
  wait_until status_is stopped
  each_names_it <<LIST
container not running|kill $ID
container not running|pause $ID
container not running|update --pids-limit 5 $ID
cannot exec in a stopped container|exec $ID true
cannot start a container that has stopped; delete|start $ID
is not running|events $ID
LIST
}
@test "a seccomp filter under which init can neither speak nor exit: an error, no hang" {
  alone
  configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO"}'
  complains 1 "init ended unexpectedly" "/linux/seccomp" "execve" -- run --bundle "$BUNDLE" "$ID"
  configure '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS"}'
  complains 1 "bad system call" "/linux/seccomp" "execve" -- create --bundle "$BUNDLE" "$ID"
}
@test "files that exec and update are given: which file, and where in it" {
  alone
  call run -d --bundle "$BUNDLE" "$ID"
  local text
  echo '{"args": ["true"], "cwd": 7}' >"$DIR/process.json"
  echo '{"memory": {"limit": "64M"}}' >"$DIR/limits.json"
  refused "(process.json:1:28, at /cwd)" exec --process "$DIR/process.json" "$ID"
  refused "(limits.json:1:22, at /memory/limit)" update --resources "$DIR/limits.json" "$ID"
  for text in 'not JSON' '{"args": ' ''; do
    echo "$text" >"$DIR/process.json"
    refused "(process.json:1:" exec --process "$DIR/process.json" "$ID"
    refused "(process.json:1:" update --resources "$DIR/process.json" "$ID"
  done
  refused "open $DIR/none.json: no such file or directory" exec --process "$DIR/none.json" "$ID"
  refused "open $DIR/none.json: no such file or directory" update --resources "$DIR/none.json" "$ID"
}
