#!/usr/bin/env bats
# --systemd-cgroup: the container is a unit. Runs in the machine of tests/vm/run, on v2 and v1.
load ../integration/helpers

setup() {
  set_up
  [ -d /run/systemd/system ] || skip "needs systemd as process 1"
}
teardown() {
  systemctl stop "minct-$ID.scope" 2>/dev/null || :
  systemctl reset-failed "minct-$ID.scope" 2>/dev/null || :
  tear_down
}
is_v2() { [ -f /sys/fs/cgroup/cgroup.controllers ]; }

unit() { echo "minct-$ID.scope"; }
bundle_of_unit() {
  alone
  configure '.linux.cgroupsPath = "minct-tests.slice:minct:" + $id' --arg id "$ID"
}
sd() { call --systemd-cgroup "$@"; }
works() {
  sd "$@"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
}
property() { systemctl show -P "$1" "$(unit)"; }
says() { # PROPERTY=VALUE...
  local pair got
  for pair; do
    got=$(property "${pair%%=*}")
    [ "$got" = "${pair#*=}" ] || { echo "${pair%%=*} is \"$got\", not \"${pair#*=}\"" && return 1; }
  done
}
group_of_init() { sed -n 's/^0:://p; s/^[0-9]*:memory://p' "/proc/$(pid_of)/cgroup" | tail -1; }
no_unit() {
  [ "$(systemctl show -P LoadState "$(unit)")" = not-found ] || { systemctl status "$(unit)" --no-pager && return 1; }
  [ -z "$(find /sys/fs/cgroup -type d -name "$(unit)")" ]
}

