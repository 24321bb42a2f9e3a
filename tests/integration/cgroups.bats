#!/usr/bin/env bats
# Control groups: where the container is, its limits read back, what delete takes away.
load helpers

limits() { # JSON of linux.resources: create, and read every control file that a limit can change
  configure '.linux.resources = {devices: [{allow: false, access: "rwm"}]} + $limits' --argjson limits "$1"
  call create --bundle "$BUNDLE" "$ID"
  echo "create: $CODE"
  cat "$ERR"
  local file
  for file in memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.swappiness \
    memory/memory.oom_control memory/memory.use_hierarchy memory/memory.kmem.tcp.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.rt_runtime_us cpu/cpu.rt_period_us \
    cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max blkio/blkio.weight blkio/blkio.bfq.weight blkio/blkio.throttle.read_bps_device \
    blkio/blkio.throttle.write_iops_device freezer/freezer.state hugetlb/hugetlb.2MB.limit_in_bytes; do
    [ ! -f "/sys/fs/cgroup/${file%/*}/$ID/${file#*/}" ] || { echo "$file:" && cat "/sys/fs/cgroup/${file%/*}/$ID/${file#*/}"; }
  done
  does delete --force "$ID"
}
v1() { [ -d "/sys/fs/cgroup/$1" ] || skip "no v1 $1 controller here"; }

@test "memory limits" {
  v1 memory
  both limits '{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 134217728}}'
  said 67108864
  said 33554432
}
@test "memory: unlimited, and a limit without swap" {
  v1 memory
  both many_limits '{"memory": {"limit": -1, "swap": -1}}' '{"memory": {"limit": 33554432}}' '{"memory": {"disableOOMKiller": true}}' '{"memory": {"disableOOMKiller": false}}'
}
many_limits() {
  local one
  for one; do limits "$one"; done
}
@test "memory: swappiness" {
  v1 memory
  both many_limits '{"memory": {"swappiness": 33}}' '{"memory": {"useHierarchy": true}}'
  said '^33$'
}
@test "cpu shares, quota and period" {
  v1 cpu
  both many_limits '{"cpu": {"shares": 512}}' '{"cpu": {"quota": 50000, "period": 200000}}' '{"cpu": {"quota": 20000}}' '{"cpu": {"period": 50000}}' '{"cpu": {"quota": -1}}' '{"cpu": {"shares": 0}}'
  said '^512$'
  said '^50000$'
}
@test "cpuset" {
  v1 cpuset
  both limits '{"cpu": {"cpus": "0", "mems": "0"}}'
}
@test "pids" {
  v1 pids
  both many_limits '{"pids": {"limit": 33}}' '{"pids": {"limit": -1}}'
  said '^33$'
}
@test "block io: throttling and weights as engines write them" {
  v1 blkio
  local disk
  disk=$(lsblk -dnbo MAJ:MIN 2>/dev/null | head -1 | tr -d ' ')
  [ -n "$disk" ] || skip "no disk to throttle"
  both many_limits "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 1048576}]}}" '{"blockIO": {"weight": 0}}'
}
@test "block io: every kind of throttling" {
  v1 blkio
  local disk kind
  disk=$(lsblk -dnbo MAJ:MIN 2>/dev/null | head -1 | tr -d ' ')
  [ -n "$disk" ] || skip "no disk to throttle"
  alone
  configure '.linux.resources.blockIO = ([$ARGS.positional[] | {(.): [{major: $major, minor: $minor, rate: 1048576}]}] | add)' \
    --argjson major "${disk%:*}" --argjson minor "${disk#*:}" --args throttleReadBpsDevice throttleWriteBpsDevice throttleReadIOPSDevice throttleWriteIOPSDevice
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  for kind in read_bps write_bps read_iops write_iops; do
    [ "$(cat "/sys/fs/cgroup/blkio/$ID/blkio.throttle.${kind}_device")" = "$disk 1048576" ]
  done
}
@test "all limits of a usual engine at once" {
  both limits '{"memory": {"limit": 134217728, "swap": 268435456}, "cpu": {"shares": 256, "quota": 100000, "period": 100000}, "pids": {"limit": 100}, "blockIO": {"weight": 0}}'
}

