#!/usr/bin/env bats
# Hooks of all six kinds: when, where, with what, and what their failure does.
load helpers

host_hook() { # NAME: a program on the host that writes its name, arguments and a few facts
  cat >"$DIR/hook" <<SCRIPT
#!/bin/sh
name=\$1
state=\$(cat)
{
  echo "\$name: \$* "
  echo "\$state" | jq -c '{keys: keys, id, status, pid: (.pid > 0), bundle, annotations}'
  echo "\$state" | jq -r .pid >"$DIR/\$name.pid"
  echo "variables: \$(env | grep ^HOOK_ | sort | tr '\n' ' ')"
} >>"$DIR/hooks.log"
[ "\$2" != fail ] || { echo "to the reader"; echo "the reason" >&2; exit 3; }
SCRIPT
  chmod 755 "$DIR/hook"
}
set_hooks() { # KIND [fail]
  host_hook
  configure '.annotations = {"org.example": "x"}
    | .hooks[$kind] = [{path: $hook, args: ["hook", $kind, $fail], env: ["HOOK_A=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"], timeout: 10}]' \
    --arg kind "$1" --arg hook "$DIR/hook" --arg fail "${2:-}"
}

sequence() {
  local kind
  # createContainer and startContainer run inside: they write into the container's own tree
  for kind in prestart createRuntime poststop; do set_hooks $kind; done
  configure '.root.readonly = false
    | .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/dev/null; echo createContainer >>" + $log]}]
    | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/inside; echo >>/inside; pwd >>/inside; id >>/inside"]}]' --arg log "$DIR/hooks.log"
  step create --bundle "$BUNDLE" "$ID"
  echo "-- created" >>"$DIR/hooks.log"
  [ "$(cat "$DIR/createRuntime.pid")" = "$(pid_of)" ] && echo "the host's pid"
  step start "$ID"
  echo "-- started" >>"$DIR/hooks.log"
  step kill "$ID" KILL
  wait_until status_is stopped
  step delete "$ID"
  cat "$DIR/hooks.log"
  jq -c '{id, status, pid, keys: keys}' <(head -1 "$BUNDLE/rootfs/inside")
  tail -n +2 "$BUNDLE/rootfs/inside"
}
@test "all kinds, in their order, with the state on standard input" {
  both sequence
  said 'createRuntime: createRuntime'
  said "the host's pid"
}

@test "poststart runs after start, and is told so" { # runc 1.1 ran it at the end of create
  alone
  set_hooks poststart
  call create --bundle "$BUNDLE" "$ID"
  [ ! -e "$DIR/hooks.log" ]
  call start "$ID"
  cat "$DIR/hooks.log"
  grep -q '"status":"running"' "$DIR/hooks.log"
  [ "$(cat "$DIR/poststart.pid")" = "$(pid_of)" ]
}

@test "run.oci.hooks.stdout and stderr: what hooks of all kinds print is appended to files of the host" { # crun's
  alone
  local kind
  for kind in prestart createRuntime createContainer startContainer poststart poststop; do
    configure '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "echo \($kind); echo \($kind) again >&2"]}]' --arg kind $kind
  done
  configure '.annotations = {"run.oci.hooks.stdout": $out, "run.oci.hooks.stderr": $err}' --arg out "$DIR/out" --arg err "$DIR/err"
  echo before >"$DIR/out"
  shell 'ls /proc/self/fd | wc -l; sleep 1000'
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" = 0 ]
  wait_until test -s "$OUT"
  [ "$(cat "$OUT")" = 4 ] # 0, 1, 2 and the directory: neither file is left to the program
  call delete --force "$ID"
  cat "$DIR/out" "$DIR/err"
  [ "$(tr '\n' ' ' <"$DIR/out")" = 'before prestart createRuntime createContainer startContainer poststart poststop ' ]
  [ "$(cut -d' ' -f1 "$DIR/err" | tr '\n' ' ')" = 'prestart createRuntime createContainer startContainer poststart poststop ' ]
  [ "$(stat -c %a "$DIR/err")" = 600 ]
  # One that fails tells what did not go to a file; one that cannot be executed says so.
  configure 'del(.annotations["run.oci.hooks.stderr"]) | .hooks = {createContainer: [{path: "/bin/sh", args: ["sh", "-c", "echo a; echo b >&2; exit 3"]}]}'
  refused 'createContainer hook #0: exit status 3, stdout: , stderr: b' run --bundle "$BUNDLE" "$ID"
  configure '.annotations["run.oci.hooks.stderr"] = $err | .hooks.createContainer[0].path = "/no/such/hook"' --arg err "$DIR/err"
  refused 'exit status 127, stdout: , stderr: cannot be executed' run --bundle "$BUNDLE" "$ID"
  mkfifo "$DIR/fifo"
  configure '.annotations["run.oci.hooks.stderr"] = $err' --arg err "$DIR/fifo" # nobody reads there
  refused "open $DIR/fifo: no such device or address (config.json:" run --bundle "$BUNDLE" "$ID"
  nothing_left
}

