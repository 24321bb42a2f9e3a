#!/usr/bin/env bats
# SELinux: init, exec and what is mounted have the labels that the config names. Runs in the machine of tests/vm/run --lsm selinux.
load ../integration/helpers

setup() {
  set_up
  [ -d /sys/fs/selinux ] && [ -f /sys/fs/selinux/policyvers ] || skip "this host has no SELinux"
  PROCESS=$(first_known system_u:system_r:container_t:s0 system_u:system_r:unconfined_t:s0 unconfined_u:unconfined_r:unconfined_t:s0)
  OTHER=$(first_known system_u:system_r:spc_t:s0 system_u:system_r:init_t:s0 system_u:system_r:initrc_t:s0)
  FILES=$(first_known system_u:object_r:container_file_t:s0 system_u:object_r:tmpfs_t:s0 system_u:object_r:tmp_t:s0)
}
first_known() { # LABEL...: what the policy has
  local label
  for label; do
    if printf '%s' "$label" >/sys/fs/selinux/context 2>/dev/null; then echo "$label" && return 0; fi
  done
  echo "none of $* is in the policy" >&2
  return 1
}
# A category of their own is the form in which engines give them
own() { tr -d '\0' <"/proc/$1/attr/current"; }

# jq before 1.7 takes $label for a word of its own.
@test "selinux: the first process and exec have the label" {
  alone
  configure '.process.selinuxLabel = $context' --arg context "$PROCESS"
  call run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  [ "$(own "$(pid_of)")" = "$PROCESS" ]
  call exec "$ID" sh -c 'tr -d "\0" </proc/self/attr/current'
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = "$PROCESS" ]
  call exec --process-label "$OTHER" "$ID" sh -c 'tr -d "\0" </proc/self/attr/current'
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = "$OTHER" ]
  jq '.process | .args = ["sh", "-c", "tr -d \"\\0\" </proc/self/attr/current"] | .selinuxLabel = $context' --arg context "$OTHER" \
    "$BUNDLE/config.json" >"$DIR/process.json"
  call exec --process "$DIR/process.json" "$ID"
  [ "$(cat "$OUT")" = "$OTHER" ]
}
@test "selinux: the keyring and the mounts have their labels" {
  alone
  configure '.process.selinuxLabel = $context | .linux.mountLabel = $files | .mounts += [{destination: "/labelled", type: "tmpfs", source: "tmpfs"}]' \
    --arg context "$PROCESS" --arg files "$FILES"
  call run -d --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  local pid
  pid=$(pid_of)
  [ "$(stat -c %C "/proc/$pid/root/labelled")" = "$FILES" ]
  [ "$(stat -c %C "/proc/$pid/root/dev")" = "$FILES" ]
  [ "$(stat -c %C "/proc/$pid/root/dev/shm")" = "$FILES" ]
  [ "$(stat -c %C "/proc/$pid/root/dev/mqueue")" = "$FILES" ] # takes no context=
  not [ "$(stat -c %C "/proc/$pid/root/proc")" = "$FILES" ]
  [ -z "$(tr -d '\0' <"/proc/$pid/attr/keycreate")" ]
}
@test "selinux: a new session keyring has the process's label" {
  alone
  printf '%s\n' '#include <linux/keyctl.h>' '#include <stdio.h>' '#include <sys/syscall.h>' '#include <unistd.h>' \
    'int main(void) { char label[256]; long n = syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, label, 256);' \
    'return n < 1 || puts(label) < 0; }' | gcc -static -x c -o "$BUNDLE/rootfs/bin/label-of-keyring" -
  configure '.process.selinuxLabel = $context | .process.args = ["label-of-keyring"]' --arg context "$PROCESS"
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = "$PROCESS" ]
}
@test "selinux: a label of exec alone: the container has none" {
  alone
  call run -d --bundle "$BUNDLE" "$ID"
  call exec --process-label "$PROCESS" "$ID" sh -c 'tr -d "\0" </proc/self/attr/current'
  cat "$ERR"
  [ "$(cat "$OUT")" = "$PROCESS" ]
}
@test "selinux: a label that the policy does not know is an error, one line, nothing left" {
  alone
  configure '.process.selinuxLabel = "no:such:label_t:s0"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  grep -q 'no:such:label_t:s0' "$ERR"
  one_line "$ERR"
  configure 'del(.process.selinuxLabel) | .linux.mountLabel = "no:such:label_t:s0"'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  one_line "$ERR"
  nothing_left
}
@test "selinux: beside runc" {
  labels() {
    configure '.process.selinuxLabel = $context | .linux.mountLabel = $files' --arg context "$PROCESS" --arg files "$FILES"
    call run -d --bundle "$BUNDLE" "$ID"
    own "$(pid_of)"
    local dir
    for dir in dev dev/shm dev/pts dev/mqueue proc sys; do stat -c '%n %C' "/proc/$(pid_of)/root/$dir" | sed 's#.*/root/##'; done
    step exec "$ID" sh -c 'tr -d "\0" </proc/self/attr/current'
    does delete --force "$ID"
  }
  both labels
  said "dev/mqueue $FILES"
}
