#!/usr/bin/env bats
# linux.intelRdt. No processor is at hand that has it: with_resctrl puts a stand-in where resctrl would be mounted, a filesystem of
# our own that behaves as the kernel's does (fake_resctrl.py). What a real processor makes of it is not tested here.
load helpers

setup() {
  set_up
  [ -c /dev/fuse ] || skip "no /dev/fuse"
  /usr/bin/python3 -c 'import fusepy' 2>/dev/null || /usr/bin/python3 -c 'import fuse' 2>/dev/null || skip "no python3-fusepy"
  alone
}
rdt() { # JSON of linux.intelRdt
  configure '.linux.intelRdt = $rdt' --argjson rdt "$1"
}
with_rdt() { # SCRIPT: with `set -eu`; R is the stand-in's mount point, rt the runtime
  export RT STATE BUNDLE ID DIR
  R=/sys/fs/resctrl "$HERE/with_resctrl" bash -c "export R=/sys/fs/resctrl; cd \"\$DIR\"; set -eux; $1"
}
GONE='[ ! -e $R/$ID ] && [ "$(ls $R)" = "$(printf "info\nmon_groups\nschemata\ntasks")" ]'

@test "without closID: a group of the container's name, its processes in it, gone with it" {
  rdt '{"l3CacheSchema": "L3:0=f;1=ff", "memBwSchema": "MB:0=25"}'
  with_rdt '
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    cat $R/$ID/schemata
    grep -q "L3:0=00f;1=0ff" $R/$ID/schemata
    grep -q "MB:0= 30;1=100" $R/$ID/schemata
    pid=$(rt state "$ID" | jq .pid)
    grep -qx "$pid" $R/$ID/tasks
    rt start "$ID"
    rt exec -d --pid-file exec.pid "$ID" sleep 100
    grep -qx "$(cat exec.pid)" $R/$ID/tasks
    rt update --l3-cache-schema L3:0=3 --mem-bw-schema MB:0=50 "$ID"
    grep -q "L3:0=003;1=0ff" $R/$ID/schemata
    grep -q "MB:0= 50;1=100" $R/$ID/schemata
    rt delete --force "$ID"
    '"$GONE"
}
@test "later lines win: l3CacheSchema, memBwSchema, schemata" {
  rdt '{"l3CacheSchema": "L3:0=f;1=ff", "schemata": ["L3:0=3", "MB:1=10"]}'
  with_rdt '
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    grep -q "L3:0=003;1=0ff" $R/$ID/schemata
    grep -q "MB:0=100;1= 10" $R/$ID/schemata'
}
@test "a group of that name after the machine has started anew is somebody else's" {
  rdt '{"l3CacheSchema": "L3:0=f"}'
  with_rdt '
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    rt kill "$ID" KILL
    until [ "$(rt state "$ID" | jq -r .status)" = stopped ]; do sleep 0.02; done
    jq ".boot = \"00000000-0000-0000-0000-000000000000\"" "$STATE/$ID/state.json" >state.new
    cat state.new >"$STATE/$ID/state.json"
    rt delete --force "$ID"
    [ ! -e "$STATE/$ID" ] && [ -d $R/$ID ]'
}
@test "a group of the container's name that was there before stays" {
  rdt '{"l3CacheSchema": "L3:0=f"}'
  with_rdt '
    mkdir $R/$ID
    rt run --bundle "$BUNDLE" -d "$ID" </dev/null >/dev/null 2>&1
    grep -q "L3:0=00f" $R/$ID/schemata
    rt delete --force "$ID"
    [ -d $R/$ID ]'
}
@test "closID with schemata: made and kept; there already, it must have these schemata" {
  rdt '{"closID": "gold", "schemata": ["L3:0=0f", "MB:0=25"]}'
  with_rdt '
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    grep -q "L3:0=00f" $R/gold/schemata
    rt delete --force "$ID"
    [ -d $R/gold ]
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    grep -qx "$(rt state "$ID" | jq .pid)" $R/gold/tasks
    rt delete --force "$ID"
    echo "L3:0=3" >$R/gold/schemata
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    cat err
    grep -q "has other schemata than .*L3:0=0f.* (config.json:.*at /linux/intelRdt/schemata/0)" err
    grep -q "L3:0=003" $R/gold/schemata'
  nothing_left
}
@test "closID alone: the group must be there, and is not written to" {
  rdt '{"closID": "gold"}'
  with_rdt '
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    cat err
    grep -q "/sys/fs/resctrl/gold does not exist" err
    mkdir $R/gold
    echo "L3:0=3" >$R/gold/schemata
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    grep -q "L3:0=003" $R/gold/schemata
    grep -qx "$(rt state "$ID" | jq .pid)" $R/gold/tasks
    rt delete --force "$ID"
    [ -d $R/gold ]'
  nothing_left
}
@test "closID /: the root group" {
  rdt '{"closID": "/", "enableMonitoring": true}'
  with_rdt '
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    grep -qx "$(rt state "$ID" | jq .pid)" $R/tasks
    grep -qx "$(rt state "$ID" | jq .pid)" $R/mon_groups/$ID/tasks
    rt delete --force "$ID"
    '"$GONE"' && [ -z "$(ls $R/mon_groups)" ]'
}
@test "enableMonitoring: a group of the container's own, in closID's; create fails when there is none left" {
  rdt '{"closID": "gold", "enableMonitoring": true}'
  with_rdt '
    mkdir $R/gold
    rt run --bundle "$BUNDLE" -d "$ID" </dev/null >/dev/null 2>&1
    grep -qx "$(rt state "$ID" | jq .pid)" $R/gold/mon_groups/$ID/tasks
    rt exec -d --pid-file exec.pid "$ID" sleep 100
    grep -qx "$(cat exec.pid)" $R/gold/mon_groups/$ID/tasks
    rt delete --force "$ID"
    [ -z "$(ls $R/gold/mon_groups)" ]
    mkdir $R/mon_groups/one $R/mon_groups/two
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    cat err
    grep -q "enableMonitoring" err
    grep -q "Out of RMIDs" err
    rmdir $R/mon_groups/two
    mkdir $R/gold/mon_groups/$ID
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    [ -d $R/gold/mon_groups/$ID ]'
  nothing_left
}
@test "what the kernel refuses is told in its words, and leaves no group" {
  rdt '{"schemata": ["L3:0=f", "L7:0=1"]}'
  with_rdt '
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    cat err
    grep -q "L7:0=1.*last_cmd_status: Unknown or unsupported resource name" err
    grep -q "at /linux/intelRdt/schemata/1" err
    '"$GONE"
  rdt '{"closID": "gold", "schemata": ["L7:0=1"]}'
  with_rdt '
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    [ ! -e $R/gold ]'
  nothing_left
}
@test "a failed create and a runtime that is killed leave no group behind" {
  rdt '{"l3CacheSchema": "L3:0=f", "enableMonitoring": true}'
  configure '.process.args = ["/no/such/program"]'
  with_rdt '
    ! rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || exit 1
    '"$GONE"
  nothing_left
  configure '.process.args = ["true"] | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "kill -KILL $PPID; sleep 1"]}]'
  with_rdt '
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>err || :
    [ -d $R/$ID/mon_groups/$ID ]
    rt delete --force "$ID"
    '"$GONE"
  nothing_left
}
@test "without a resctrl that is mounted it is an error" {
  rdt '{"closID": "gold"}'
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  grep -q 'intelRdt is specified in config, but Intel RDT is not enabled' "$ERR"
  one_line "$ERR"
  nothing_left
}
@test "without intelRdt nothing of resctrl is touched" {
  with_rdt '
    rt run --bundle "$BUNDLE" -d "$ID" </dev/null >/dev/null 2>&1
    '"$GONE"' && [ -z "$(cat $R/tasks)" ]'
}
