#!/usr/bin/env bats
# mounts add, mounts remove: a container that runs gets mounts, and loses them again. crun's command; Debian's crun is too old for it.
load helpers

running() { # [FILTER]: a container that runs, and a directory of the host's
  [ -n "${BUNDLE:-}" ] || alone
  configure '.root.readonly = false'
  configure "${1:-.}"
  mkdir "$DIR/source"
  echo content >"$DIR/source/file"
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" = 0 ]
}
mounts() { # add|remove JSON
  echo "$2" >"$DIR/mounts.json"
  call mounts "$1" "$ID" "$DIR/mounts.json"
  cat "$OUT" "$ERR"
}
inside() { # SCRIPT
  call exec "$ID" sh -c "$1"
  cat "$OUT" "$ERR"
}
table() { rt exec "$ID" cut -d' ' -f5,6 /proc/self/mountinfo; }
three() { # a bind with flags, a filesystem, a file bound in that
  jq -n --arg from "$DIR/source" '[{destination: "/bound/here", type: "bind", source: $from, options: ["bind", "ro", "noexec"]},
    {destination: "/fresh", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=711", "nosuid"]},
    {destination: "/fresh/in/file", source: ($from + "/file"), options: ["bind"]}]'
}

@test "add and remove: binds, filesystems, one in the other; the host sees nothing" {
  running
  table >"$DIR/before"
  mounts add "$(three)"
  [ "$CODE" = 0 ] && [ ! -s "$OUT" ] && [ ! -s "$ERR" ]
  inside 'cat /bound/here/file /fresh/in/file; touch /bound/here/x; stat -c %a /fresh; grep -E "/(bound|fresh)" /proc/mounts | cut -d" " -f2,4'
  grep -q 'Read-only file system' "$ERR"
  [ "$(head -3 "$OUT" | tr '\n' ' ')" = 'content content 711 ' ]
  grep -q '^/bound/here ro,noexec' "$OUT"
  grep -q '^/fresh rw,nosuid,.*size=64k' "$OUT"
  not grep -q "$BUNDLE/rootfs/" /proc/self/mountinfo
  mounts remove "$(three)"
  [ "$CODE" = 0 ]
  diff "$DIR/before" <(table)
  [ "$(processes_of_ours | wc -l)" = 1 ] # nobody of ours is left beside the container's
  call delete --force "$ID"
  nothing_left
}
@test "a procfs, an mqueue and a sysfs are those of the container's namespaces" {
  running
  mounts add '[{"destination": "/p", "type": "proc", "source": "proc"}, {"destination": "/q", "type": "mqueue", "source": "mqueue"},
    {"destination": "/s", "type": "sysfs", "source": "sysfs", "options": ["ro"]}]'
  [ "$CODE" = 0 ]
  inside 'cat /p/1/comm; ls /s/class/net'
  [ "$(tr '\n' ' ' <"$OUT")" = 'sleep lo ' ]
}
@test "all or nothing: what was mounted before the one that fails is taken off" {
  running
  table >"$DIR/before"
  mounts add "$(three | jq '. + [{destination: "/etc/passwd", type: "tmpfs", source: "tmpfs"}]')"
  [ "$CODE" = 1 ]
  one_line "$ERR"
  grep -q 'error mounting .* to rootfs at .*/etc/passwd.*: not a directory (mounts.json:[0-9]*:[0-9]*, at /3)' "$ERR"
  diff "$DIR/before" <(table)
  mounts add "$(three | jq '.[2].source += "-not"')"
  [ "$CODE" = 1 ]
  one_line "$ERR"
  grep -q 'no such file or directory (mounts.json:[0-9]*:[0-9]*, at /2/source)' "$ERR"
  diff "$DIR/before" <(table)
  mounts add "$(three)"
  table >"$DIR/added"
  mounts remove "$(three | jq '[{destination: "/tmp"}] + .')"
  [ "$CODE" = 1 ]
  one_line "$ERR"
  grep -q 'unmount /tmp: invalid argument: not a mount' "$ERR"
  diff "$DIR/added" <(table)
  mounts remove '[{"destination": "/"}]'
  grep -q 'the root cannot be unmounted' "$ERR"
}
@test "links of the image lead nowhere but into the image" {
  running
  mkdir "$DIR/host"
  ln -s "$DIR/host" "$BUNDLE/rootfs/evil"
  ln -s ../../../../../../../../../../tmp "$BUNDLE/rootfs/up"
  mounts add "$(jq -n --arg from "$DIR/source" '[{destination: "/evil/a", type: "bind", source: $from, options: ["bind"]},
    {destination: "/up/minct-live", type: "tmpfs", source: "tmpfs"}]')"
  [ "$CODE" = 0 ]
  [ -z "$(ls "$DIR/host")" ]
  [ ! -e /tmp/minct-live ]
  inside "cat $DIR/host/a/file; grep -c ' /tmp/minct-live ' /proc/mounts"
  [ "$(tr '\n' ' ' <"$OUT")" = 'content 1 ' ]
}
@test "in a user namespace: binds, mapped ids, a procfs" {
  alone
  new_namespaces pid ipc uts mount network user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  running '.mounts |= map(select(.type != "cgroup"))'
  chown 7:8 "$DIR/source/file"
  mounts add "$(jq -n --arg from "$DIR/source" '[{destination: "/plain", type: "bind", source: $from, options: ["bind", "ro"]},
    {destination: "/mapped", type: "bind", source: $from, options: ["bind", "idmap"]},
    {destination: "/p", type: "proc", source: "proc"}, {destination: "/t", type: "tmpfs", source: "tmpfs"}]')"
  [ "$CODE" = 0 ]
  inside 'stat -c %u:%g /plain/file /mapped/file; cat /p/1/comm; stat -c %u /t'
  [ "$(tr '\n' ' ' <"$OUT")" = '65534:65534 7:8 sleep 0 ' ]
  mounts remove '[{"destination": "/plain"}, {"destination": "/mapped"}, {"destination": "/p"}, {"destination": "/t"}]'
  [ "$CODE" = 0 ]
}
@test "an ordinary user: filesystems, no binds" {
  alone
  USER_ID=65534
  # shellcheck disable=SC2317
  rt() { timeout -k 5 60 setpriv --reuid $USER_ID --regid $USER_ID --clear-groups --inh-caps -all "$RT" --root "$STATE" "$@" 3>&- 4>&- 5>&-; }
  rm "$BUNDLE/config.json"
  chown -R $USER_ID:$USER_ID "$DIR"
  rt spec --rootless --bundle "$BUNDLE"
  configure '.process.terminal = false | .process.args = ["sleep", "1000"] | .root.readonly = false'
  chmod 644 "$BUNDLE/config.json"
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  mounts add '[{"destination": "/t", "type": "tmpfs", "source": "tmpfs"}]'
  [ "$CODE" = 0 ]
  inside 'grep -c " /t " /proc/mounts'
  [ "$(cat "$OUT")" = 1 ]
  mounts add '[{"destination": "/t", "type": "bind", "source": "/etc", "options": ["bind"]}]'
  grep -q 'cannot be added to a rootless container' "$ERR"
}
@test "created and paused containers too; not stopped ones, and not without a mount namespace" {
  alone
  configure '.root.readonly = false'
  call create --bundle "$BUNDLE" "$ID"
  mounts add '[{"destination": "/t", "type": "tmpfs", "source": "tmpfs"}]'
  [ "$CODE" = 0 ]
  call start "$ID"
  call pause "$ID"
  mounts add '[{"destination": "/u", "type": "tmpfs", "source": "tmpfs"}]'
  [ "$CODE" = 0 ]
  call resume "$ID"
  inside 'grep -c " /[tu] " /proc/mounts'
  [ "$(cat "$OUT")" = 2 ]
  call kill "$ID" KILL
  wait_until status_is stopped
  mounts add '[]'
  grep -q 'container not running' "$ERR"
  call delete "$ID"
  new_namespaces pid network ipc uts
  configure '.linux.maskedPaths = null | .linux.readonlyPaths = null | .mounts |= map(select(.type != "cgroup"))'
  call run -d --bundle "$BUNDLE" "$ID"
  mounts add '[]'
  grep -q "no mount namespace: its mounts are the host's" "$ERR"
  call delete --force "$ID"
  nothing_left
}
@test "what is refused, in one line with its place" {
  running
  local words json
  while IFS='~' read -r words json; do
    mounts add "$json"
    [ "$CODE" = 1 ]
    grep -qF -- "${words%"${words##*[! ]}"}" "$ERR"
    one_line "$ERR"
  done <<'LIST'
remount changes a mount, it adds none (mounts.json:1: ~ [{"destination": "/proc", "type": "proc", "options": ["remount", "ro"]}]
a mount of type cgroup is made by create only (mounts.json:1: ~ [{"destination": "/c", "type": "cgroup", "source": "cgroup"}]
has no type (mounts.json:1:3, at /0) ~ [{"destination": "/c"}]
it is inside /proc (mounts.json:1: ~ [{"destination": "/proc/sys", "type": "tmpfs"}]
expected array, found object ~ {"mounts": []}
mounts.json ~ [{"destination": 
LIST
  mounts add "$(jq -nc '[range(65) | {destination: "/d\(.)", type: "tmpfs", source: "x"}]')"
  grep -q 'at most 64 mounts at once' "$ERR"
  call mounts move "$ID" "$DIR/mounts.json"
  grep -q 'unknown action .*move' "$ERR"
  call mounts add "$ID-not" "$DIR/mounts.json"
  grep -q 'container does not exist' "$ERR"
  call mounts add "$ID" "$DIR/no-such-file"
  grep -q 'no such file or directory' "$ERR"
}
