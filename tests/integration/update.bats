#!/usr/bin/env bats
# update: what stands in the control files afterwards, what is remembered, what is refused and then put back.
load helpers

v1() { [ -d "/sys/fs/cgroup/$1" ] || skip "no v1 $1 controller here"; }
value() { cat "/sys/fs/cgroup/$1/$ID/$2"; }
limits() { # what the kernel says
  local file
  for file in memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.memsw.limit_in_bytes cpu/cpu.shares \
    cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpuset/cpuset.cpus pids/pids.max; do
    [ ! -f "/sys/fs/cgroup/${file%/*}/$ID/${file#*/}" ] || echo "$file $(value "${file%/*}" "${file#*/}")"
  done
}
created() { # LIMITS: a container with these
  configure '.linux.resources = {devices: [{allow: false, access: "rwm"}]} + $limits' --argjson limits "$1"
  call create --bundle "$BUNDLE" "$ID"
}
asks() { # JSON ARGS...: update from standard input
  local json=$1
  shift
  STEP=$((STEP + 1)) OUT=$DIR/out.$STEP ERR=$DIR/err.$STEP CODE=0
  rt update "$@" "$ID" <<<"$json" >"$OUT" 2>"$ERR" || CODE=$?
  echo "update $* $json: exit $CODE"
}

v2() { [ -f /sys/fs/cgroup/cgroup.controllers ] || skip "not a pure cgroup v2 host"; }
v2_value() { cat "/sys/fs/cgroup/$ID/$1"; }
v2_limits() {
  local file
  for file in memory.max memory.low memory.swap.max cpu.max cpuset.cpus pids.max; do # runc 1.1 has an older formula for cpu.weight
    [ ! -f "/sys/fs/cgroup/$ID/$file" ] || echo "$file $(v2_value "$file")"
  done
}

by_options() {
  created '{"memory": {"limit": 33554432}, "cpu": {"shares": 100, "quota": 50000, "period": 100000}, "pids": {"limit": 20}}'
  local words
  while read -r words; do
    # shellcheck disable=SC2086 # several words
    does update $words "$ID"
    limits
  done <<'WORDS'
--memory 64M
--memory 67108864 --memory-reservation 32m
--memory 50331648 --memory-swap 100663296
--memory 40M --memory-swap 48M
--memory 200M --memory-swap 300M
--memory-swap -1
--memory -1
--cpu-period 90000
--cpu-quota 60000
--cpu-quota -1 --cpu-period 100000
--cpu-share 200 --cpuset-cpus 0 --pids-limit 10
--pids-limit -1
WORDS
}
@test "options: memory, cpu, cpuset, pids, one after the other" {
  v1 memory
  both by_options
  said 'memory.limit_in_bytes 52428800|memory.limit_in_bytes 41943040'
  said 'pids.max 10$'
}

by_json() {
  created '{"memory": {"limit": 33554432}, "pids": {"limit": 20}}'
  asks '{"memory": {"limit": 67108864, "reservation": 33554432}, "cpu": {"shares": 256, "quota": 20000, "period": 50000, "cpus": "0"}, "pids": {"limit": 9}}' -r -
  limits
  asks '{"memory": {"limit": 0, "swap": 0}, "cpu": {"shares": 0, "quota": 0, "period": 0, "cpus": ""}, "blockIO": {"weight": 0}}' --resources=-
  limits
  echo '{"pids": {"limit": 11}}' >"$DIR/limits"
  does update --resources="$DIR/limits" --pids-limit 5 "$ID"
  limits
}
@test "JSON from standard input and from a file; zeros leave alone" {
  v1 memory
  both by_json
  said 'pids.max 11$'
}

in_every_status() {
  created '{"pids": {"limit": 20}}'
  does update --pids-limit 21 "$ID"
  does start "$ID"
  does update --pids-limit 22 "$ID"
  does pause "$ID"
  does update --pids-limit 23 "$ID"
  value pids pids.max
  does resume "$ID"
  does kill "$ID" KILL
  wait_until status_is stopped
  refused 'container not running' update --pids-limit 24 "$ID"
  refused 'container does not exist' update --pids-limit 24 "$ID-other"
}
@test "created, running, paused; not stopped" {
  v1 pids
  both in_every_status
  said '^23$'
}

