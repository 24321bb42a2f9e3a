#!/usr/bin/env bats
# Mounts: what mountinfo says inside, under runc and under ours; hostile targets; propagation; nothing on the host.
load helpers

# mountinfo without what differs from run to run (ids, device numbers, the disk), sorted by target, and without what differs
# between runc 1.1 and us on purpose:
#   - masked files: our mask is the host's /dev/null, checked before anything is mounted; runc's is the container's
#   - masked directories: ours is one empty tmpfs with nosuid, nodev, noexec and a size; runc's has no flags
#   - "ro" of a new file system is a flag of our mount, not also of the super block
#   - the tmpfs that holds the v1 hierarchies is read-only with us when the config says so; runc leaves it writable
#   - a tmpfs's mode is given to the mount (and so is shown), runc changes it afterwards
#   - named v1 hierarchies in a cgroup namespace have the source "cgroup" as the others, not their name
table() { # < mountinfo: root of the mount, target, options, propagation, type, source, options of the file system
  sed -E -e 's/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ //' -e 's/(shared|master|propagate_from):[0-9]+/\1/g' \
    -e "s#$DIR#DIR#g" -e "s#[^ ]*/$ID /sys#ID /sys#" -e 's# - ext4 .*# - disk#' -e 's# - overlay .*# - disk#' \
    -e 's#^[^ ]*/null (/proc/[^ ]*) .*#\1 is masked#' -e 's#^/ (/proc/acpi|/proc/scsi|/proc/asound|/sys/firmware) .* - tmpfs .*#\1 is masked#' \
    -e 's# - ([^ ]+ [^ ]+) r[ow]# - \1 #' -e 's# /sys/fs/cgroup r[wo],# /sys/fs/cgroup RO,#' -e '/ - tmpfs /s/,mode=[0-7]+//' \
    -e 's# - cgroup systemd # - cgroup cgroup #' | LC_ALL=C sort -k2,2 -k1,1
}
mountinfo() { # FILTER...: config changes; then the table
  local filter
  for filter in "$@"; do configure "$filter"; done
  configure '.process.args = ["cat", "/proc/self/mountinfo"]'
  call run --bundle "$BUNDLE" "$ID"
  echo "exit $CODE"
  table <"$OUT"
  cat "$ERR"
}
add_mount() { # JSON
  configure '.mounts += [$mount]' --argjson mount "$1"
}

@test "the default spec's mounts" {
  both mountinfo
  said ' /sys/fs/cgroup '
  said ' /proc/sys ro'
}
@test "a writable root" {
  both mountinfo '.root.readonly = false'
}
@test "no mounts at all" { # runc 1.1 cannot do without /proc
  alone
  configure '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
  shell 'ls /proc /sys; echo end'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(tail -1 "$OUT")" = end ]
}

binds() {
  mkdir -p "$DIR/source/below"
  echo content >"$DIR/source/file"
  mount -t tmpfs -o nosuid,nodev inner "$DIR/source/below"
  echo deep >"$DIR/source/below/file"
  local options
  for options in '["bind"]' '["rbind"]' '["bind","ro"]' '["rbind","ro"]' '["rbind","nosuid","nodev","noexec"]' '["rbind","ro","noatime"]'; do
    echo "options $options"
    cp "$BUNDLE/config.json" "$DIR/kept.json"
    add_mount "{\"destination\": \"/volume\", \"type\": \"bind\", \"source\": \"$DIR/source\", \"options\": $options}"
    configure '.process.args = ["sh", "-c", "cat /volume/file /volume/below/file 2>/dev/null; touch /volume/new && rm /volume/new; touch /volume/below/new && rm /volume/below/new; grep volume /proc/self/mountinfo"]'
    call run --bundle "$BUNDLE" "$ID"
    table <"$OUT"
    sort "$ERR"
    cp "$DIR/kept.json" "$BUNDLE/config.json"
  done
  umount "$DIR/source/below"
}
@test "binds of a directory: plain, recursive, read-only, flags" {
  both binds
  said content
}
file_bind() {
  echo 'nameserver 192.0.2.1' >"$DIR/resolv.conf"
  add_mount "{\"destination\": \"/etc/resolv.conf\", \"type\": \"bind\", \"source\": \"$DIR/resolv.conf\", \"options\": [\"rbind\", \"rprivate\"]}"
  add_mount "{\"destination\": \"/etc/deep/er/file\", \"type\": \"bind\", \"source\": \"../resolv.conf\", \"options\": [\"bind\", \"ro\"]}"
  shell 'cat /etc/resolv.conf /etc/deep/er/file; echo more >>/etc/resolv.conf; stat -c "%a %u %F" /etc/deep /etc/deep/er'
  step run --bundle "$BUNDLE" "$ID"
  cat "$DIR/resolv.conf"
  find "$BUNDLE/rootfs/etc" -newer "$DIR/resolv.conf" -printf '%P %y %m %s\n' | sort
}
@test "binds of files: target and parents are made; a relative source is the bundle's" {
  both file_bind
  said 192.0.2.1
}

