#!/usr/bin/env bats
# plan: the steps in words, before anything is done. (The golden files are with the compiler's own tests.)
load helpers

setup() {
  set_up
  alone
}

@test "plan prints the steps in the order in which they happen, and touches nothing" {
  local before
  before=$(find "$BUNDLE" -printf '%p %T@ %C@\n' | sort | sha256sum)
  call plan "$BUNDLE"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  [ ! -s "$ERR" ]
  local last=0 step line
  for step in 'proc on /proc' '/dev/shm' 'pivot' '/proc/kcore' 'no_new_privs' 'exec'; do
    line=$(grep -n -i -F -- "$step" "$OUT" | tail -1 | cut -d: -f1)
    echo "$step: line ${line:-none}"
    [ -n "$line" ]
  done
  [ "$(grep -n -F '/proc/kcore' "$OUT" | tail -1 | cut -d: -f1)" -gt "$(grep -n -i pivot "$OUT" | head -1 | cut -d: -f1)" ]
  [ "$before" = "$(find "$BUNDLE" -printf '%p %T@ %C@\n' | sort | sha256sum)" ]
  [ ! -e "$STATE" ]
  nothing_left
}
@test "plan --json is JSON with one object a step" {
  call plan --json "$BUNDLE"
  cat "$ERR"
  jq -e '[.. | objects] | length > 20' "$OUT"
}
@test "plan needs no privilege" {
  rm "$BUNDLE/config.json"
  "$RT" spec --rootless --bundle "$BUNDLE"
  chmod -R a+rX "$BUNDLE"
  run setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs "$RT" plan "$BUNDLE"
  echo "$output"
  [ "$status" -eq 0 ]
}
@test "plan makes no system call that changes anything" {
  strace -f -o "$DIR/trace" "$RT" plan "$BUNDLE" >/dev/null 3>&- 4>&-
  not grep -E '^[0-9]+ (clone|clone3|fork|vfork|mount|move_mount|fsopen|fsmount|open_tree|unshare|setns|mkdir|mkdirat|mknod|unlink|unlinkat|rename|renameat|execveat|kill)\(' "$DIR/trace"
}
@test "plan refuses what run would refuse, in the same words" {
  configure '.process.user.uid = "0"'
  call plan "$BUNDLE"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  grep -q '/process/user/uid' "$ERR"
  one_line "$ERR"
}
@test "plan --facts FILE makes the plan of another host" {
  call plan --help
  grep -q facts "$OUT"
}
