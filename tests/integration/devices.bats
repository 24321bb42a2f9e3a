#!/usr/bin/env bats
# Device nodes and what the device cgroup lets through.
load helpers

listing='cd /dev; for name in $(find . | sort); do stat -c "%n %F %a %u %g %t:%T" "$name"; readlink "$name"; done'

default_devices() {
  configure '.root.readonly = false'
  shell "$listing"
  step run --bundle "$BUNDLE" "$ID"
}
@test "the default devices and links" {
  both default_devices
  said './null character special file 666 0 0 1:3'
  said '/proc/self/fd'
}

more_devices() {
  configure '.linux.devices = [
    {path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 432, uid: 1000, gid: 5},
    {path: "/dev/block/ram", type: "b", major: 1, minor: 0, fileMode: 25008},
    {path: "/dev/pipe", type: "p", fileMode: 438},
    {path: "/dev/bare", type: "c", major: 1, minor: 3},
    {path: "/elsewhere/zero", type: "u", major: 1, minor: 5, fileMode: 256}]'
  configure '.root.readonly = false'
  shell "$listing; stat -c '%n %F %a %u %g %t:%T' /elsewhere /elsewhere/zero"
  step run --bundle "$BUNDLE" "$ID"
}
@test "devices of the config: types, modes, owners, directories on the way" {
  both more_devices
  said './fuse character special file 660 1000 5'
}
same_again() {
  configure '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 420, uid: 3, gid: 4}]'
  shell 'stat -c "%n %F %a %u %g %t:%T" /dev/null; cat </dev/null && echo works'
  step run --bundle "$BUNDLE" "$ID"
}
@test "a default device named by the config" {
  alone # runc 1.1 then forgets the default's place in the device cgroup
  same_again >"$DIR/transcript"
  cat "$DIR/transcript"
  grep -q '/dev/null character special file 644 3 4 1:3' "$DIR/transcript"
  grep -q works "$DIR/transcript"
}
# Under a host with udev's names by number, which not every one has, and which are the test's own: SCRIPT runs there after the runtime.
run_with_numbers() { # [SCRIPT]
  cat >"$DIR/with-numbers" <<'SCRIPT'
mount -t tmpfs numbers "$1" && cd "$1" && after=$2 && shift 2 && mkdir char || exit 1
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  mknod -m 666 "${node%%:*}" c "$(echo "$node" | cut -d: -f2)" "${node##*:}"
  ln "${node%%:*}" "char/${node#*:}"
done
touch -d @1000 char/*
mount --bind . /dev && "$@"
eval "$after"
SCRIPT
  mkdir -p "$DIR/dev"
  unshare --mount sh "$DIR/with-numbers" "$DIR/dev" "${1:-}" "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/said" 2>&1 3>&- 4>&- || :
  cat "$DIR/said"
}
@test "in a user namespace the host's nodes keep their mode, owner and times, also from its root" { # with runc they change
  alone
  new_namespaces pid ipc uts mount network user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | .process.capabilities |= with_entries(.value += ["CAP_FOWNER", "CAP_CHOWN"])'
  shell 'for change in "chmod 600" "chown 5" "touch"; do $change /dev/full 2>/dev/null && echo "$change"; done
    echo text >/dev/null && head -c 2 /dev/zero | wc -c; echo text 2>/dev/null >/dev/full || echo is full'
  run_with_numbers 'stat -c "%a %u %Y" full'
  [ "$(tr '\n' ' ' <"$DIR/said")" = '2 is full 666 0 1000 ' ]
}
@test "in a user namespace a device is known by its number, not by its name" { # peers bind what the host has at that path
  alone
  new_namespaces pid ipc uts mount network user
  chown -R 100000:100000 "$BUNDLE/rootfs"
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | .linux.devices = [{path: "/dev/nosuch", type: "c", major: 1, minor: 5}, {path: "/dev/full", type: "c", major: 1, minor: 3}]'
  shell 'stat -c "%n %t:%T" /dev/nosuch /dev/full'
  run_with_numbers
  [ "$(tr '\n' ' ' <"$DIR/said")" = '/dev/nosuch 1:5 /dev/full 1:3 ' ]
  configure '.linux.devices = [{path: "/dev/zero", type: "c", major: 4000, minor: 5}]'
  refused 'not that device' run --bundle "$BUNDLE" "$ID"
  nothing_left
}

access() {
  configure '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"]) | .root.readonly = false'
  configure '.linux.resources.devices = $rules' --argjson rules "$1"
  shell 'cd /tmp; mknod zero c 1 5; mknod mem c 1 1; mknod full c 1 7; mknod kmsg c 1 11; mknod ram b 1 0; mknod tun c 10 200
    for name in zero full mem kmsg ram tun; do
      (: <$name) 2>/dev/null && echo "$name read"
      (: >>$name) 2>/dev/null && echo "$name written"
    done; true'
  call run --bundle "$BUNDLE" "$ID"
  echo "exit $CODE"
  grep -v tun "$OUT" # runc 1.1 lets tun through; no newer default list should
  cat "$ERR"
}
@test "the device cgroup: all but the default devices is denied" {
  both access '[{"allow": false, "access": "rwm"}]'
  said 'zero read'
  not said 'mem read'
}
@test "the device cgroup: what the config allows, read and write apart" {
  both access '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}, {"allow": true, "type": "b", "major": 1, "access": "m"}]'
}
@test "the device cgroup: a later rule takes back an earlier one" {
  both access '[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]'
}
@test "tun is not among the default devices" {
  alone
  configure '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"]) | .root.readonly = false'
  shell 'mknod /tmp/tun c 10 200 && : </tmp/tun'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  grep -q 'Operation not permitted' "$ERR"
}

device_list() {
  local rules
  for rules in '[]' '[{"allow": false, "access": "rwm"}]' '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]' '[{"allow": true, "access": "rwm"}]'; do
    echo "rules $rules"
    configure '.linux.resources.devices = $rules' --argjson rules "$rules"
    call create --bundle "$BUNDLE" "$ID"
    [ "$CODE" -eq 0 ] || cat "$ERR"
    grep -v 'c 10:200' "/sys/fs/cgroup/devices/$ID/devices.list" | sort
    does delete --force "$ID"
  done
}
@test "devices.list of the cgroup" {
  [ -d /sys/fs/cgroup/devices ] || skip "no v1 device cgroup here"
  both device_list
  said 'c 1:3 rwm'
}

hostile_dev() { # the image's /dev is a link to a place on the host
  mkdir "$DIR/host-dev"
  configure '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root.readonly = false'
  rm -rf "$BUNDLE/rootfs/dev"
  ln -s "$DIR/host-dev" "$BUNDLE/rootfs/dev"
  shell true
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  find "$DIR/host-dev" -mindepth 1
}
@test "an image whose /dev is a link gets no node outside of its root" {
  alone
  hostile_dev
  [ -z "$(ls -A "$DIR/host-dev")" ]
}
@test "a host's file in the place of a device is not taken for the device" {
  alone
  configure '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root.readonly = false'
  echo false >"$BUNDLE/rootfs/dev/null"
  shell 'stat -c "%F" /dev/null'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = "character special file" ] || [ "$CODE" -eq 1 ]
}