dangling() { # targets that are symbolic links stay within the root
  echo bound >"$DIR/file"
  ln -s /run/made/by/runtime "$BUNDLE/rootfs/etc/resolv.conf"
  ln -s ../../../../../../outside "$BUNDLE/rootfs/etc/relative"
  ln -s "$DIR/host" "$BUNDLE/rootfs/etc/absolute"
  local target
  for target in resolv.conf relative absolute; do
    cp "$BUNDLE/config.json" "$DIR/kept.json"
    add_mount "{\"destination\": \"/etc/$target\", \"type\": \"bind\", \"source\": \"$DIR/file\", \"options\": [\"bind\"]}"
    shell "cat /etc/$target; readlink /etc/$target | sed 's#.*/host#HOST#'"
    step run --bundle "$BUNDLE" "$ID"
    cp "$DIR/kept.json" "$BUNDLE/config.json"
  done
  [ -e "$DIR/host" ] && echo "the host was touched"
  [ -e "$DIR/outside" ] && echo "the host was touched"
  (cd "$BUNDLE/rootfs" && find . -name outside -o -path './run/*' | sort)
}
@test "dangling symbolic links as targets resolve below the root" {
  both dangling
  said bound
  not said 'host was touched'
}

links_of_binds() { # the sources and the image's links that the next two tests have
  alone
  configure '.root.readonly = false'
  mkdir "$DIR/source" "$BUNDLE/rootfs/there"
  echo content >"$DIR/source/file"
  ln -s file "$DIR/source/link"
  echo image >"$BUNDLE/rootfs/there/kept"
  ln -s kept "$BUNDLE/rootfs/there/link"
  ln -s nowhere "$BUNDLE/rootfs/there/dangling"
}
bind_link() { # DESTINATION WORD...
  configure '.mounts += [{destination: $to, type: "bind", source: $from, options: (["bind"] + $ARGS.positional)}]' \
    --arg to "$1" --arg from "$DIR/source/link" --args "${@:2}"
}
@test "src-nofollow and dest-nofollow: the link itself, of the host or of the image" { # newer than runc, and than Debian's crun
  links_of_binds
  bind_link /there/both src-nofollow dest-nofollow
  bind_link /there/dangling src-nofollow dest-nofollow
  bind_link /there/link dest-nofollow
  bind_link /deep/er/new dest-nofollow
  bind_link /bound src-nofollow
  shell 'cd /there; for i in both dangling /bound; do readlink $i; done; cat link kept /deep/er/new; grep -c " /there/nowhere " /proc/self/mountinfo'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(tr '\n' ' ' <"$OUT")" = 'file file file content image content 0 ' ]
  nothing_left
  # Of another type than the source, and a directory, which no link can hide.
  configure '.mounts[-1].destination = "/etc"'
  refused 'not a directory' run --bundle "$BUNDLE" "$ID"
  configure '.mounts[-1] += {source: "/etc", destination: "/there/link", options: ["bind", "dest-nofollow"]}'
  refused 'not a directory' run --bundle "$BUNDLE" "$ID"
  nothing_left
}
@test "copy-symlink: the same link, or a bind of what is none" {
  links_of_binds
  bind_link /new/copy copy-symlink
  bind_link /there/../there/same copy-symlink
  ln -s file "$BUNDLE/rootfs/there/same"
  bind_link /there/plain copy-symlink
  configure '.mounts[-1].source = $file' --arg file "$DIR/source/file"
  shell 'readlink /new/copy; readlink /there/same; cat /there/plain; grep -cE " (/new/copy|/there/same|/there/plain) " /proc/self/mountinfo'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(tr '\n' ' ' <"$OUT")" = 'file file content 1 ' ]
  [ "$(readlink "$BUNDLE/rootfs/new/copy")" = file ] # once more: it is there by now
  does run --bundle "$BUNDLE" "$ID"
  [ "$CODE" = 0 ]
  local other
  for other in /there/link /there/kept /etc; do
    configure '.mounts[-1] += {source: $from, destination: $to}' --arg from "$DIR/source/link" --arg to "$other"
    refused "create mount point $other: file exists" run --bundle "$BUNDLE" "$ID"
  done
  [ "$(readlink "$BUNDLE/rootfs/there/link")" = kept ]
  nothing_left
}

