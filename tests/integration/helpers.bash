# shellcheck shell=bash
# What the integration tests share. tests/README.md explains the words: scenario, step, both, alone.
bats_require_minimum_version 1.5.0

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${MINC:=$HERE/../../build/check/minc-oci}" # the runtime under test
: "${RUNC:=runc}"                             # the one it is compared with
: "${MINC_SLOW:=1}"                            # how many times longer to wait: an emulated machine
export MINC RUNC HERE MINC_SLOW

# One test, one id: it names the state directory, the cgroup and the processes, so that what is left behind can be found.
ID=minct-$$
export ID

setup() { set_up; }
teardown() { tear_down; }
set_up() {
  umask 022
  [ -z "${CANNOT:-}" ] || skip "$CANNOT"
  [ "$(id -u)" = 0 ] || skip "needs root"
  chmod 711 "$BATS_RUN_TMPDIR" # roots of user namespaces come through here
  : >"$BATS_TEST_TMPDIR/pids"
}
cannot() { export CANNOT=$1; } # REASON: in setup_file, where bats cannot skip; then it returns, and every test is skipped
tear_down() {
  local pid
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || :; done <"$BATS_TEST_TMPDIR/pids"
  sweep
}

# ---- the two runtimes ---------------------------------------------------------------------------------------------------
# The tests can be proved against runc itself (MINC=runc bats FILE): what runc cannot do is passed over then.
is_runc() { [ "$(basename "$MINC")" = runc ]; }
needs_minc() { ! is_runc || skip "runc has no such thing"; }

use() { # NAME: from here on rt is that runtime, with a state root and a bundle of its own
  NAME=$1
  case $NAME in runc) RT=$RUNC ;; minc) RT=$MINC ;; esac
  DIR=$BATS_TEST_TMPDIR/$NAME STATE=$DIR/state BUNDLE=$DIR/bundle STEP=0
  mkdir -p "$DIR"
}
alone() { # this test is about our runtime only
  needs_minc
  use minc
  new_bundle
  cd "$DIR" || return
}

