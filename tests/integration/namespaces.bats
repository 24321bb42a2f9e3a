#!/usr/bin/env bats
# Namespaces, new and joined, and what depends on them: hostname, sysctl, user ids, the loopback interface.
load helpers

WHICH='for type in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$type; done'
compare_with_host() { # whose namespaces the container has: for each type, the host's or its own
  local type inside
  while read -r inside; do
    type=${inside%%:*}
    if [ "$(readlink "/proc/self/ns/$type")" = "$inside" ]; then echo "$type: the host's"; else echo "$type: its own"; fi
  done
}
kinds() { # TYPE...
  new_namespaces "$@"
  configure 'if ([.linux.namespaces[].type] | index("uts")) then . else del(.hostname) end'
  configure 'if ([.linux.namespaces[].type] | index("network")) then . else .mounts |= map(select(.destination != "/sys")) end'
  shell "$WHICH"
  call run --bundle "$BUNDLE" "$ID"
  echo "$*: $CODE"
  compare_with_host <"$OUT"
  cat "$ERR"
}
@test "each kind of namespace alone, beside the mount namespace" {
  both each_kind
  said 'uts: its own'
  said "uts: the host's"
}
each_kind() {
  local type
  kinds mount
  for type in pid ipc uts network cgroup; do kinds mount "$type"; done
  kinds mount pid ipc uts network cgroup
}

user_namespace() {
  new_namespaces pid network ipc uts mount user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  shell "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id; stat -c \"%A %h %u %g %t:%T %n\" / /dev /dev/null /dev/pts /dev/shm; $WHICH | sed 's/:.*//'
    grep -E '^(Cap|NoNew)' /proc/self/status; cat /proc/self/oom_score_adj"
  step run --bundle "$BUNDLE" "$ID"
  configure '.process.user = {uid: 1000, gid: 1000, additionalGids: [7]}'
  step run --bundle "$BUNDLE" "$ID"
  step run -d --bundle "$BUNDLE" "$ID"
  wait_until status_is stopped
  step delete "$ID"
}
@test "a user namespace with its maps" {
  both user_namespace
  said '0 +100000 +65536'
}
user_namespace_on_host() {
  new_namespaces pid network ipc uts mount user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}, {containerID: 1, hostID: 200000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
  configure '.mounts |= map(if .options then .options -= ["gid=5"] else . end)'
  step run -d --bundle "$BUNDLE" "$ID"
  ps -o uid= -p "$(pid_of)"
  cat "/proc/$(pid_of)/uid_map"
  step exec "$ID" id
  step delete --force "$ID"
}
@test "a user namespace whose root is the host's, and exec in it" {
  both user_namespace_on_host
}

joined() { # TYPE PROC-NAME UNSHARE-OPTION
  in_background unshare "$3" --mount-proc sleep 1000
  local other=$PID
  [ "$1" != pid ] || { wait_until pgrep -P "$PID" && other=$(pgrep -P "$PID") && echo "$other" >>"$BATS_TEST_TMPDIR/pids"; }
  wait_until another_namespace "$other" "$2"
  new_namespaces pid network ipc uts mount
  configure '.linux.namespaces |= map(if .type == $type then .path = $path else . end)' --arg type "$1" --arg path "/proc/$other/ns/$2"
  [ "$1" != uts ] || configure 'del(.hostname)'
  shell "readlink /proc/self/ns/$2; echo"
  call run --bundle "$BUNDLE" "$ID"
  echo "$1: exit $CODE"
  cat "$ERR"
  [ "$(head -1 "$OUT")" = "$(readlink "/proc/$other/ns/$2")" ] && echo "$1: joined"
  kill -KILL "$other" "$PID" 2>/dev/null || :
}
another_namespace() { [ "$(readlink "/proc/$1/ns/$2")" != "$(readlink "/proc/self/ns/$2")" ]; }
join_each() {
  joined network net --net
  joined ipc ipc --ipc
  joined uts uts --uts
}
@test "network, ipc and uts namespaces joined by path" {
  both join_each
  said 'network: joined'
  said 'ipc: joined'
  said 'uts: joined'
}

another_mount_namespace() { # with a file system of its own at $DIR/own; its process in PID
  mkdir -p "$DIR/own"
  in_background unshare --mount sh -c 'mount -t tmpfs own "$1" && touch "$1/here" && exec sleep 1000' sh "$DIR/own"
  wait_until test -e "/proc/$PID/root$DIR/own/here"
}
join_mounts() {
  another_mount_namespace
  configure '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/" + $pid + "/ns/mnt" else . end)
    | .mounts += [{destination: "/own", type: "bind", source: $own, options: ["bind"]}]' --arg pid "$PID" --arg own "$DIR/own"
  shell 'readlink /proc/self/ns/mnt; ls / /own'
  cut -d' ' -f5 /proc/self/mountinfo >"$DIR/before"
  call run --bundle "$BUNDLE" "$ID"
  cut -d' ' -f5 /proc/self/mountinfo | diff "$DIR/before" - && echo "the host's mounts stayed"
  [ "$(head -1 "$OUT")" = "$(readlink "/proc/$PID/ns/mnt")" ] && echo "joined"
  echo "exit $CODE"
  sed 1d "$OUT"
  cat "$ERR"
  kill -KILL "$PID"
}
@test "a mount namespace joined by path: sources are its own, the host's mounts stay" {
  both join_mounts
  said joined
  said here
}
@test "a mount namespace joined by path: exec, and nothing left; never the host's own" {
  alone
  another_mount_namespace
  configure '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/" + $pid + "/ns/mnt" else . end)' --arg pid "$PID"
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$(rt exec "$ID" readlink /proc/self/ns/mnt)" = "$(readlink "/proc/$PID/ns/mnt")" ]
  [ "$(rt exec "$ID" ls -d /home/ordinary /work 2>/dev/null)" = /home/ordinary ]
  rt delete --force "$ID"
  kill -KILL "$PID"
  configure '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/self/ns/mnt" else . end)'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  grep -q "the mount namespace to join is the host's own" "$ERR"
  nothing_left
}