@test "a failing hook stops the container and leaves nothing" {
  alone
  local kind
  shell true
  for kind in prestart createRuntime poststart; do
    set_hooks $kind fail
    call run --bundle "$BUNDLE" "$ID"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q "error running $kind hook #0: exit status 3" "$ERR"
    grep -q "the reason" "$ERR"
    one_line "$ERR"
    configure 'del(.hooks)'
    nothing_left
  done
  for kind in createContainer startContainer; do
    configure '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "echo the reason >&2; exit 3"]}]' --arg kind "$kind"
    call run --bundle "$BUNDLE" "$ID"
    cat "$ERR"
    [ "$CODE" -ne 0 ]
    grep -q "$kind hook #0: exit status 3" "$ERR"
    grep -q "the reason" "$ERR"
    configure 'del(.hooks)'
    nothing_left
  done
}
@test "a failing hook of any kind but poststop: the container is destroyed, and its poststop hooks run, all of them" {
  alone # runc's start takes no notice of startContainer hooks, and leaves the container after a failed poststart
  local kind
  host_hook
  for kind in prestart createRuntime createContainer startContainer poststart; do
    configure '.hooks = {poststop: [{path: "/bin/false"}, {path: $hook, args: ["hook", $kind]}]}
      | .hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "exit 3"]}]' --arg kind $kind --arg hook "$DIR/hook"
    rm -f "$DIR/hooks.log"
    call create --bundle "$BUNDLE" "$ID"
    case $kind in
      startContainer | poststart)
        [ "$CODE" -eq 0 ]
        call start "$ID"
        ;;
    esac
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q "error running $kind hook #0: exit status 3" "$ERR"
    grep -q 'warning.*poststop hook #0: exit status 1' "$ERR"
    grep -q '"status":"stopped","pid":false' "$DIR/hooks.log"
    call state "$ID"
    grep -q 'does not exist' "$ERR"
    nothing_left
  done
}
@test "an error that is no hook's leaves no trace: poststop hooks do not run" {
  alone
  set_hooks poststop
  configure '.process.args = ["/no/such/program"]'
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  [ ! -e "$DIR/hooks.log" ]
  nothing_left
}
@test "startContainer hooks end before the program begins, poststart hooks begin after it" {
  alone
  configure '.root.readonly = false
    | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/state; sleep 0.5; echo startContainer >>/order"]}]
    | .hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", "xargs -0 </proc/$(jq .pid)/cmdline >>" + $log + "; echo poststart >>" + $log]}]' \
    --arg log "$BUNDLE/rootfs/order"
  call create --bundle "$BUNDLE" "$ID"
  call start "$ID"
  cat "$BUNDLE/rootfs/order" "$BUNDLE/rootfs/state" "$ERR"
  [ "$(tr '\n' ' ' <"$BUNDLE/rootfs/order")" = 'startContainer sleep 1000 poststart ' ]
  grep -q '"status":"created","pid":1,' "$BUNDLE/rootfs/state"
}
@test "a hook that asks for the state of its container is told creating" { # runc knows no such container yet
  alone
  configure '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $ask]}]' \
    --arg ask "$RT --root $STATE state $ID | jq -r .status >$DIR/asked"
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR" "$DIR/asked"
  [ "$(cat "$DIR/asked")" = creating ]
}
@test "limits and the oom score are the container's, never a hook's" { # crun sets them in itself first
  alone
  configure '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 77}] | .process.oomScoreAdj = 777
    | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $ask]}] | .hooks.poststart = .hooks.createRuntime' \
    --arg ask "ulimit -n >>$DIR/asked; cat /proc/self/oom_score_adj >>$DIR/asked"
  call create --bundle "$BUNDLE" "$ID"
  call start "$ID"
  cat "$ERR" "$DIR/asked"
  [ "$(wc -l <"$DIR/asked")" -eq 4 ]
  not grep -qx '77\|777' "$DIR/asked"
}
fails_in_both() {
  local kind
  shell true
  for kind in prestart createRuntime poststart; do
    set_hooks $kind fail
    refused "exit status 3" run --bundle "$BUNDLE" "$ID"
    configure 'del(.hooks)'
    step list -q
  done
}
@test "a failing hook: runc's code, and its reason is told" {
  both fails_in_both
}
failing_poststop() {
  set_hooks poststop fail
  shell true
  call run --keep --bundle "$BUNDLE" "$ID"
  call delete "$ID"
  cat "$ERR"
}
@test "a failing poststop hook is told, and the container is gone all the same" {
  alone
  failing_poststop
  grep -q 'poststop hook #0' "$ERR"
  nothing_left
}
second_of_two() {
  host_hook
  configure '.hooks.createRuntime = [{path: "/bin/true"}, {path: "/bin/false"}, {path: $hook, args: ["hook", "third"]}]' --arg hook "$DIR/hook"
  shell true
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  grep -q 'createRuntime hook #1: exit status 1' "$ERR"
  [ ! -e "$DIR/hooks.log" ]
}
@test "the first failure ends the row" {
  alone
  second_of_two
  nothing_left
}

