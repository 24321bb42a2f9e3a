#!/usr/bin/env bats
# A container without a mount namespace: its mounts are the host's, and gone with it.
load helpers

# Away from the machine's own tree: what goes wrong here stays in a namespace of the test's.
in_spare_tree() { # FUNCTION
  export -f "$1"
  unshare --mount --propagation private bash -euc "$1"
}
on_host() {
  alone
  configure '.linux.namespaces -= [{type: "mount"}] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
  export BUNDLE STATE RT DIR
}

mounts_below_one() {
  mount --make-rshared /
  before=$(cut -d' ' -f4- /proc/self/mountinfo)
  rt run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null
  grep -c " $BUNDLE/rootfs" /proc/self/mountinfo
  grep " $BUNDLE/rootfs/proc " /proc/self/mountinfo | grep -c shared: || :
  [ "$(readlink "/proc/$(rt state "$ID" | jq .pid)/root")" = "$BUNDLE/rootfs" ]
  rt kill "$ID" KILL
  until [ "$(rt state "$ID" | jq -r .status)" = stopped ]; do sleep 0.02; done
  rt delete "$ID"
  after=$(cut -d' ' -f4- /proc/self/mountinfo)
  [ "$before" = "$after" ]
}
@test "no mount namespace: all mounts hang below the root's and go with delete, / keeps its propagation" {
  on_host
  run -0 in_spare_tree mounts_below_one
  [ "${lines[0]}" -gt 5 ]
  [ "${lines[1]}" = 0 ]
  nothing_left
}

readonly_root() {
  rt run --bundle "$BUNDLE" "$ID" </dev/null
  [ -w "$BUNDLE/rootfs" ] && touch "$BUNDLE/rootfs/by-the-host"
}
@test "no mount namespace: a read-only root is the container's only" {
  on_host
  configure '.root.readonly = true'
  shell 'touch /by-the-container || echo refused; echo $PWD'
  run -0 in_spare_tree readonly_root
  [[ "$output" == *"Read-only file system"*refused* ]]
  [ -e "$BUNDLE/rootfs/by-the-host" ]
}

half_made() {
  rt run --bundle "$BUNDLE" "$ID" </dev/null 2>/dev/null && exit 1
  not grep " $BUNDLE/rootfs" /proc/self/mountinfo
}
@test "no mount namespace: a container that fails half-made leaves no mount on the host" {
  on_host
  export -f not
  configure '.process.args = ["/absent"]'
  run -0 in_spare_tree half_made
}

someone_elses() {
  rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  umount --recursive --lazy "$BUNDLE/rootfs"
  mount -t tmpfs theirs "$BUNDLE/rootfs"
  rt delete --force "$ID"
  grep -c "tmpfs theirs" /proc/self/mountinfo
}
@test "no mount namespace: delete takes off its own mount, never another in its place" {
  on_host
  run -0 in_spare_tree someone_elses
  [ "$output" = 1 ]
}

@test "no mount namespace: what would change the host is refused" {
  on_host
  configure '.linux.maskedPaths = ["/proc/kcore"]'
  refused "unable to restrict sys entries without a private MNT namespace" run --bundle "$BUNDLE" "$ID"
  configure '.linux.maskedPaths = [] | .root.path = "/"'
  refused "the host's own root cannot be the container's" run --bundle "$BUNDLE" "$ID"
  nothing_left
}
