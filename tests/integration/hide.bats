#!/usr/bin/env bats
# Masked and read-only paths.
load helpers

looks() { # how a path looks from inside
  # shellcheck disable=SC2016
  echo 'for path in '"$*"'; do
    if [ -d $path ]; then echo "$path: directory of $(ls -A $path | wc -l)"; (: >$path/new) 2>&1 | sed "s/.*: //"
    elif [ -e $path ]; then echo "$path: $(head -c 20 $path 2>/dev/null | wc -c) bytes, $(stat -c %F $path)"; (: >>$path) 2>&1 | sed "s/.*: //"
    else echo "$path: not there"; fi; done'
}

masks() {
  mkdir -p "$BUNDLE/rootfs/etc/secret/deep"
  echo secret >"$BUNDLE/rootfs/etc/secret/file"
  echo secret >"$BUNDLE/rootfs/etc/password"
  ln -s password "$BUNDLE/rootfs/etc/link"
  configure '.root.readonly = false | .linux.maskedPaths = ["/etc/secret", "/etc/password", "/nosuch/path", "/etc/link", "/proc/kcore", "/sys/kernel", "/etc/secret"]'
  shell "$(looks /etc/secret /etc/password /etc/link /proc/kcore /sys/kernel)"
  step run --bundle "$BUNDLE" "$ID"
  cat "$BUNDLE/rootfs/etc/password"
}
@test "maskedPaths: files, directories, links, what is not there, twice" {
  both masks
  said 'secret: directory of 0'
  said 'password: 0 bytes'
}

read_only() {
  mkdir -p "$BUNDLE/rootfs/etc/kept"
  echo kept >"$BUNDLE/rootfs/etc/kept/file"
  configure '.root.readonly = false | .linux.readonlyPaths = ["/etc/kept", "/etc/passwd", "/nosuch", "/proc/sys", "/dev/shm"]'
  shell "$(looks /etc/kept /etc/kept/file /etc/passwd /proc/sys /dev/shm); grep -E '/etc|/dev/shm' /proc/self/mountinfo | cut -d' ' -f5-6"
  step run --bundle "$BUNDLE" "$ID"
}
@test "readonlyPaths: files, directories, mounts with their other flags, what is not there" {
  both read_only
  said 'Read-only file system'
}

defaults() {
  shell "$(looks /proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/sched_debug /sys/firmware /proc/scsi \
    /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger)"
  step run --bundle "$BUNDLE" "$ID"
}
@test "the default spec's masked and read-only paths" {
  both defaults
  said '/proc/keys: 0 bytes'
}

@test "a false /dev/null in the image does not become the mask" {
  alone
  echo 'the host sees this' >"$DIR/host-file"
  configure '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root.readonly = false | .linux.maskedPaths = ["/etc/passwd"]'
  rm -rf "$BUNDLE/rootfs/dev/null"
  ln -s "$DIR/host-file" "$BUNDLE/rootfs/dev/null"
  shell 'cat /etc/passwd'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ ! -s "$OUT" ]
}
@test "a mask is the host's /dev/null, and its mode is out of reach" {
  alone
  local before
  before=$(stat -c '%a %u %g' /dev/null)
  shell 'chmod 667 /proc/keys; touch /proc/keys; echo data >/proc/keys && echo written; echo as it was: $(stat -c %a /proc/keys)'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  local after
  after=$(stat -c '%a %u %g' /dev/null)
  [ "$after" = "$before" ] || chmod 666 /dev/null
  [ "$after" = "$before" ]
  grep -q "^written" "$OUT" # it takes what is written, as ever
  grep -q "^as it was: ${before%% *}" "$OUT"
}

@test "a path that is masked twice is mounted once" {
  alone # since runc 1.3
  mkdir "$BUNDLE/rootfs/secret"
  configure '.linux.maskedPaths = ["/secret", "/secret", "/secret/"] | .linux.readonlyPaths = ["/proc/sys", "/proc//sys"]'
  shell 'grep -c " /secret " /proc/self/mountinfo; grep -c " /proc/sys " /proc/self/mountinfo'
  call run --bundle "$BUNDLE" "$ID"
  [ "$(tr '\n' ' ' <"$OUT")" = "1 1 " ]
}
@test "mountLabel without SELinux is refused" {
  alone # runc says nothing
  [ ! -d /sys/fs/selinux/booleans ] || skip "this host has SELinux"
  configure '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  grep -q 'mountLabel is specified in config, but selinux is disabled or not supported.*at /linux/mountLabel' "$ERR"
  nothing_left
}
@test "paths hidden from the first process are hidden from exec" {
  both hidden_from_exec
  said '/proc/keys: 0 bytes'
}
hidden_from_exec() {
  call run -d --bundle "$BUNDLE" "$ID"
  step exec "$ID" sh -c "$(looks /proc/keys /proc/sys)"
}
@test "a path to be hidden that cannot be reached is an error, not passed over" {
  local list
  for list in maskedPaths readonlyPaths; do both loops "$list"; done
}
loops() { # LIST
  ln -sfn round "$BUNDLE/rootfs/round"
  configure ".linux.$1 = [\"/round\"]"
  refused 'too many levels of symbolic links' run --bundle "$BUNDLE" "$ID"
}