@test "systemd: a scope in its slice, delegated, with its processes; delete leaves no unit" {
  bundle_of_unit
  works run -d --bundle "$BUNDLE" "$ID"
  says ActiveState=active Slice=minct-tests.slice Delegate=yes DefaultDependencies=no "Description=libcontainer container $ID" \
    MemoryAccounting=yes CPUAccounting=yes TasksAccounting=yes
  [ "$(group_of_init)" = "/minct.slice/minct-tests.slice/$(unit)" ]
  [ "$(property ControlGroup)" = "/minct.slice/minct-tests.slice/$(unit)" ]
  works exec "$ID" cat /proc/self/cgroup
  works exec -d "$ID" sleep 500
  [ "$(property TasksCurrent)" = 2 ]
  works kill "$ID" KILL
  wait_until status_is stopped
  works delete "$ID"
  no_unit
  nothing_left
}
@test "systemd: without a path system.slice and runc-ID.scope; - is the root; a wrong path is refused" {
  alone
  configure 'del(.linux.cgroupsPath)'
  works create --bundle "$BUNDLE" "$ID"
  [ "$(group_of_init)" = "/system.slice/runc-$ID.scope" ]
  works delete "$ID"
  [ "$(systemctl show -P LoadState "runc-$ID.scope")" = not-found ]
  configure '.linux.cgroupsPath = "-.slice:minct:" + $id' --arg id "$ID"
  works create --bundle "$BUNDLE" "$ID"
  [ "$(group_of_init)" = "/$(unit)" ]
  works delete "$ID"
  no_unit
  configure '.linux.cgroupsPath = "/a/b"'
  sd create --bundle "$BUNDLE" "$ID"
  [ "$CODE" -ne 0 ]
  grep -qF 'expected cgroupsPath to be of format' "$ERR"
  configure '.linux.cgroupsPath = "a--b.slice:x:y"'
  sd create --bundle "$BUNDLE" "$ID"
  grep -qF 'invalid slice name: a--b.slice' "$ERR"
  nothing_left
}
@test "systemd: limits are the unit's properties and the kernel's values, also after a reload" {
  is_v2 || skip "v2's names"
  bundle_of_unit
  configure '.linux.resources += {memory: {limit: 67108864, swap: 100663296, reservation: 33554432}, cpu: {shares: 512, quota: 12345, period: 50000, cpus: "0", mems: "0"}, pids: {limit: 55}}'
  works run -d --bundle "$BUNDLE" "$ID"
  says MemoryMax=67108864 MemorySwapMax=33554432 MemoryLow=33554432 CPUWeight=59 CPUQuotaPerSecUSec=250ms CPUQuotaPeriodUSec=50ms \
    AllowedCPUs=0 AllowedMemoryNodes=0 TasksMax=55
  local dir
  dir=/sys/fs/cgroup$(property ControlGroup)
  the_kernel_says() {
    cat "$dir"/{memory.max,memory.swap.max,memory.low,cpu.weight,cpu.max,cpuset.cpus,pids.max} | tr '\n' '|'
  }
  [ "$(the_kernel_says)" = '67108864|33554432|33554432|59|12500 50000|0|55|' ]
  systemctl daemon-reload
  [ "$(the_kernel_says)" = '67108864|33554432|33554432|59|12500 50000|0|55|' ]
  works exec "$ID" sh -c ': >/dev/null && head -c 1 /dev/zero >/dev/null'
  works delete --force "$ID"
  no_unit
}
@test "systemd: v1's limits" {
  ! is_v2 || skip "v1's names"
  bundle_of_unit
  configure '.linux.resources += {memory: {limit: 67108864}, cpu: {shares: 512, quota: 12345, period: 50000}, pids: {limit: 55}}'
  works run -d --bundle "$BUNDLE" "$ID"
  says MemoryLimit=67108864 CPUShares=512 CPUQuotaPerSecUSec=250ms TasksMax=55
  local group
  group=$(property ControlGroup)
  [ "$(cat "/sys/fs/cgroup/memory$group/memory.limit_in_bytes")" = 67108864 ]
  [ "$(cat "/sys/fs/cgroup/freezer$group/cgroup.procs")" = "$(pid_of)" ]
  [ "$(cat "/sys/fs/cgroup/cpuset$group/cgroup.procs")" = "$(pid_of)" ]
  works exec "$ID" sh -c ': >/dev/null && head -c 1 /dev/zero >/dev/null'
  works delete --force "$ID"
  no_unit
}
@test "systemd: devices are the unit's too, and hold after a reload" {
  bundle_of_unit
  configure '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]'
  works run -d --bundle "$BUNDLE" "$ID"
  says DevicePolicy=strict
  property DeviceAllow
  property DeviceAllow | grep -q '/dev/char/10:229 rw'
  property DeviceAllow | grep -q 'char-136 rwm'
  property DeviceAllow | grep -q '/dev/char/1:3 rwm'
  systemctl daemon-reload
  works exec "$ID" sh -c 'echo >/dev/null; : </dev/zero; mknod /dev/kmsg2 c 1 11 2>/dev/null; ! head -c 1 /dev/kmsg2 2>/dev/null'
  works delete --force "$ID"
  no_unit
}
@test "systemd: annotations are properties; wrong ones are refused" {
  bundle_of_unit
  configure '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 123456789", "org.systemd.property.CollectMode": "'"'inactive-or-failed'"'", "org.systemd.property.RuntimeMaxSec": "300"}'
  works create --bundle "$BUNDLE" "$ID"
  says 'TimeoutStopUSec=2min 3.456789s' CollectMode=inactive-or-failed RuntimeMaxUSec=5min
  works delete "$ID"
  no_unit
  configure '.annotations = {"org.systemd.property.X1": "true"}'
  sd create --bundle "$BUNDLE" "$ID"
  grep -qF 'annotation org.systemd.property.X1 name incorrect: too short' "$ERR"
  configure '.annotations = {"org.systemd.property.CollectMode": "oops"}'
  sd create --bundle "$BUNDLE" "$ID"
  grep -qF 'annotation org.systemd.property.CollectMode=oops value parse error' "$ERR"
  configure '.annotations = {"org.systemd.property.NoSuchThing": "true"}'
  sd create --bundle "$BUNDLE" "$ID"
  grep -qF 'NoSuchThing' "$ERR"
  [ "$CODE" -ne 0 ]
  no_unit
  nothing_left
}
@test "systemd: somebody else's unit of that name is refused and left alone; a failed one is reset" {
  bundle_of_unit
  systemd-run --scope --unit "minct-$ID" sleep 300 </dev/null >/dev/null 2>&1 3>&- 4>&- &
  wait_until systemctl is-active "$(unit)"
  sd run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  grep -qF "unable to start unit" "$ERR"
  systemctl is-active "$(unit)"
  systemctl kill --signal KILL "$(unit)"
  wait_until no_unit
  nothing_left
}
@test "systemd: the end of the first process, memory that ran out, a foreground run: no unit stays" {
  bundle_of_unit
  shell 'echo from inside; exit 3'
  sd run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -eq 3 ]
  grep -q 'from inside' "$OUT"
  no_unit
  configure '.linux.resources += {memory: {limit: 16777216, swap: 16777216}}'
  shell 'exec tail -c 100000000 /dev/zero'
  sd run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -ne 0 ]
  no_unit
  configure '.process.args = ["/nosuch"]'
  sd run --bundle "$BUNDLE" "$ID"
  [ "$CODE" -ne 0 ]
  no_unit
  nothing_left
}
@test "systemd: without a pid namespace all are killed at delete; pause and resume" {
  bundle_of_unit
  configure '.linux.namespaces |= map(select(.type != "pid"))'
  shell 'trap "" TERM; sleep 1000 & sleep 1000 & wait'
  works run -d --bundle "$BUNDLE" "$ID"
  works pause "$ID"
  status_is paused
  works resume "$ID"
  works delete --force "$ID"
  no_unit
  nothing_left
}
@test "systemd: cgroup mounts show the container's group, with and without a namespace" {
  bundle_of_unit
  configure '.linux.namespaces |= map(select(.type != "cgroup"))'
  shell 'cat /proc/self/cgroup; ls /sys/fs/cgroup; sleep 1000'
  works run -d --bundle "$BUNDLE" "$ID"
  wait_until grep -q "$(unit)" "$OUT"
  works exec "$ID" sh -c 'cat /sys/fs/cgroup/cgroup.procs || cat /sys/fs/cgroup/memory/cgroup.procs'
  grep -q '[0-9]' "$OUT"
  works delete --force "$ID"
  configure '.linux.namespaces += [{type: "cgroup"}]'
  works run -d --bundle "$BUNDLE" "$ID"
  works exec "$ID" cat /proc/1/cgroup
  grep -qE ':/$' "$OUT"
  works delete --force "$ID"
  no_unit
}