mistakes() {
  created '{"memory": {"limit": 33554432}}'
  refused "invalid value for memory: invalid size: 'xx'" update --memory xx "$ID"
  refused 'invalid value for cpu-quota: strconv.ParseInt: parsing "1x": invalid syntax' update --cpu-quota 1x "$ID"
  refused 'invalid value for cpu-share: strconv.ParseUint: parsing "-1": invalid syntax' update --cpu-share -1 "$ID"
  does update --cpuset-cpus 4000 "$ID"
  does update --resources="$DIR/nowhere" "$ID"
  asks '{"memory": {"limit": "5"}}' -r -
  asks '{' -r -
  asks '{"unified": {"memory.max": "5"}}' -r -
  limits
}
@test "refused, in runc's words, and nothing is changed" {
  v1 memory
  both mistakes
}

@test "the error of a document names its place" {
  v1 pids
  alone
  created '{}'
  asks '{"pids": {"limit": "5"}}' -r -
  [ "$CODE" = 1 ]
  grep -q 'standard input:1:20, at /pids/limit' "$ERR"
}

@test "when one limit is refused, those before it are put back" {
  v1 memory
  v1 cpuset
  alone
  created '{"memory": {"limit": 33554432}, "pids": {"limit": 20}}'
  limits >"$DIR/before"
  call update --memory 64M --memory-reservation 20M --cpu-share 7 --blkio-weight 1000 --cpu-period 5 --cpuset-cpus 0 "$ID" # a period below 1 ms
  [ "$CODE" = 1 ]
  grep -q 'cpu.cfs_period_us' "$ERR"
  limits | diff "$DIR/before" -
  not test -e "$STATE/$ID/limits.json"
  call update --memory 10M --memory-swap 5M "$ID" # runc 1.1 leaves the memory limit at 10 MiB
  [ "$CODE" = 1 ]
  grep -q 'memory+swap limit should be >= memory limit' "$ERR"
  limits | diff "$DIR/before" -
}

nearly_full() { # 50 of 128 MiB are in use, and cannot be taken away
  configure '.linux.resources = {memory: {limit: 134217728, swap: 134217728}, pids: {limit: 20}}
    | .mounts += [{destination: "/fill", type: "tmpfs", source: "tmpfs"}]'
  shell 'head -c 50000000 /dev/zero >/fill/x; : >/fill/full; exec sleep 1000'
  call run -d --bundle "$BUNDLE" "$ID"
  local pid
  pid=$(pid_of)
  wait_until test -e "/proc/$pid/root/fill/full"
}
@test "a limit in use is not lowered below it, running or paused; others are, and raised again" {
  v1 memory
  alone
  nearly_full
  local status
  for status in running paused; do
    [ $status = running ] || call pause "$ID"
    call update --memory 20M "$ID"
    [ "$CODE" = 1 ]
    grep -qE 'unable to set memory limit to 20971520 \(current usage: [0-9]+, peak usage: [0-9]+\)' "$ERR"
    [ "$(value memory memory.limit_in_bytes)" = 134217728 ]
    call update --memory 100M --pids-limit 1 --cpu-share 2 --cpu-quota 5000 --cpu-period 100000 "$ID"
    [ "$CODE" = 0 ]
    [ "$(value memory memory.limit_in_bytes) $(value pids pids.max) $(value cpu cpu.cfs_quota_us)" = "104857600 1 5000" ]
    call update --memory 128M --pids-limit 20 --cpu-share 1024 --cpu-quota -1 "$ID"
    [ "$CODE" = 0 ]
    [ "$(value memory memory.limit_in_bytes) $(value pids pids.max) $(value cpu cpu.cfs_quota_us)" = "134217728 20 -1" ]
    status_is $status
  done
}
@test "cgroup v2: a limit in use is not lowered below it where that is asked for, running or paused; others are, and raised again" {
  v2
  alone
  nearly_full
  local status
  for status in running paused; do
    [ $status = running ] || call pause "$ID"
    asks '{"memory": {"limit": 20971520, "swap": 20971520, "checkBeforeUpdate": true}}' -r -
    [ "$CODE" = 1 ]
    grep -qE 'rejecting memory(\+swap)? limit 20971520 <= usage [0-9]+' "$ERR"
    [ "$(v2_value memory.max)" = 134217728 ]
    asks '{"memory": {"limit": 104857600, "swap": 104857600, "checkBeforeUpdate": true}, "pids": {"limit": 1},
      "cpu": {"shares": 2, "quota": 5000, "period": 100000}}' -r -
    [ "$CODE" = 0 ]
    [ "$(v2_value memory.max) $(v2_value pids.max) $(v2_value cpu.weight) $(v2_value cpu.max)" = "104857600 1 1 5000 100000" ]
    call update --memory 128M --memory-swap 128M --pids-limit 20 --cpu-share 1024 --cpu-quota -1 "$ID"
    [ "$CODE" = 0 ]
    [ "$(v2_value memory.max) $(v2_value pids.max) $(v2_value cpu.weight) $(v2_value cpu.max)" = "134217728 20 100 max 100000" ]
    status_is $status
  done
}