tmpfs_mounts() {
  add_mount '{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "size=1m", "mode=1770", "uid=1000", "gid=5"]}'
  add_mount '{"destination": "/scratch/in/side", "type": "tmpfs", "source": "scratch", "options": ["ro", "noexec"]}'
  mkdir -m 2711 "$BUNDLE/rootfs/kept"
  chown 7:8 "$BUNDLE/rootfs/kept"
  add_mount '{"destination": "/kept", "type": "tmpfs", "source": "tmpfs"}'
  shell 'stat -c "%n %a %u %g" /scratch /scratch/in /scratch/in/side /kept; df -k /scratch | tail -1; touch /scratch/in/side/x'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT"
  sort "$ERR"
  mountinfo | grep -E 'scratch|kept'
}
@test "tmpfs: size, mode, owner; one in another; the mode of a directory that was there" {
  both tmpfs_mounts
  said '/scratch 1770 1000 5'
}
copied_up() {
  mkdir -p "$BUNDLE/rootfs/var/data/sub"
  echo kept >"$BUNDLE/rootfs/var/data/file"
  chown 1000:1000 "$BUNDLE/rootfs/var/data/file"
  ln -s file "$BUNDLE/rootfs/var/data/link"
  chmod 750 "$BUNDLE/rootfs/var/data/sub"
  add_mount '{"destination": "/var/data", "type": "tmpfs", "source": "tmpfs", "options": ["rw", "nosuid", "nodev", "tmpcopyup"]}'
  shell 'cd /var/data; stat -c "%n %a %u %g %F" . file link sub; cat file; echo changed >file; grep /var/data /proc/self/mountinfo'
  call run --bundle "$BUNDLE" "$ID"
  table <"$OUT"
  cat "$ERR" "$BUNDLE/rootfs/var/data/file"
}
@test "tmpcopyup: a tmpfs that begins with the image's directory" {
  both copied_up
  said kept
}

