#!/usr/bin/env bats
# An ordinary user's containers: a user namespace in which he is root, no cgroup that he may write to, no ranges of ids.
load helpers

USER_ID=65534

rt() { # as that user, with the descriptors from 3 up closed
  timeout -k 5 "${PATIENCE:-60}" setpriv --reuid $USER_ID --regid $USER_ID --clear-groups --inh-caps -all "$RT" --root "$STATE" "$@" \
    3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}
own_bundle() { # the config that `spec --rootless` writes for him, and everything in his hands
  rm "$BUNDLE/config.json"
  chown -R $USER_ID:$USER_ID "$DIR"
  chmod 711 "$BATS_TEST_TMPDIR"
  rt spec --rootless --bundle "$BUNDLE"
  configure '.process.terminal = false | .process.args = ["sleep", "1000"]'
  chmod 644 "$BUNDLE/config.json"
}

view() {
  own_bundle
  shell 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; hostname
    grep -E "^(Groups|CapEff|CapBnd|NoNewPrivs):" /proc/self/status; ls /dev; echo >/dev/null; touch /tmp/mine && stat -c %u /tmp/mine'
  configure '.root.readonly = false'
  step run --bundle "$BUNDLE" "$ID"
}
@test "run: root inside, the caller outside, as with runc" {
  both view
  said '^CapEff:'
}

life() {
  own_bundle
  step create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$ID"
  [ "$(stat -c %u "/proc/$(cat "$DIR/pid")")" = $USER_ID ]
  rt state "$ID" | jq -c '[.status, (.pid > 0), .owner]'
  step start "$ID"
  step exec "$ID" id -u
  step exec "$ID" sh -c 'exit 7'
  step list -q
  step kill "$ID" KILL
  wait_until status_is stopped
  step delete "$ID"
}
@test "create, state, start, exec, list, kill, delete" {
  both life
  said '^exit 7$'
}

limited() {
  own_bundle
  configure '.linux.resources.memory.limit = 10000000'
  does run --bundle "$BUNDLE" "$ID"
}
@test "a limit for which there is no cgroup is an error, not a hope" {
  both limited
  said '^exit 1$'
  one_line "$BATS_TEST_TMPDIR/minc/err.1"
  grep -q 'no permission is granted for cgroups' "$BATS_TEST_TMPDIR/minc/err.1"
}

groups() {
  own_bundle
  configure '.process.user.additionalGids = [100]'
  does run --bundle "$BUNDLE" "$ID"
}
@test "groups that he cannot give are an error" {
  both groups
  said '^exit 1$'
}

@test "no cgroup and no pid namespace: a warning" {
  alone
  own_bundle
  configure '.linux.namespaces |= map(select(.type != "pid")) |
    .mounts |= map(if .type == "proc" then {destination: "/proc", type: "none", source: "/proc", options: ["rbind", "nosuid", "nodev", "noexec"]} else . end)'
  shell true
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  one_line "$ERR"
  grep -q 'level=warning.*strongly discouraged' "$ERR"
  nothing_left
}

cgroups_seen() {
  own_bundle
  configure '.mounts |= map(select(.destination != "/sys/fs/cgroup")) + [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "nodev", "noexec"]}]
    | .linux.namespaces |= map(select(.type != "cgroup"))'
  # shellcheck disable=SC2016
  shell 'for each in /sys/fs/cgroup/*/; do echo "$each $(test -e "${each}cgroup.procs" && echo has processes)"; done'
  step run --bundle "$BUNDLE" "$ID"
}
@test "a mount of type cgroup without a group of its own: what is seen is the caller's" {
  [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || skip "cgroup v2: no binds"
  both cgroups_seen
  said '/sys/fs/cgroup/pids/ has processes'
}

@test "words about links: init clones the sources" {
  alone
  own_bundle
  configure '.root.readonly = false'
  echo content >"$DIR/file"
  ln -s file "$DIR/link"
  chmod 644 "$DIR/file"
  ln -s nowhere "$BUNDLE/rootfs/itself"
  local options
  for options in '/itself src-nofollow dest-nofollow' '/copy copy-symlink' '/followed dest-nofollow'; do
    configure '.mounts += [{destination: ($words | split(" ")[0]), type: "bind", source: $from, options: (["rbind"] + ($words | split(" ")[1:]))}]' \
      --arg words "$options" --arg from "$DIR/link"
  done
  shell 'readlink /itself; readlink /copy; cat /followed'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(tr '\n' ' ' <"$OUT")" = 'file file content ' ]
}

without_users() { # a config that was written for root
  alone
  own_bundle
  configure '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}
@test "a config without a user namespace gets one: root is the caller; exec finds the same" { # crun's
  without_users
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" = 0 ]
  call exec "$ID" sh -c 'id -u; tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; cat /proc/self/setgroups'
  cat "$OUT" "$ERR"
  [ "$(tr '\n' ' ' <"$OUT")" = "0  0 $USER_ID 1  0 $USER_ID 1 deny " ]
  [ "$(stat -c %u "/proc/$(pid_of)")" = $USER_ID ]
  configure '.process.user.uid = 5'
  refused 'cannot setuid to unmapped uid 5' run --bundle "$BUNDLE" "$ID-2"
}
@test "a config without a user namespace: what subuid and subgid grant is mapped, the process's user is the caller" {
  command -v newuidmap >/dev/null || skip "no newuidmap"
  without_users
  [ -s /etc/subuid ] && skip "/etc/subuid has lines of its own"
  configure '.process.user = {uid: 1000, gid: 5}'
  shell 'id -u; tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map'
  # In a mount namespace: the machine's own files stay as they are.
  echo "$USER_ID:200000:65536" >"$DIR/granted"
  # shellcheck disable=SC2016
  call_granted() { unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"' "$DIR/granted" \
    setpriv --reuid $USER_ID --regid $USER_ID --clear-groups "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-; }
  call_granted >"$DIR/seen" 2>&1
  cat "$DIR/seen"
  [ "$(tr '\n' ' ' <"$DIR/seen")" = "1000  0 200000 1000  1000 $USER_ID 1  1001 201000 64536  0 200000 5  5 $USER_ID 1  6 200005 65531 " ]
}