too_slow() {
  configure '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "100"], timeout: 1}]'
  shell true
  SECONDS=0
  does run --bundle "$BUNDLE" "$ID"
  [ $SECONDS -lt 10 ] && echo "in time"
}
@test "a hook that outlasts its timeout is killed" {
  both too_slow
  said 'exit 1'
  said 'in time'
}

missing_hook() {
  configure '.hooks.createRuntime = [{path: "/nosuch/hook"}]'
  refused 'no such file or directory' run --bundle "$BUNDLE" "$ID"
  configure '.hooks.createRuntime = [{path: "relative/hook"}]'
}
@test "a hook that is not there" {
  both missing_hook
  said yes
}

environments() {
  printf '#!/bin/sh\ncat >/dev/null\ntr "\\0" "\\n" </proc/$$/environ | grep -E "^(CALLER|HOOK|PATH=/a)" | sort >>%s\n' "$DIR/env.log" >"$DIR/hook"
  chmod 755 "$DIR/hook"
  configure '.hooks.createRuntime = [{path: $hook}, {path: $hook, env: ["HOOK=1", "PATH=/a/directory/that/is/not/there:/usr/bin:/bin", "HOOK_EMPTY="]}, {path: $hook, env: []}]' --arg hook "$DIR/hook"
  shell true
  CALLER=yes step run --bundle "$BUNDLE" "$ID"
  cat "$DIR/env.log"
}
@test "a hook's environment is its own; without env the caller's on the host" {
  export CALLER=yes
  both environments
}

argv() { # a hook's argv[0] is args[0], whatever path says: engines call themselves by it
  cp "$BUNDLE/rootfs/bin/busybox" "$DIR/busybox"
  configure '.hooks.createRuntime = [{path: $hook, args: ["tee", "-a", $log]}]' --arg hook "$DIR/busybox" --arg log "$DIR/tee.log"
  shell true
  step run --bundle "$BUNDLE" "$ID"
  jq -r .status "$DIR/tee.log"
}
@test "a hook's argv[0] is the config's" {
  both argv
  said creating
}

network() { # what engines use createRuntime for
  command -v ip >/dev/null || skip "needs ip(8)"
  cat >"$DIR/hook" <<'SCRIPT'
#!/bin/sh
pid=$(jq .pid)
ip link add "mt$pid" type dummy && ip link set "mt$pid" netns "$pid" name eth7
SCRIPT
  chmod 755 "$DIR/hook"
  configure '.hooks.createRuntime = [{path: $hook}]' --arg hook "$DIR/hook"
  shell 'ls /sys/class/net'
  step run --bundle "$BUNDLE" "$ID"
}
@test "createRuntime may move a network interface in" {
  ip link add "mtt$$" type dummy 2>/dev/null || skip "no dummy interfaces here"
  ip link del "mtt$$"
  both network
  said eth7
}
@test "a hook gets no descriptor of the runtime's" {
  alone
  printf '#!/bin/sh\ncat >/dev/null\nexec >%s\nexec ls -l /proc/self/fd\n' "$DIR/fd.log" >"$DIR/hook"
  chmod 755 "$DIR/hook"
  configure '.hooks.createRuntime = [{path: $hook}]' --arg hook "$DIR/hook"
  shell true
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR" "$DIR/fd.log"
  [ -z "$(grep -E ' ([3-9]|[1-9][0-9]) -> ' "$DIR/fd.log" | grep -v '/proc/')" ]
}

inherited() {
  # an environment of its own is all that a hook gets; without one, that of the process, with the HOME that init looks up
  configure '.process.env = ["PATH=/bin", "ONE=two"] | .process.args = ["true"] | .root.readonly = false
    | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo $ONE $HOME >/seen"]},
                               {path: "/bin/sh", args: ["sh", "-c", "echo own: $ONE $HOME >>/seen"], env: ["A=b"]}]'
  step run --bundle "$BUNDLE" "$ID"
  cat "$BUNDLE/rootfs/seen"
}
@test "a startContainer hook without an environment has that of the process, HOME included" {
  both inherited
  said '^two /root$'
}

in_rootfs() {
  configure '.process.args = ["true"] | .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "pwd; touch ./here; false"]}]'
  call run --bundle "$BUNDLE" "$ID"
  ls "$BUNDLE/rootfs/here"
  grep -q "stdout: .*rootfs\|stderr: $BUNDLE/rootfs" "$ERR"
}
@test "a createContainer hook begins in the rootfs" {
  both in_rootfs
}