propagation() {
  mkdir -p "$DIR/shared"
  mount -t tmpfs shared "$DIR/shared"
  mount --make-shared "$DIR/shared"
  local kind
  for kind in private rprivate slave rslave shared rshared unbindable runbindable; do
    cp "$BUNDLE/config.json" "$DIR/kept.json"
    add_mount "{\"destination\": \"/volume\", \"type\": \"bind\", \"source\": \"$DIR/shared\", \"options\": [\"rbind\", \"$kind\"]}"
    mountinfo | grep -E 'volume|exit'
    cp "$DIR/kept.json" "$BUNDLE/config.json"
  done
  umount "$DIR/shared"
}
@test "propagation of a bind" {
  both propagation
  said 'shared'
  said 'master'
}
@test "propagation of a bind: every word counts, in its order" { # runc 1.1 loses the master
  alone
  mkdir -p "$DIR/shared"
  mount -t tmpfs shared "$DIR/shared"
  mount --make-shared "$DIR/shared"
  add_mount "{\"destination\": \"/volume\", \"type\": \"bind\", \"source\": \"$DIR/shared\", \"options\": [\"rbind\", \"slave\", \"shared\"]}"
  add_mount "{\"destination\": \"/other\", \"type\": \"bind\", \"source\": \"$DIR/shared\", \"options\": [\"rbind\", \"private\", \"shared\"]}"
  mountinfo | grep -E '/volume|/other' >"$DIR/table"
  umount "$DIR/shared"
  cat "$DIR/table"
  grep -q '/volume rw,relatime shared master ' "$DIR/table"
  grep -q '/other rw,relatime shared - ' "$DIR/table"
}
root_propagation() {
  local kind
  for kind in private rprivate slave rslave; do
    mountinfo ".linux.rootfsPropagation = \"$kind\"" | grep -E ' / / | / |exit|rootfs'
  done
}
@test "rootfsPropagation" {
  both root_propagation
}
@test "rootfsPropagation shared" { # broken in runc 1.1
  alone
  mountinfo '.linux.rootfsPropagation = "shared"' >"$DIR/table"
  cat "$DIR/table"
  grep -q ' / ro,relatime shared - ' "$DIR/table"
}
in_a_shared_tree() { # a caller whose whole tree is shared, as systemd makes it
  # shellcheck disable=SC2016 # a hook of the host, before the old tree goes
  configure '.process.args = ["cat", "/proc/self/mountinfo"]
    | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "cat >/dev/null; cut -d\\  -f5 /proc/self/mountinfo >$0/meanwhile", $dir]}]' --arg dir "$DIR"
  unshare --mount sh -c '
    mount --make-rshared /
    cut -d" " -f5 /proc/self/mountinfo >"$1/before"
    "$2" --root "$3" run --bundle "$4" "$5" </dev/null >"$1/inside" || exit 1
    cut -d" " -f5 /proc/self/mountinfo >"$1/after"' sh "$DIR" "$RT" "$STATE" "$BUNDLE" "$ID"
  diff "$DIR/before" "$DIR/meanwhile" && diff "$DIR/before" "$DIR/after" && echo "nothing came out"
  grep -c 'shared:' "$DIR/inside" || echo "nothing shared inside"
}
@test "mounts of the container do not come out, whatever the host's propagation" {
  both in_a_shared_tree
  said 'nothing came out'
}

hostile_proc() { # an image whose /proc is a link: the runtime must not set up security through it
  rm -rf "$BUNDLE/rootfs/proc"
  mkdir "$BUNDLE/rootfs/elsewhere"
  ln -s /elsewhere "$BUNDLE/rootfs/proc"
  refused 'must be mounted on ordinary directory' run --bundle "$BUNDLE" "$ID"
}
@test "an image whose /proc is a symbolic link is refused" {
  both hostile_proc
  said yes
}
hostile_sys() {
  rm -rf "$BUNDLE/rootfs/sys"
  mkdir "$BUNDLE/rootfs/elsewhere"
  ln -s elsewhere "$BUNDLE/rootfs/sys"
  refused 'must be mounted on ordinary directory' run --bundle "$BUNDLE" "$ID"
}
@test "an image whose /sys is a symbolic link is refused" {
  both hostile_sys
  said yes
}
over_proc() {
  mkdir "$DIR/fake"
  local target
  for target in /proc /proc/self /proc/sys /proc/1/attr; do
    cp "$BUNDLE/config.json" "$DIR/kept.json"
    add_mount "{\"destination\": \"$target\", \"type\": \"bind\", \"source\": \"$DIR/fake\", \"options\": [\"bind\"]}"
    does run --bundle "$BUNDLE" "$ID"
    cp "$DIR/kept.json" "$BUNDLE/config.json"
  done
}
@test "a bind over /proc or into it is refused" {
  alone
  shell true
  over_proc >"$DIR/transcript"
  cat "$DIR/transcript"
  not grep -q 'exit 0' "$DIR/transcript"
  nothing_left
}
proc_files() {
  echo 'MemTotal: 1 kB' >"$DIR/meminfo"
  add_mount "{\"destination\": \"/proc/meminfo\", \"type\": \"bind\", \"source\": \"$DIR/meminfo\", \"options\": [\"bind\"]}"
  configure '.process.args = ["cat", "/proc/meminfo"]'
  step run --bundle "$BUNDLE" "$ID"
}
@test "the known single files of /proc may be covered" {
  both proc_files
  said 'MemTotal: 1 kB'
}

