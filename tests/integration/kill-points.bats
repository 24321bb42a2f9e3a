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
@test "create killed at any system call after the clone: init ends by itself; only at exit_group the container is there" {
  alone
  local from name number last='' played=0
  traced
  rt delete --force "$ID"
  from=$(grep -n -m1 '^clone3(' "$DIR/calls" | cut -d: -f1)
  # strace counts the calls of each name by itself.
  awk -F'(' -v from="$from" '{number[$1]++} NR > from && !/^[+]/ {print $1, number[$1]}' "$DIR/calls" >"$DIR/points"
  [ "$(tail -1 "$DIR/points")" = "exit_group 1" ]
  while read -r name number; do
    traced -e "inject=$name:signal=KILL:when=$number"
    last=$(grep -v '^+++' "$DIR/calls" | tail -1)
    [[ $last != exit_group* ]] || break
    played=$((played + 1))
    wait_until nobody_is_left || { echo "killed at $name $number: $last: init lives" && return 1; }
    rt delete --force "$ID"
  done <"$DIR/points"
  echo "$played calls, the last one $last"
  [ $played -gt 10 ]
  [[ $last == exit_group* ]]
  call delete --force "$ID"
  [ "$CODE" -eq 0 ]
  wait_until nobody_is_left
  nothing_left
}
traced() { # STRACE'S OPTIONS...: create under strace(1), its calls in $DIR/calls
  { strace -qq -o "$DIR/calls" "$@" -- "$RT" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/stdout" 2>&1 3>&- 4>&- || :; } 2>/dev/null
}
nobody_is_left() { # with the container's standard output open
  local fd
  for fd in /proc/[0-9]*/fd/1; do [ ! "$fd" -ef "$DIR/stdout" ] || return 1; done
}