@test "what somebody else has set meanwhile stays, when it was not asked for" {
  v1 pids
  alone
  created '{"pids": {"limit": 20}, "cpu": {"shares": 100}}'
  echo 300 >"/sys/fs/cgroup/cpu/$ID/cpu.shares"
  call update --pids-limit 30 "$ID"
  [ "$(value pids pids.max)" = 30 ]
  [ "$(value cpu cpu.shares)" = 300 ]
}

devices_stay() {
  configure '.linux.resources = {devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]}'
  call create --bundle "$BUNDLE" "$ID"
  value devices devices.list | sort >"$DIR/list"
  asks '{"devices": [{"allow": true, "access": "rwm"}], "pids": {"limit": 9}}' -r -
  value devices devices.list | sort | diff "$DIR/list" - && echo same
}
@test "device rules are not touched" {
  v1 devices
  both devices_stay
  said '^same$'
}

@test "throttling of devices: one more, another rate for one" { # runc 1.1 passes over them
  v1 blkio
  alone
  local disk json
  disk=$(lsblk -dnbo MAJ:MIN 2>/dev/null | head -1 | tr -d ' ')
  [ -n "$disk" ] || skip "no disk to throttle"
  created '{}'
  json='{"blockIO": {"throttleReadBpsDevice": [{"major": '${disk%:*}', "minor": '${disk#*:}', "rate": RATE}]}}'
  asks "${json/RATE/1048576}" -r -
  [ "$(value blkio blkio.throttle.read_bps_device)" = "$disk 1048576" ]
  asks "${json/RATE/2097152}" -r -
  [ "$(value blkio blkio.throttle.read_bps_device)" = "$disk 2097152" ]
  asks '{"blockIO": {"throttleWriteIOPSDevice": [{"major": '"${disk%:*}"', "minor": '"${disk#*:}"', "rate": 90}]}}' -r -
  [ "$(value blkio blkio.throttle.write_iops_device)" = "$disk 90" ]
  jq -c .blockIO "$STATE/$ID/limits.json" | grep -q '"rate":2097152.*"throttleWriteIOPSDevice"'
}

v2_by_options() {
  created '{"memory": {"limit": 33554432}, "cpu": {"shares": 100, "quota": 50000, "period": 100000}, "pids": {"limit": 20}}'
  local words
  while read -r words; do
    # shellcheck disable=SC2086 # several words
    does update $words "$ID"
    v2_limits
  done <<'WORDS'
--memory 64M --memory-reservation 32M
--memory 40M --memory-swap 48M
--memory -1
--cpu-period 90000 --cpu-quota 50000
--cpu-quota 60000
--cpu-share 200 --cpuset-cpus 0 --pids-limit 10
--pids-limit -1
WORDS
  asks '{"unified": {"pids.max": "12", "memory.high": "30000000", "cpu.weight": "16"}}' -r -
  v2_limits
  v2_value memory.high
  v2_value cpu.weight
}
@test "cgroup v2: options, and files by their names" {
  v2
  both v2_by_options
  said 'memory.swap.max 8388608'
  said 'pids.max 12'
}
@test "cgroup v2: a period alone keeps the quota" { # runc 1.1 takes the quota off: "max 90000"
  v2
  alone
  created '{"cpu": {"quota": 50000, "period": 100000}}'
  call update --cpu-period 90000 "$ID"
  [ "$CODE" -eq 0 ]
  [ "$(cat "/sys/fs/cgroup/$ID/cpu.max")" = "50000 90000" ]
}

@test "cgroup v2: when one limit is refused, those before it are put back" {
  v2
  alone
  created '{"memory": {"limit": 33554432}, "pids": {"limit": 20}}'
  v2_limits >"$DIR/before"
  call update --pids-limit 9 --memory 64M --memory-reservation 20M --cpu-share 7 --cpu-period 5 "$ID"
  [ "$CODE" = 1 ]
  grep -q 'cpu.max' "$ERR"
  v2_limits | diff "$DIR/before" -
  asks '{"memory": {"limit": 1024, "checkBeforeUpdate": true}}' -r - # runc 1.1 does not know it, and init is killed
  grep -q 'rejecting memory limit 1024 <= usage' "$ERR"
  asks '{"memory": {"limit": 1024, "swap": 2048, "checkBeforeUpdate": true}}' -r -
  grep -q 'rejecting memory+swap limit 2048 <= usage' "$ERR"
  v2_limits | diff "$DIR/before" -
}