another_user_namespace() { # OUTSIDE SIZE: its process in PID
  in_background unshare --user sleep 1000
  wait_until another_namespace "$PID" user
  printf '0 %s %s\n' "$@" | tee "/proc/$PID/uid_map" >"/proc/$PID/gid_map"
}
@test "a user namespace joined by path: mappings beside it must be its own" { # since runc 1.2
  alone
  another_user_namespace 100000 65536
  chown -R 100000:100000 "$BUNDLE/rootfs"
  configure '.linux.namespaces += [{type: "user", path: ("/proc/" + $pid + "/ns/user")}]' --arg pid "$PID"
  shell 'cat /proc/self/uid_map'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  configure '.linux.gidMappings[0].size = 1000'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 1 ]
  grep -q 'both namespace path and non-matching mapping specified (config.json:[0-9:]*, at /linux/gidMappings)' "$ERR"
  one_line "$ERR"
  nothing_left
}

pod() { # a second container in the namespaces of a first
  call run -d --bundle "$BUNDLE" "$ID"
  local pid
  pid=$(pid_of)
  mkdir "$DIR/second"
  cp -a "$BUNDLE/." "$DIR/second"
  BUNDLE=$DIR/second
  configure '.linux.cgroupsPath = "/" + $id + "-2"
    | .linux.namespaces |= map(if .type == "mount" then . else .path = "/proc/" + $pid + "/ns/" + ({network: "net"}[.type] // .type) end) | del(.hostname)' \
    --arg id "$ID" --arg pid "$pid"
  shell 'echo pid $$; echo files $(ulimit -n); ls /proc | grep -x 1; hostname; for type in pid net ipc uts; do readlink /proc/self/ns/$type; done'
  call run --bundle "$BUNDLE" "$ID-2"
  echo "exit $CODE"
  sed -E -e 's/pid [0-9]+/pid N/' "$OUT" | while read -r line; do
    case $line in
      *:\[*) [ "$(readlink "/proc/$pid/ns/${line%%:*}")" = "$line" ] && echo "${line%%:*} shared" ;;
      *) echo "$line" ;;
    esac
  done
  cat "$ERR"
  shell 'sleep 1000'
  step run -d --bundle "$BUNDLE" "$ID-2"
  step exec "$ID-2" echo inside
  step delete --force "$ID-2"
  step state "$ID" | grep status
  step delete --force "$ID"
}
@test "a pod: a second container in the first one's namespaces, pid too" {
  both pod
  said 'pid shared'
  said 'net shared'
  said 'files 1024' # limits reach a process that init has to fork into the namespace
}
leftover_of_shared_pid() { # no pid namespace of its own: delete --force must find the rest by the cgroup
  new_namespaces mount uts ipc network
  shell 'sleep 1000 & sleep 1000 & exec sleep 1000'
  step run -d --bundle "$BUNDLE" "$ID"
  wait_until all_started
  does delete --force "$ID"
}
all_started() { [ "$(processes_of_ours | wc -l)" -ge 3 ]; }
@test "delete --force without a pid namespace kills every process of the cgroup" {
  both leftover_of_shared_pid
  not said '^process'
}

hostnames() {
  configure '.hostname = "a-name.example"'
  shell hostname
  step run --bundle "$BUNDLE" "$ID"
  configure 'del(.hostname)'
  call run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT")" = "$(hostname)" ] && echo "the host's name"
  new_namespaces pid network ipc mount
  configure '.hostname = "x"'
  refused "unable to set hostname without a private UTS namespace" run --bundle "$BUNDLE" "$ID"
}
@test "hostname" {
  both hostnames
  said a-name.example
  said "the host's name"
}
@test "domainname" { # since runc 1.2
  alone
  configure '.domainname = "example.org"'
  shell 'cat /proc/sys/kernel/domainname'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = example.org ]
  [ "$(cat /proc/sys/kernel/domainname)" != example.org ]
}

loopback() {
  shell 'cat /sys/class/net/lo/flags; ls /sys/class/net; ping -c 1 -W 2 127.0.0.1 | grep -c "1 packets received"'
  configure '.process.capabilities |= with_entries(.value += ["CAP_NET_RAW"])'
  step run --bundle "$BUNDLE" "$ID"
}
@test "the loopback interface of a new network namespace is up" {
  both loopback
  said 0x9
}