order() { # later mounts lie on earlier ones; targets are looked up in what is mounted so far
  mkdir -p "$DIR/a/mnt" "$DIR/b"
  echo in-b >"$DIR/b/file"
  add_mount "{\"destination\": \"/top\", \"type\": \"bind\", \"source\": \"$DIR/a\", \"options\": [\"bind\"]}"
  add_mount "{\"destination\": \"/top/mnt\", \"type\": \"bind\", \"source\": \"$DIR/b\", \"options\": [\"bind\", \"ro\"]}"
  add_mount "{\"destination\": \"/top/new\", \"type\": \"bind\", \"source\": \"$DIR/b\", \"options\": [\"bind\"]}"
  shell 'cat /top/mnt/file /top/new/file'
  step run --bundle "$BUNDLE" "$ID"
  ls "$DIR/a"
}
@test "mounts in the order of the document" {
  both order
}

host_flags_aside() { # where the host's own mounts have these (systemd's do), runc's binds lose them unless they are named; ours do not
  sed -E 's/^(ID .* r[ow]),nosuid,nodev,noexec/\1/'
}
cgroup_mounts() {
  local options
  for options in '["ro"]' '["rw"]' '["ro","noatime"]' '["ro","nosuid","noexec","nodev","relatime","rprivate"]'; do
    mountinfo ".mounts |= map(if .type == \"cgroup\" then .options = $options else . end)" | grep -E 'exit|cgroup' |
      if [[ $options == *nosuid* ]]; then cat; else host_flags_aside; fi
  done
  shell 'cd /sys/fs/cgroup; stat -c "%n %a %u %g %F" *; cat /proc/self/cgroup'
  step run --bundle "$BUNDLE" "$ID"
  configure '.linux.namespaces += [{type: "cgroup"}]'
  mountinfo | grep -E 'exit|cgroup'
  configure '.process.args = ["cat", "/proc/self/cgroup"]'
  step run --bundle "$BUNDLE" "$ID"
}
@test "the cgroup mount, with and without a cgroup namespace" {
  both cgroup_mounts
}

covered() { # a mount on another one or on its parent: each has its own flags
  add_mount '{"destination": "/over", "type": "tmpfs", "source": "lower", "options": ["ro", "nodev"]}'
  add_mount '{"destination": "/over", "type": "tmpfs", "source": "upper", "options": ["noexec"]}'
  configure '.mounts |= (map(select(.destination != "/sys")) + map(select(.destination == "/sys")))'
  shell 'touch /over/file && echo written; grep " /over " /proc/self/mountinfo'
  call run --bundle "$BUNDLE" "$ID"
  echo "exit $CODE"
  cat "$ERR"
  table <"$OUT"
}
@test "a mount that covers a read-only one is not read-only itself" { # runc 1.1 makes the upper one read-only
  alone
  covered >"$DIR/covered"
  cat "$DIR/covered"
  grep -q '^written' "$DIR/covered"
  grep -q '/over ro,nodev.* lower' "$DIR/covered"
  grep -q '/over rw,noexec.* upper' "$DIR/covered"
}

