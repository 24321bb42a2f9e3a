#!/usr/bin/env bats
# events: statistics as runc prints them, word of a lack of memory, and the end.
load helpers

memory_is_counted() {
  [ -d /sys/fs/cgroup/memory ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip "no memory controller here"
}

shape() { # every key of a line with the type of its value; less what newer ones
  # leave out when it is zero (1.1 does not), or have added, and what the first reader of the files alone is charged for
  jq -c '[paths(type != "object") as $p | {key: ($p | map(if type == "number" then "N" else . end) | join(".")), value: (getpath($p) | type)}] | unique
    | map(select(.key | test("throttling|kernelTCP|psi|memory.kernel|memory.usage.max|hugetlb|blkio|memory.cache") | not))[]' "$1"
}
once() {
  configure '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 33}}'
  call run -d --bundle "$BUNDLE" "$ID"
  call events --stats "$ID"
  echo "exit $CODE, $(wc -l <"$OUT") line"
  shape "$OUT"
  jq -c '[.type, .id, .data.pids, .data.memory.usage.limit, .data.cpuset]' "$OUT"
}
@test "--stats: one line, with runc's keys and types" {
  memory_is_counted
  both once
  said '"data.memory.raw.(cache|file)"'
  said '67108864'
}

not_running() {
  call create --bundle "$BUNDLE" "$ID"
  does kill "$ID" KILL
  wait_until status_is stopped
  refused "container with id $ID is not running" events --stats "$ID"
  refused 'container does not exist' events "$ID-other"
  refused 'duration interval must be greater than 0' events --interval 0s "$ID"
  refused 'invalid value "5"' events --interval 5 "$ID"
}
@test "refused: stopped, unknown, no interval" {
  both not_running
}

stream() {
  call run -d --bundle "$BUNDLE" "$ID"
  in_background rt events --interval 100ms "$ID"
  wait_until grep -q stats "$DIR/background.out"
  does delete --force "$ID"
  wait "$PID" && echo "ended with $?"
  jq -rc '[.type, .id, (.data | type)]' "$DIR/background.out" | sort -u
}
@test "statistics at every interval until the container is gone" {
  memory_is_counted
  both stream
  said 'ended with 0'
}

out_of_memory() {
  configure '.linux.resources.memory = {limit: 33554432, swap: 33554432}'
  call run -d --bundle "$BUNDLE" "$ID"
  in_background rt events --interval 100ms "$ID"
  wait_until grep -q stats "$DIR/background.out"
  call exec "$ID" sh -c 'x=$(head -c 100000000 /dev/zero | tr "\0" x)'
  wait_until grep -q oom "$DIR/background.out"
  grep oom "$DIR/background.out" | sort -u
  does delete --force "$ID"
  wait "$PID" && echo "ended with $?"
}
@test "out of memory" {
  memory_is_counted
  both out_of_memory
  said '^{"type":"oom","id":"ID"}$'
}

@test "--stats: pressure and huge pages on cgroup v2" { # newer than runc 1.1
  [ -f /sys/fs/cgroup/cpu.pressure ] || skip "no pressure stall information for groups here"
  alone
  call run -d --bundle "$BUNDLE" "$ID"
  call events --stats "$ID"
  jq -e '.data | (.cpu.psi.some.avg10 | type) == "number" and (.memory.psi.full.total | type) == "number" and .blkio.psi != null' "$OUT"
  ! grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || jq -e '.data.hugetlb["2MB"].failcnt == 0' "$OUT"
}

@test "ends when the last process has ended, before anybody deletes" {
  memory_is_counted
  alone
  shell 'sleep 1'
  call run -d --bundle "$BUNDLE" "$ID"
  in_background rt events --interval 1h "$ID"
  wait "$PID"
  status_is stopped
}