sysctls() {
  configure '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "68719476", "net/ipv4/ip_default_ttl": "33", "fs.mqueue.msg_max": "20"}'
  shell 'cd /proc/sys; cat net/ipv4/ip_forward kernel/shmmax net/ipv4/ip_default_ttl fs/mqueue/msg_max'
  step run --bundle "$BUNDLE" "$ID"
  configure '.linux.sysctl = {"vm.swappiness": "1"}'
  refused 'sysctl \"vm.swappiness\" is not in a separate kernel namespace' run --bundle "$BUNDLE" "$ID"
  configure '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
  configure '.mounts |= map(select(.destination != "/sys"))'
  refused 'sysctl \"net.ipv4.ip_forward\" not allowed in host network namespace' run --bundle "$BUNDLE" "$ID"
}
@test "sysctl: set in new namespaces, refused where the host would feel it" {
  local before
  before=$(cat /proc/sys/net/ipv4/ip_default_ttl)
  both sysctls
  said '^33$'
  [ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" = "$before" ]
}

@test "sysctl: a user namespace without a pid namespace of its own, where the kernel gives no new proc" {
  alone
  chown -R 100000:100000 "$BUNDLE/rootfs"
  configure '.linux.namespaces |= map(select(.type != "pid")) + [{type: "user"}] | .linux.sysctl = {"net.ipv4.ip_default_ttl": "33"}
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | (.mounts[] | select(.destination == "/proc")) |= {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}
    | .process.args = ["cat", "/proc/sys/net/ipv4/ip_default_ttl"]'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$(cat "$OUT")" = 33 ]
  # What stands in for it must be a procfs.
  configure '(.mounts[] | select(.destination == "/proc")) |= {destination: "/proc", type: "tmpfs", source: "tmpfs"}'
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -ne 0 ]
  one_line "$ERR"
  nothing_left
}

@test "sysctl: a joined namespace that is the runtime's own under another name" {
  alone # runc looks at the network only
  configure '.mounts |= map(select(.destination != "/sys"))'
  : >"$DIR/host-net"
  mount --bind /proc/self/ns/net "$DIR/host-net"
  local type key
  for type in network ipc; do
    case $type in network) key=net.ipv4.ip_forward ;; ipc) key=kernel.shmmax ;; esac
    new_namespaces pid mount uts
    configure '.linux.sysctl = {($key): "1"} | .linux.namespaces += [{type: $type, path: $path}]' \
      --arg key $key --arg type $type --arg path "$([ $type = network ] && echo "$DIR/host-net" || echo /proc/self/ns/ipc)"
    call run --bundle "$BUNDLE" "$ID"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q "sysctl .*$key.* not allowed in host $type namespace" "$ERR"
    one_line "$ERR"
  done
  umount "$DIR/host-net"
  nothing_left
}

@test "a sysctl of a joined namespace that is the host's own is refused" {
  alone
  local type key
  while read -r type file key; do
    configure '.linux.namespaces |= map(if .type == $type then .path = "/proc/self/ns/" + $file else del(.path) end) | .linux.sysctl = {($key): "7"} | del(.hostname)' \
      --arg type "$type" --arg file "$file" --arg key "$key"
    call run --bundle "$BUNDLE" "$ID"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q "not allowed in host $type namespace" "$ERR"
  done <<'LIST'
network net net.ipv4.ip_default_ttl
ipc ipc kernel.msgmni
uts uts kernel.domainname
LIST
  nothing_left
}

@test "a time namespace with offsets" { # since runc 1.2
  alone
  [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
  configure '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 0}, monotonic: {secs: 500000, nanosecs: 0}}'
  shell 'readlink /proc/self/ns/time; cut -d. -f1 /proc/uptime; sleep 1000'
  call run -d --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  wait_until grep -q '^[0-9]*$' "$OUT"
  cat "$OUT"
  [ "$(tail -1 "$OUT")" -gt 1000000 ]
  [ "$(head -1 "$OUT")" != "$(readlink /proc/self/ns/time)" ]
  call exec "$ID" cut -d. -f1 /proc/uptime
  [ "$(cat "$OUT")" -gt 1000000 ]
}

bad_paths() {
  configure '.linux.namespaces |= map(if .type == "network" then .path = "/proc/1/ns/nosuch" else . end)'
  refused 'no such file or directory' run --bundle "$BUNDLE" "$ID"
}
@test "a namespace path that is not there" {
  both bad_paths
}
@test "a namespace path of another kind, a fifo, a plain file: refused at once" {
  alone
  mkfifo "$DIR/fifo"
  local path
  for path in /proc/self/ns/uts "$DIR/fifo" /etc/passwd; do
    configure '.linux.namespaces |= map(if .type == "network" then .path = $path else . end)' --arg path "$path"
    PATIENCE=10 call run --bundle "$BUNDLE" "$ID"
    cat "$ERR"
    [ "$CODE" -eq 1 ]
    grep -q "$path" "$ERR"
    one_line "$ERR"
  done
  nothing_left
}