flags() {
  local options
  for options in '["ro","nosuid"]' '["nodiratime","noatime"]' '["strictatime","sync"]' '["dirsync","noexec"]' '["ro","rw"]' '["nosuid","suid"]'; do
    cp "$BUNDLE/config.json" "$DIR/kept.json"
    add_mount "{\"destination\": \"/flags\", \"type\": \"tmpfs\", \"source\": \"x\", \"options\": $options}"
    mountinfo | grep -E 'flags|exit'
    cp "$DIR/kept.json" "$BUNDLE/config.json"
  done
}
@test "mount flags; of two that contradict the last counts" {
  both flags
}
remounts() {
  add_mount '{"destination": "/flags", "type": "tmpfs", "source": "x", "options": ["nosuid", "size=64k"]}'
  add_mount '{"destination": "/flags", "type": "tmpfs", "source": "x", "options": ["remount", "nosuid", "nodev", "size=8k"]}'
  add_mount '{"destination": "/dev/shm", "type": "tmpfs", "source": "x", "options": ["remount", "nosuid", "noexec", "nodev", "ro"]}'
  mountinfo | grep -E 'flags|shm|exit'
}
@test "remount: options and flags of a filesystem that the container has made" {
  both remounts
  said 'flags rw,nosuid,nodev,relatime.*size=8k'
  said 'shm ro,'
}
@test "remount: never the options of a filesystem of the host" { # runc changes the host's
  alone
  mkdir "$DIR/volume"
  mount -t tmpfs -o size=64k host "$DIR/volume"
  add_mount "{\"destination\": \"/volume\", \"type\": \"bind\", \"source\": \"$DIR/volume\", \"options\": [\"bind\"]}"
  add_mount '{"destination": "/volume", "type": "tmpfs", "options": ["remount", "size=8k"]}'
  call run --bundle "$BUNDLE" "$ID"
  grep " $DIR/volume " /proc/self/mounts >"$DIR/found"
  umount "$DIR/volume"
  cat "$ERR" "$DIR/found"
  [ "$CODE" -eq 1 ]
  grep -q 'no earlier mount has put one on \\"/volume\\"' "$ERR"
  grep -q 'size=64k' "$DIR/found"
  nothing_left
}
@test "a flag of the host's mount is never taken off without the right to" {
  alone
  mkdir "$DIR/locked"
  mount -t tmpfs -o nosuid,ro locked "$DIR/locked"
  add_mount "{\"destination\": \"/kept\", \"type\": \"bind\", \"source\": \"$DIR/locked\", \"options\": [\"bind\", \"noexec\"]}"
  configure 'del(.linux.cgroupsPath, .linux.resources) | .mounts |= map(select(.type != "cgroup" and .type != "devpts")) | .process.args = ["grep", "/kept", "/proc/mounts"]'
  cp "$BUNDLE/config.json" "$DIR/keeps.json"
  add_mount "{\"destination\": \"/cleared\", \"type\": \"bind\", \"source\": \"$DIR/locked\", \"options\": [\"bind\", \"rw\"]}"
  cp "$BUNDLE/config.json" "$DIR/clears.json"
  local config
  for config in keeps clears; do # in a user namespace that does not own the mount
    cp "$DIR/$config.json" "$BUNDLE/config.json"
    unshare --user --map-root-user --mount "$RT" --root "$DIR/$config" run --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/$config.out" 2>&1 3>&- 4>&- || :
  done
  umount "$DIR/locked"
  cat "$DIR/keeps.out" "$DIR/clears.out"
  grep -q '/kept tmpfs ro,nosuid,noexec,' "$DIR/keeps.out"
  grep -q 'set mount attributes: operation not permitted (config.json:[0-9:]*, at /mounts/' "$DIR/clears.out"
}
# A mount_setattr(2) that says yes and does nothing; in a mount namespace of the test, since it makes nothing private either.
@test "flags that the kernel has not kept are an error" {
  alone
  deaf() { # WORDS
    local code=0
    unshare -m --propagation private strace -f -qqq -o /dev/null -e trace=mount_setattr -e inject=mount_setattr:retval=0 \
      "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 2>"$DIR/err" 3>&- 4>&- || code=$?
    cat "$DIR/err"
    [ "$code" -eq 1 ]
    grep -qF -- "$1" "$DIR/err"
    nothing_left
  }
  configure '.mounts |= map(select(.type != "cgroup")) | .root.readonly = false | .linux.maskedPaths = [] | .linux.readonlyPaths = ["/proc/sys"]'
  deaf 'make /proc/sys and what is below it read-only: the kernel reports the mount without ro'
  configure '.root.readonly = true'
  deaf 'the kernel reports the mount without ro'
  mkdir "$DIR/source"
  add_mount "{\"destination\": \"/tmp\", \"type\": \"bind\", \"source\": \"$DIR/source\", \"options\": [\"bind\", \"nosuid\", \"ro\", \"noexec\"]}"
  deaf 'the kernel reports the mount without ro,nosuid,noexec (config.json'
  configure 'del(.mounts[-1]) | .root.readonly = false | .linux.maskedPaths = ["/etc/passwd"] | .linux.readonlyPaths = []'
  touch "$BUNDLE/rootfs/etc/passwd"
  deaf '/etc/passwd: the kernel reports the mount without ro,nosuid,noexec'
}
# SOURCE OPTIONS [WORDS]: a bind in a user namespace whose ids the runtime, with the host's rights, maps. Refused with WORDS.
bind_of_locked() {
  configure '.mounts |= map(select(.destination != "/flags")) + [{destination: "/flags", type: "bind", source: $source, options: ($options | split(","))}]' \
    --arg source "$1" --arg options "$2"
  if [ $# -gt 2 ]; then
    refused "error mounting \\\"$1\\\" to rootfs at \\\"/flags\\\": change $3, which a user namespace may not: operation not permitted (config.json" \
      run --bundle "$BUNDLE" "$ID" && [ "$CODE" -eq 1 ] && grep -qF -- "change $3" "$ERR"
  else
    mountinfo | grep -E ' /flags|exit'
  fi
}
@test "in a user namespace no locked flag is taken off, by name neither" { # where runc 1.1 refuses, it gives no reason
  alone
  new_namespaces pid ipc uts mount network user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | .process.args = ["grep", "/flags", "/proc/self/mountinfo"]'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  mkdir "$DIR/locked" "$DIR/super"
  mount -t tmpfs -o nosuid,nodev,noexec,noatime locked "$DIR/locked"
  mkdir "$DIR/locked/below"
  mount -t tmpfs -o ro,relatime below "$DIR/locked/below"
  mount -t tmpfs super "$DIR/super"
  mount -o remount,ro "$DIR/super"
  mount -o remount,bind,rw "$DIR/super"
  local place=$DIR/locked code=0
  {
    bind_of_locked "$place" bind,exec "noexec of the mount on \\\"$place\\\"" &&
      bind_of_locked "$place" rbind,ro,suid,dev,exec "nosuid of the mount on \\\"$place\\\"" &&
      bind_of_locked "$place" bind,rdev "nodev of the mount on \\\"$place\\\"" &&
      bind_of_locked "$place" bind,strictatime "the access time of the mount on \\\"$place\\\"" &&
      bind_of_locked "$place" bind,nodiratime "the access time of the mount on \\\"$place\\\"" &&
      bind_of_locked "$place" rbind,rrw "ro of the mount on \\\"$place/below\\\"" &&
      bind_of_locked "$place/below" bind,rw "ro of the mount on \\\"$place/below\\\"" &&
      bind_of_locked "$place" bind,rrw && # nothing of the kind on the mount itself, and the one below stays away
      bind_of_locked "$place" rbind,ro,noatime &&
      bind_of_locked "$place/below" bind,dev,diratime,norelatime &&
      bind_of_locked "$DIR/super" bind,rw # the filesystem is read-only, the mount is not
  } >"$DIR/played" || code=$?
  umount "$DIR/locked/below" "$DIR/locked" "$DIR/super"
  cat "$DIR/played"
  [ "$code" -eq 0 ]
  [ "$(grep -c '^exit 0' "$DIR/played")" -eq 4 ]
  grep -q ' /flags rw,nosuid,nodev,noexec,noatime - tmpfs locked' "$DIR/played"
  grep -q ' /flags ro,nosuid,nodev,noexec,noatime - tmpfs locked' "$DIR/played"
  grep -q ' /flags ro,relatime - tmpfs below' "$DIR/played"
  grep -q ' /flags rw,relatime - tmpfs super' "$DIR/played"
  nothing_left
}
@test "recursive flags on a new filesystem, proc too" { # runc passes over them
  alone
  add_mount '{"destination": "/flags", "type": "tmpfs", "source": "x", "options": ["rro", "rnosuid", "rnodev", "rnoexec", "rnodiratime", "rnoatime"]}'
  mountinfo '(.mounts[] | select(.type == "proc") | .options) = ["rnosuid", "rnoexec", "rnodev"]' >"$DIR/table"
  cat "$DIR/table"
  grep -q ' /flags ro,nosuid,nodev,noexec,noatime,nodiratime - ' "$DIR/table"
  grep -q ' /proc rw,nosuid,nodev,noexec,relatime - ' "$DIR/table"
}
@test "the option defaults, and words for a filesystem's own" { # runc hands defaults on to the filesystem
  alone
  add_mount '{"destination": "/flags", "type": "tmpfs", "source": "x", "options": ["defaults", "size=64k"]}'
  mountinfo >"$DIR/table"
  cat "$DIR/table"
  grep -q ' /flags rw,relatime - .*size=64k' "$DIR/table"
}
@test "recursive read-only binds" { # newer than runc 1.1
  alone
  mkdir -p "$DIR/source/below"
  mount -t tmpfs inner "$DIR/source/below"
  add_mount "{\"destination\": \"/volume\", \"type\": \"bind\", \"source\": \"$DIR/source\", \"options\": [\"rbind\", \"rro\"]}"
  shell 'touch /volume/below/x'
  call run --bundle "$BUNDLE" "$ID"
  umount "$DIR/source/below"
  cat "$ERR"
  grep -q 'Read-only file system' "$ERR"
}

@test "--no-pivot" {
  both without_pivot
  said 'exit 0'
}
without_pivot() {
  configure '.process.args = ["ls", "/"]'
  step run --no-pivot --bundle "$BUNDLE" "$ID"
}
@test "--no-pivot with a private root is refused" {
  both private_without_pivot
  said ': yes$'
}
private_without_pivot() {
  configure '.linux.rootfsPropagation = "rprivate"'
  refused 'rootfsPropagation of [r]private is not safe without pivot_root' run --no-pivot --bundle "$BUNDLE" "$ID"
}

bad_mounts() {
  add_mount '{"destination": "/volume", "type": "bind", "source": "/nosuch/source", "options": ["bind"]}'
  refused 'no such file or directory' run --bundle "$BUNDLE" "$ID"
  configure 'del(.mounts[-1])'
  add_mount '{"destination": "/tmp", "type": "bind", "source": "/etc/passwd", "options": ["bind"]}'
  refused 'not a directory' run --bundle "$BUNDLE" "$ID"
  configure 'del(.mounts[-1])'
  add_mount '{"destination": "/volume", "type": "nosuchfs", "source": "x"}'
  refused 'no such device' run --bundle "$BUNDLE" "$ID"
}
@test "a missing source, a file on a directory, an unknown file system" {
  both bad_mounts
  not grep -q ': no$' "$BATS_TEST_TMPDIR/minc/normal"
}