# The descriptors from 3 up are bats' own: a container that kept one would keep bats waiting.
rt() { timeout -k 5 $((${PATIENCE:-60} * MINC_SLOW)) "$RT" --root "$STATE" "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }
export -f rt

# ---- bundles --------------------------------------------------------------------------------------------------------------
make_rootfs() { # DIR: busybox, and two accounts
  mkdir -p "$1"/{bin,dev,etc,home/ordinary,proc,root,run,sys,tmp,usr/bin,var}
  chmod 1777 "$1/tmp"
  cp "$(command -v busybox)" "$1/bin/busybox"
  chroot "$1" /bin/busybox --install -s /bin
  printf 'root:x:0:0:root:/root:/bin/sh\nordinary:x:1000:1000::/home/ordinary:/bin/sh\n' >"$1/etc/passwd"
  printf 'root:x:0:\ntty:x:5:\nordinary:x:1000:\n' >"$1/etc/group"
  chown 1000:1000 "$1/home/ordinary"
}

new_bundle() { # the default spec, without a terminal, in a cgroup that carries our id
  mkdir -p "$BUNDLE"
  if ! [ -d "$BATS_FILE_TMPDIR/rootfs" ]; then make_rootfs "$BATS_FILE_TMPDIR/rootfs"; fi
  cp -a "$BATS_FILE_TMPDIR/rootfs" "$BUNDLE/rootfs"
  rm -f "$BUNDLE/config.json"
  "$MINC" spec --bundle "$BUNDLE"
  configure '.process.terminal = false | .process.args = ["sleep", "1000"] | .linux.cgroupsPath = "/" + $id' --arg id "$ID"
}
configure() { # FILTER [--arg NAME VALUE ... | --args WORD...]: change config.json
  local filter=$1
  shift
  jq "$filter" "$BUNDLE/config.json" "$@" >"$BUNDLE/config.new"
  mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}
shell() { # SCRIPT: what the container runs
  configure '.process.args = ["sh", "-c", $script]' --arg script "$1"
}
new_namespaces() { # TYPE...: exactly these, new
  configure '.linux.namespaces = [$ARGS.positional[] | {type: .}]' --args "$@"
}

# ---- steps of a scenario ------------------------------------------------------------------------------------------------
# Outputs go to files, never to pipes: what a detached container holds open must not keep the test waiting.
call() { # ARGS...: the runtime; its exit code in CODE, its outputs in the files OUT and ERR
  STEP=$((STEP + 1)) OUT=$DIR/out.$STEP ERR=$DIR/err.$STEP CODE=0
  rt "$@" </dev/null >"$OUT" 2>"$ERR" || CODE=$?
}
step() { # ARGS...: command, exit code and outputs into the transcript; what a detached container says is nobody's yet
  call "$@"
  printf '$ %s\nexit %d\n' "$*" "$CODE"
  case "$*" in 'run -d '* | 'run --detach '* | 'exec -d '* | 'exec --detach '*) ;; *) cat "$OUT" ;; esac
  sed 's/^/stderr: /' "$ERR"
}
does() { # ARGS...: command and exit code; what it says is its own affair
  call "$@"
  printf '$ %s\nexit %d\n' "$*" "$CODE"
}
refused() { # WORDS ARGS...: fails, and says WORDS. What else is said may differ: we add the place and the remedy
  local words=$1 said=no
  shift
  call "$@"
  if grep -qF -- "$words" "$ERR"; then said=yes; fi
  printf '$ %s\nexit %d\nsays "%s": %s\n' "$*" "$CODE" "$words" "$said"
  [ $said = yes ] || { echo "--- it said:" && cat "$ERR"; } >&2
  if [ "$NAME" = minc ] && ! is_runc; then one_line "$ERR"; fi
}
one_line() { # FILE
  [ "$(wc -l <"$1")" -eq 1 ] || { echo "not one line:" && cat "$1"; } >&2
  [ "$(wc -l <"$1")" -eq 1 ]
}

