#!/usr/bin/env bats
# SIGKILL at random points, then delete --force. MINC_KILLS says how many (tests/kill-points: 200), MINC_SEED which.
load helpers

@test "killed at any point of create, run, exec, delete, delete --force leaves nothing" {
  alone
  # shellcheck disable=SC2086
  python3 "$HERE/kill_points.py" "$RT" "$BUNDLE" "$STATE" "$ID" "${MINC_KILLS:-20}" ${MINC_SEED:-} 3>&- 4>&-
}
@test "the same with a foreground run, hooks and an overlay root" {
  alone
  configure '.hooks = {createRuntime: [{path: "/bin/true"}], poststop: [{path: "/bin/true"}]}
    | .annotations = {"org.minc-oci.rootfs.type": "overlay", "org.minc-oci.rootfs.lower": ($lower | tojson), "org.minc-oci.rootfs.upper": "tmpfs"}' \
    --argjson lower '["lower"]'
  mv "$BUNDLE/rootfs" "$BUNDLE/lower"
  mkdir "$BUNDLE/rootfs"
  # shellcheck disable=SC2086
  python3 "$HERE/kill_points.py" "$RT" "$BUNDLE" "$STATE" "$ID" "${MINC_KILLS:-20}" ${MINC_SEED:-} 3>&- 4>&-
}
@test "the same with a unit of systemd" {
  alone
  [ -d /run/systemd/system ] || skip "needs systemd as process 1"
  configure '.linux.cgroupsPath = "minct-tests.slice:minct:" + $id' --arg id "$ID"
  # shellcheck disable=SC2086
  UNIT=minct-$ID.scope python3 "$HERE/kill_points.py" "$RT" "$BUNDLE" "$STATE" "$ID" "${MINC_KILLS:-20}" ${MINC_SEED:-} 3>&- 4>&-
}