@test "cpu: burst, idle, real-time budgets" {
  v1 cpu
  alone # newer than runc 1.1, but for the budgets
  local group=/sys/fs/cgroup/cpu/$ID
  configure '.linux.resources.cpu = {quota: 50000, period: 100000, burst: 20000}'
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  if [ -e "$group/cpu.cfs_burst_us" ]; then [ "$(cat "$group/cpu.cfs_burst_us")" = 20000 ]; fi
  call delete "$ID"
  configure '.linux.resources.cpu = {idle: 1}'
  [ -e /sys/fs/cgroup/cpu/cpu.idle ] || skip "this kernel has no idle groups"
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$(cat "$group/cpu.idle")" = 1 ]
  call delete "$ID"
}
real_time() {
  limits '{"cpu": {"realtimeRuntime": 5000, "realtimePeriod": 500000}}'
  limits '{"cpu": {"realtimeRuntime": 600000, "realtimePeriod": 2000000}}' # beyond the default period: its order matters
}
@test "cpu: real-time budgets are there before the first process" {
  v1 cpu
  [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "this kernel has no real-time budgets"
  both real_time
  said '^5000$'
  said '^600000$'
}
clamped() {
  local one words
  while read -r words one; do
    configure '.linux.resources = $limits' --argjson limits "$one"
    refused "${words//_/ }" create --bundle "$BUNDLE" "$ID"
  done <<'END'
the_minimum_allowed_cpu-shares_is_2 {"cpu": {"shares": 1}}
the_maximum_allowed_cpu-shares_is_262144 {"cpu": {"shares": 262145}}
cannot_use_unified_on_cgroup_v1 {"unified": {"memory.high": "1"}}
END
}
@test "limits that the kernel would change or refuse are errors, and leave no group" {
  v1 cpu
  both clamped
  said ': yes$'
  not grep -q ': no$' "$BATS_TEST_TMPDIR/minc/normal"
}
@test "limits that nothing could hold are errors: no controller, no such device, no such page" {
  alone
  local one
  for one in '{"memory": {"limit": 33554432, "swap": 16777216}}' '{"hugepageLimits": [{"pageSize": "3MB", "limit": 1}]}' '{"rdma": {"mlx5_9": {"hcaHandles": 1}}}' '{"memory": {"swappiness": 101}}' \
    '{"cpu": {"quota": 1000, "burst": 2000}}' '{"cpu": {"idle": 2}}' '{"cpu": {"cpus": "4000"}}' '{"blockIO": {"weight": 9}}' \
    '{"blockIO": {"weightDevice": [{"major": 8, "minor": 0}]}}' '{"blockIO": {"throttleReadBpsDevice": [{"major": 4000, "minor": 0, "rate": 1}]}}'; do
    configure '.linux.resources = $limits' --argjson limits "$one"
    call create --bundle "$BUNDLE" "$ID"
    echo "$one: $CODE"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q 'at /linux/resources/' "$ERR"
    one_line "$ERR"
  done
  nothing_left
}

limits_hold() {
  configure '.linux.resources.pids = {limit: 5}'
  shell 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done 2>/dev/null; true'
  call run --bundle "$BUNDLE" "$ID"
  echo "pids: $CODE"
  configure 'del(.linux.resources.pids) | .linux.resources.memory = {limit: 16777216, swap: 16777216}'
  shell 'head -c 100000000 /dev/zero | tail -c 100000000 | wc -c'
  call run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT")" = 100000000 ] || echo "not all of it"
}
@test "limits hold: too many processes, too much memory" {
  both limits_hold
  said 'not all of it'
}

where() {
  local path
  for path in '"/'"$ID"'"' '"/'"$ID-parent/below"'"' '"'"$ID-relative/below"'"' '"/'"$ID"'/../'"$ID-dots"'"' null; do
    configure ".linux.cgroupsPath = $path"
    call create --bundle "$BUNDLE" "$ID"
    echo "$path: $CODE"
    cat "$ERR"
    sort -t: -k2 "/proc/$(pid_of)/cgroup" | sed 's/^[0-9]*://'
    does delete --force "$ID"
    cgroups_of_ours
  done
}
@test "where the container's cgroups are, by cgroupsPath; which parents stay" {
  both where
}