both() { # SCENARIO [ARGS...]: play it with runc, then with ours; transcripts and leavings must be equal
  local who code trace=
  for who in runc minc; do
    use $who
    new_bundle
    trace=${-//[!e]/}
    set +e
    (
      set -e
      cd "$DIR"
      "$@"
    ) >"$DIR/transcript" 2>"$DIR/noise"
    code=$?
    [ -z "$trace" ] || set -e
    if [ $code -ne 0 ]; then
      echo "the scenario itself failed with $who ($code):"
      tail -n 40 "$DIR/transcript" "$DIR/noise" "$DIR"/err.* 2>/dev/null
      return 1
    fi
    left_behind >>"$DIR/transcript"
    normalise <"$DIR/transcript" >"$DIR/normal"
    sweep
    cd "$BATS_TEST_TMPDIR"
  done
  diff -u --label runc --label minc-oci "$BATS_TEST_TMPDIR/runc/normal" "$BATS_TEST_TMPDIR/minc/normal" || {
    cat "$BATS_TEST_TMPDIR/minc/noise"
    return 1
  }
}
said() { # REGEX: in the transcript that `both` compared
  grep -qE -- "$1" "$BATS_TEST_TMPDIR/minc/normal" || {
    echo "no line matches $1:"
    cat "$BATS_TEST_TMPDIR/minc/normal"
    return 1
  }
}
not() { # COMMAND...: fails when it succeeds ("!" alone would not end a test)
  if "$@"; then
    echo "should not be: $*"
    return 1
  fi
}
normalise() { # names of programs, directories (in mountinfo below the root of their file system), times
  sed -E -e "s#$BATS_TEST_TMPDIR/(runc|minc)#DIR#g" -e "s#(^| )/${BATS_TEST_TMPDIR#*/*/}/(runc|minc)#\1DIR#g" -e "s#$ID#ID#g" -e 's#time="[^"]*"#time=T#' -e 's#\b(minc-oci|runc)\b#RUNTIME#g' -e 's#(pipe|socket):\[[0-9]+\]#\1#g' \
    -e '/^misc:\/|^(cgroup )?\/sys\/fs\/cgroup\/misc\//d' `# a v1 hierarchy that runc 1.1.5 does not know` \
    -e '/Failed to remove cgroup \(will retry\)/d' -e '/^\S+: line [0-9]+: +[0-9]+ Killed /d' # runc on a slow machine; bash, when it likes
}

wait_until() { # COMMAND...: true within ten seconds
  local i
  for ((i = 0; i < 500 * MINC_SLOW; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.02
  done
  echo "in vain: $*" >&2
  return 1
}
status_is() { [ "$(rt state "$ID" | jq -r .status)" = "$1" ]; }
pid_of() { rt state "${1:-$ID}" | jq .pid; }
in_background() { # COMMAND...: killed at the end of the test; its pid in PID
  "$@" </dev/null >"$DIR/background.out" 2>"$DIR/background.err" 3>&- 4>&- 5>&- &
  PID=$!
  echo "$PID" >>"$BATS_TEST_TMPDIR/pids"
}

# ---- what is left behind --------------------------------------------------------------------------------------------------
# cgroups named by our id or below one
cgroups_of_ours() { find /sys/fs/cgroup -depth -type d -path "*/$ID*" 2>/dev/null || :; }
processes_of_ours() { # by cgroup, or by a root or program below the test's directory; the dead that nobody waited for do not count
  local pid state
  {
    grep -lsF "/$ID" /proc/[0-9]*/cgroup || :
    find /proc/[0-9]* -maxdepth 1 \( -name root -o -name exe \) -lname "*$BATS_TEST_TMPDIR*" 2>/dev/null || :
  } | cut -d/ -f3 | sort -u | while read -r pid; do
    state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) || continue
    [ "$state" = Z ] || [ "$state" = X ] || [ -z "$state" ] || echo "$pid"
  done
}
mounts_of_ours() { awk -v dir="$BATS_TEST_TMPDIR/" 'index($5, dir) == 1 || index($4, dir) == 1 { print $5 }' /proc/self/mountinfo; }
left_behind() {
  echo "left behind:"
  [ ! -d "$STATE" ] || find "$STATE" -mindepth 1 -maxdepth 1 ! -name '@*' -printf 'state %f\n' | sort
  cgroups_of_ours | sed 's/^/cgroup /' | sort
  mounts_of_ours | sed 's/^/mount /'
  processes_of_ours | sed 's/.*/process/'
}
nothing_left() {
  local found
  found=$(left_behind)
  [ "$found" = "left behind:" ] || { echo "$found" && return 1; }
}
sweep() { # for failures and for what a scenario leaves on purpose
  local pid dir
  if [ -d "$STATE" ]; then
    for dir in "$STATE"/[!@]*; do
      [ ! -d "$dir" ] || PATIENCE=20 rt delete --force "$(basename "$dir")" >/dev/null 2>&1 || :
    done
  fi
  for pid in $(processes_of_ours); do [ "$pid" = $$ ] || kill -KILL "$pid" 2>/dev/null || :; done
  for dir in $(mounts_of_ours | tac); do umount -l "$dir" 2>/dev/null || :; done
  local try
  for try in 1 2 3 4 5; do
    [ -n "$(cgroups_of_ours)" ] || break
    [ "$try" = 1 ] || sleep 0.1
    for dir in $(cgroups_of_ours); do
      if [ -w "$dir/freezer.state" ]; then echo THAWED >"$dir/freezer.state" || :; fi
      rmdir "$dir" 2>/dev/null || :
    done
  done
  return 0
}
