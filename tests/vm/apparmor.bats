#!/usr/bin/env bats
# AppArmor: init and exec run under the profile that the config names. Runs in the machine of tests/vm/run --lsm apparmor.
load ../integration/helpers

setup_file() {
  [ -d /sys/kernel/security/apparmor ] || { cannot "this host has no AppArmor" && return; }
  local name
  for name in minct-init minct-exec; do
    printf 'profile %s flags=(attach_disconnected,mediate_deleted) {\n  capability,\n  file,\n  signal,\n  network,\n  umount,\n  deny /denied-%s w,\n}\n' \
      $name $name
  done >"$BATS_FILE_TMPDIR/profiles"
  apparmor_parser --replace --skip-cache "$BATS_FILE_TMPDIR/profiles"
}
teardown_file() {
  [ ! -f "$BATS_FILE_TMPDIR/profiles" ] || apparmor_parser --remove "$BATS_FILE_TMPDIR/profiles"
}

confined() { # a container whose first process has the profile
  alone
  configure '.root.readonly = false | .process.apparmorProfile = "minct-init"'
}

@test "apparmor: the first process has its profile, and the profile holds" {
  confined
  shell '(: >/denied-minct-init) 2>/dev/null && echo "may write it"; : >/allowed && echo "may write another"; exec sleep 1000'
  call run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  [ "$(cat "/proc/$(pid_of)/attr/current")" = "minct-init (enforce)" ]
  wait_until grep -q 'may write another' "$OUT"
  not grep -q 'may write it' "$OUT"
}
@test "apparmor: exec has the container's profile, or its own" {
  confined
  call run -d --bundle "$BUNDLE" "$ID"
  call exec "$ID" cat /proc/self/attr/current
  cat "$ERR"
  [ "$(cat "$OUT")" = "minct-init (enforce)" ]
  call exec --apparmor minct-exec "$ID" sh -c 'cat /proc/self/attr/current; (: >/denied-minct-exec) || echo denied'
  cat "$OUT" "$ERR"
  grep -qx 'minct-exec (enforce)' "$OUT"
  grep -qx denied "$OUT"
  jq '.process | .args = ["cat", "/proc/self/attr/current"] | .apparmorProfile = "minct-exec"' "$BUNDLE/config.json" >"$DIR/process.json"
  call exec --process "$DIR/process.json" "$ID"
  [ "$(cat "$OUT")" = "minct-exec (enforce)" ]
}
@test "apparmor: a profile of exec alone: the container has none" {
  confined
  configure 'del(.process.apparmorProfile)'
  call run -d --bundle "$BUNDLE" "$ID"
  call exec --apparmor minct-exec "$ID" cat /proc/self/attr/current
  cat "$ERR"
  [ "$(cat "$OUT")" = "minct-exec (enforce)" ]
  jq '.process | .args = ["cat", "/proc/self/attr/current"] | .apparmorProfile = "minct-exec"' "$BUNDLE/config.json" >"$DIR/process.json"
  call exec --process "$DIR/process.json" "$ID"
  cat "$ERR"
  [ "$(cat "$OUT")" = "minct-exec (enforce)" ]
}
@test "apparmor: a user namespace, with and without a pid namespace of its own" {
  local without
  confined
  chmod 755 "$BUNDLE" "$BUNDLE/rootfs"
  chown -R 100000:100000 "$BUNDLE/rootfs"
  configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] | .linux.gidMappings = .linux.uidMappings'
  for without in none pid; do
    # A proc of the host's pid namespace is the host's: bound.
    configure '.linux.namespaces |= map(select(.type != $without)) |
      if $without == "pid" then (.mounts[] | select(.destination == "/proc")) |= {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end' \
      --arg without "$without"
    call run -d --bundle "$BUNDLE" "$ID"
    cat "$ERR"
    [ "$CODE" -eq 0 ]
    [ "$(cat "/proc/$(pid_of)/attr/current")" = "minct-init (enforce)" ]
    call exec --apparmor minct-exec "$ID" cat /proc/self/attr/current
    cat "$ERR"
    [ "$(cat "$OUT")" = "minct-exec (enforce)" ]
    call delete --force "$ID"
  done
}
@test "apparmor: without a profile unconfined; one that is not loaded is an error" {
  confined
  configure 'del(.process.apparmorProfile)'
  call run -d --bundle "$BUNDLE" "$ID"
  [ "$(cat "/proc/$(pid_of)/attr/current")" = unconfined ]
  call delete --force "$ID"
  configure '.process.apparmorProfile = "minct-nosuch"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  grep -q apparmor "$ERR"
  one_line "$ERR"
  nothing_left
}
@test "apparmor: a label of SELinux is refused here" {
  confined
  configure 'del(.process.apparmorProfile) | .process.selinuxLabel = "system_u:system_r:container_t:s0"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  grep -qi selinux "$ERR"
  nothing_left
}
@test "apparmor: beside runc" {
  labels() {
    configure '.process.apparmorProfile = "minct-init"'
    call run -d --bundle "$BUNDLE" "$ID"
    cat "/proc/$(pid_of)/attr/current"
    step exec "$ID" cat /proc/self/attr/current
    step exec --apparmor minct-exec "$ID" cat /proc/self/attr/current
    does delete --force "$ID"
  }
  both labels
  said 'minct-exec \(enforce\)'
}