sub_groups() {
  call run -d --bundle "$BUNDLE" "$ID"
  local dir
  for dir in /sys/fs/cgroup/*/"$ID"; do mkdir -p "$dir/a/b" "$dir/c"; done
  does kill "$ID" KILL
  wait_until status_is stopped
  step delete "$ID"
}
@test "delete removes groups that the container made below its own" {
  both sub_groups
}
occupied() {
  local group=/sys/fs/cgroup/pids/$ID
  [ -d /sys/fs/cgroup/pids ] || group=/sys/fs/cgroup/$ID # pure v2
  mkdir "$group"
  in_background sleep 100
  echo "$PID" >"$group/cgroup.procs"
  refused "container's cgroup is not empty: 1 process(es) found" run --bundle "$BUNDLE" "$ID"
  kill -0 "$PID" && echo "the other process lives"
  [ -d "$group" ] && echo "its group too"
  kill -KILL "$PID"
  wait "$PID" 2>/dev/null || :
  rmdir "$group"
}
@test "a group with somebody else's processes is refused and left alone" { # runc since 1.2
  alone
  [ -d /sys/fs/cgroup/pids ] || [ -f /sys/fs/cgroup/cgroup.controllers ] || skip "no pids controller here"
  occupied >"$DIR/transcript"
  cat "$DIR/transcript"
  grep -q ': yes$' "$DIR/transcript"
  grep -q 'the other process lives' "$DIR/transcript"
  grep -q 'its group too' "$DIR/transcript"
  nothing_left
}
@test "a group that was there before is not removed" {
  alone
  mkdir "/sys/fs/cgroup/pids/$ID" 2>/dev/null || skip "no v1 pids controller here"
  shell true
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  local kept=no
  [ ! -d "/sys/fs/cgroup/pids/$ID" ] || kept=yes
  rmdir "/sys/fs/cgroup/pids/$ID" || :
  [ "$CODE" -eq 0 ]
  [ $kept = yes ]
}

@test "exec joins the container's groups" {
  both exec_groups
}
exec_groups() {
  call run -d --bundle "$BUNDLE" "$ID"
  step exec "$ID" sh -c 'cat /proc/self/cgroup; cat /proc/1/cgroup' | sed 's/^[0-9]*://' | sort
}

@test "unified resources on a v1 host are refused" {
  [ ! -f /sys/fs/cgroup/cgroup.controllers ] || skip "this host has v2"
  both unified
  said yes
}
unified() {
  configure '.linux.resources.unified = {"memory.high": "1000000"}'
  refused 'cannot use unified on cgroup v1' run --bundle "$BUNDLE" "$ID"
}

@test "a container starts under a memory limit of 512 KiB" {
  v1 memory
  alone
  configure '.linux.resources.memory = {limit: 524288, swap: 524288} | .process.args = ["echo", "started"]'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = started ]
}

pure_v2() { # COMMAND...: where the v2 tree of this host is all that is at /sys/fs/cgroup
  local tree=/sys/fs/cgroup
  [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || tree=/sys/fs/cgroup/unified
  unshare --mount --propagation private sh -c 'mount --bind "$0" /sys/fs/cgroup && exec "$@"' "$tree" "$@"
}
@test "run.oci.delegate-cgroup: below the container's group, entered after its cgroup namespace; exec follows" { # crun's
  alone
  [ -d /sys/fs/cgroup/unified ] || [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip "no cgroup v2"
  configure '.annotations["run.oci.delegate-cgroup"] = "payload/inner"'
  [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || refused 'a group can be delegated on cgroup v2 only' run --bundle "$BUNDLE" "$ID"
  # shellcheck disable=SC2317
  rt() { pure_v2 timeout -k 5 60 "$RT" --root "$STATE" "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }
  configure '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique'
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" = 0 ]
  grep -q "^0::/$ID/payload/inner$" "/proc/$(rt state "$ID" | jq .pid)/cgroup"
  call exec "$ID" cat /proc/self/cgroup
  cat "$OUT" "$ERR"
  grep -qx '0::/payload/inner' "$OUT"
  call ps "$ID"
  grep -q sleep "$OUT"
  call delete --force "$ID"
  nothing_left
}
