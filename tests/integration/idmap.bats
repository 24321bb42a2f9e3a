#!/usr/bin/env bats
# Binds with mapped ids, and binds of what the container's own mounts have made. Debian's runc (1.1) knows neither.
load helpers

user_namespace() {
  new_namespaces pid ipc uts mount network user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
}
bind() { # SOURCE DESTINATION OPTIONS [UIDS GIDS]: a map is "container host size"
  configure '.mounts += [{source: $s, destination: $d, type: "bind", options: ($o | split(","))}]' --arg s "$1" --arg d "$2" --arg o "$3"
  [ $# -gt 3 ] || return 0
  configure '(.mounts[-1].uidMappings, .mounts[-1].gidMappings) = [] |
    def map: split(" ") | map(tonumber) | [{containerID: .[0], hostID: .[1], size: .[2]}];
    .mounts[-1].uidMappings = ($u | map) | .mounts[-1].gidMappings = ($g | map)' --arg u "$4" --arg g "$5"
}
owners() { # PATH...: numbers of user and group, as the container sees them
  configure '.process.args = ["stat", "-c", "%u:%g", $ARGS.positional[]]' --args "$@"
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR" >&2
  [ "$CODE" = 0 ]
}
files() { # a directory with one file of 7:8
  mkdir -p "$DIR/src/below"
  touch "$DIR/src/file"
  chown 7:8 "$DIR/src/file"
}

@test "a bind has its own mappings, users and groups apart" {
  alone
  files
  bind "$DIR/src" /a bind "7 1000 1" "8 2000 1"
  bind "$DIR/src" /b bind "0 5000 100" "0 5000 100"
  bind "$DIR/src" /c bind
  owners /a/file /b/file /c/file
  diff "$OUT" - <<<$'1000:2000\n5007:5008\n7:8'
  nothing_left
}

@test "the option takes the container's own mappings" {
  alone
  files
  user_namespace
  bind "$DIR/src" /a bind,idmap
  bind "$DIR/src" /b rbind,ridmap
  bind "$DIR/src" /c bind
  owners /a/file /b/file /c/file
  diff "$OUT" - <<<$'7:8\n7:8\n65534:65534'
}

@test "the option takes the mappings of a user namespace that is joined" {
  alone
  files
  user_namespace
  rt run -d --bundle "$BUNDLE" "$ID" >/dev/null 2>&1
  configure '.linux.cgroupsPath += "-2" | (.linux.uidMappings, .linux.gidMappings) = []
    | (.linux.namespaces[] | select(.type == "user")).path = $p' --arg p "/proc/$(pid_of)/ns/user"
  bind "$DIR/src" /a bind,idmap
  configure '.process.args = ["stat", "-c", "%u:%g", "/a/file"]'
  call run --bundle "$BUNDLE" "$ID-2"
  diff "$OUT" - <<<'7:8'
}

@test "with ridmap what is mounted below is mapped too, with idmap it is not" {
  alone
  files
  mount -t tmpfs none "$DIR/src/below"
  touch "$DIR/src/below/file"
  bind "$DIR/src" /a rbind,idmap "0 5000 100" "0 5000 100"
  bind "$DIR/src" /b rbind,ridmap "0 5000 100" "0 5000 100"
  owners /a/below/file /b/below/file
  umount "$DIR/src/below"
  diff "$OUT" - <<<$'0:0\n5000:5000'
}

@test "many mounts with one map, in a container that may hold few files open" {
  alone
  files
  user_namespace
  for i in {1..20}; do bind "$DIR/src" "/m$i" bind,idmap; done
  configure '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 20, hard: 20}]'
  owners /m1/file /m20/file
  diff "$OUT" - <<<$'7:8\n7:8'
}

@test "mapped ids that make no sense are refused" {
  alone
  files
  bind "$DIR/src" /a bind,idmap
  refused 'id-mapped mounts need uidMappings and gidMappings' run --bundle "$BUNDLE" "$ID"
  configure '.mounts[-1].uidMappings = [{containerID: 0, hostID: 1, size: 1}]'
  refused 'id-mapped mounts must have both uidMappings and gidMappings' run --bundle "$BUNDLE" "$ID"
  configure '.mounts[-1] |= (.type = "tmpfs" | .options = ["idmap"])'
  refused 'id-mapped mounts are only supported for bind mounts' run --bundle "$BUNDLE" "$ID"
  configure '.mounts[-1] |= {source: "/proc", destination: "/a", options: ["bind"], uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}'
  refused 'failed to set MOUNT_ATTR_IDMAP on /proc' run --bundle "$BUNDLE" "$ID" # a procfs cannot
  nothing_left
}

own_tree() { # OPTIONS: a tree of mounts, then binds of parts of it
  mkdir -p "$DIR/src/a/x" "$DIR/src/b/y"
  echo a >"$DIR/src/a/x/file"
  echo b >"$DIR/src/b/y/file"
  chmod o-rwx "$DIR/src" # whoever opens a source with the container's rights does not get through
  bind "$DIR/src/a" /mnt rbind
  bind "$DIR/src/b" /mnt/x rbind
  bind "$BUNDLE/rootfs/mnt" /final "$@"
  configure '.process.args = ["cat", "/final/x/y/file"]'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR" >&2
  diff "$OUT" - <<<b
  nothing_left
}
@test "a source in the root filesystem is what earlier mounts made of it" {
  alone
  own_tree rbind
}
@test "the same in a user namespace" {
  alone
  user_namespace
  own_tree rbind
}
@test "the same with mapped ids: the runtime maps a mount that init has made" {
  alone
  own_tree rbind "0 100000 65536" "0 100000 65536"
}
@test "the same with mapped ids in a user namespace" {
  alone
  user_namespace
  own_tree rbind,idmap
}

@test "a link of the image cannot lead a source in the root filesystem to the host" {
  alone
  echo host >"$DIR/secret"
  ln -s "$DIR/secret" "$BUNDLE/rootfs/link"
  touch "$BUNDLE/rootfs/target"
  bind "$BUNDLE/rootfs/link" /target bind
  configure '.process.args = ["cat", "/target"]'
  call run --bundle "$BUNDLE" "$ID"
  [ "$CODE" != 0 ]
  not grep -q host "$OUT"
  grep -qF 'open /link: no such file or directory' "$ERR"
  nothing_left
}
