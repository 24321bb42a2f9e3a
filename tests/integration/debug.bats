#!/usr/bin/env bats
# --debug: what it tells, and where.
load helpers

told() { # FILE WORDS...
  local words
  for words in "${@:2}"; do grep -F "$words" "$1" | grep -q 'level=debug\|"level":"debug"'; done
}

@test "--debug tells the way into the container, --log takes it away from standard error" {
  alone
  shell 'echo said'
  call --debug run --bundle "$BUNDLE" "$ID"
  [ "$CODE" = 0 ]
  told "$ERR" "nsexec container setup" "child process in init()" "init: closing the pipe to signal completion"
  for format in text json; do
    call --debug --log "$DIR/log.$format" --log-format $format run --bundle "$BUNDLE" "$ID"
    [ "$CODE" = 0 ]
    not grep . "$ERR"
    told "$DIR/log.$format" "nsexec container setup" "child process in init()"
  done
  jq -e .msg "$DIR/log.json" >/dev/null
}
@test "without --debug nothing is told when all is well" {
  alone
  shell 'true'
  call --log "$DIR/log" run --bundle "$BUNDLE" "$ID"
  [ "$CODE" = 0 ]
  [ ! -s "$DIR/log" ]
  not grep . "$ERR"
}
@test "--debug exec tells of the process, its CPUs and its filter's flags" {
  alone
  configure '.process.execCPUAffinity = {initial: "0"} | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_LOG"],
    syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
  call run --detach --bundle "$BUNDLE" "$ID"
  call --debug exec "$ID" true
  [ "$CODE" = 0 ]
  told "$ERR" "setns_init: about to exec" "nsexec container setup: affinity: 0x1" '"seccomp filter flags: 2"'
}
