#!/usr/bin/env bats
# linux.netDevices. Debian's runc (1.1) does not know it. The devices are virtual ones of any kind that this kernel has.
load helpers

DEVICE=mt$$
device() { # [NAME]: a device on the host
  local kind
  for kind in dummy ifb; do
    if ip link add "${1:-$DEVICE}" type $kind 2>/dev/null; then return; fi
  done
  skip "this kernel has no virtual network device that moves"
}
teardown() {
  ip link del "$DEVICE" 2>/dev/null || :
  if [ -e "/run/netns/$DEVICE" ]; then ip netns del "$DEVICE"; fi
  tear_down
}
moves() { # [NAME]: into the container's network
  configure '.linux.netDevices[$d] = (if $n == "" then {} else {name: $n} end)' --arg d "$DEVICE" --arg n "${1:-}"
}
inside() { # SCRIPT: its output in OUT
  shell "$1"
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR" >&2
  [ "$CODE" = 0 ]
}
joined_network() {
  ip netns add "$DEVICE"
  configure '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "/run/netns/$DEVICE"
}

@test "a device moves in, with its global addresses, and is up" {
  alone
  device
  ip address add 192.0.2.7/31 brd + dev "$DEVICE"
  ip address add 2001:db8::7/64 dev "$DEVICE" nodad
  ip address add 127.9.9.9/32 dev "$DEVICE" scope host
  moves
  inside "ip address show dev $DEVICE"
  grep -q '[<,]UP[,>]' "$OUT"
  grep -q 'inet 192.0.2.7/31' "$OUT"
  grep -q 'inet6 2001:db8::7/64' "$OUT"
  not grep -q 127.9.9.9 "$OUT"
  not ip link show "$DEVICE" # it was the namespace's, and ended with it
}

@test "a name inside; a pattern, for which the kernel chooses the number" {
  alone
  device
  moves inner
  inside 'ip link show dev inner'
  device
  moves 'ct%d'
  ip address add 192.0.2.7/32 dev "$DEVICE"
  inside 'ip address show dev ct0'
  grep -q 'inet 192.0.2.7/32' "$OUT"
}

@test "in a user namespace" {
  alone
  device
  new_namespaces pid ipc uts mount network user
  configure '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  moves
  inside "ip link show dev $DEVICE"
}

@test "what moved into a network that lives on stays there" {
  alone
  device
  joined_network
  moves inner
  inside 'ip link show dev inner'
  ip netns exec "$DEVICE" ip link show dev inner
  nothing_left
}

@test "a name that is taken inside is an error, and nothing has moved" {
  alone
  device
  joined_network
  ip netns exec "$DEVICE" ip link add taken type bridge
  moves taken
  ip link set "$DEVICE" up
  refused "as taken: file exists" run --bundle "$BUNDLE" "$ID"
  ip link show dev "$DEVICE" | grep -q '[<,]UP[,>]'
  nothing_left
}

@test "when the container does not come to be, its devices come back as they were" {
  alone
  device
  ip address add 192.0.2.7/31 dev "$DEVICE"
  ip address add 127.9.9.9/32 dev "$DEVICE" scope host
  ip link set "$DEVICE" up
  moves 'ct%d'
  configure '.process.args = ["/no/such/program"]'
  call run --bundle "$BUNDLE" "$ID"
  [ "$CODE" != 0 ]
  grep -q '/no/such/program' "$ERR"
  ip address show dev "$DEVICE" >"$DIR/after"
  cat "$DIR/after"
  grep -q '[<,]UP[,>]' "$DIR/after"
  grep -q 192.0.2.7/31 "$DIR/after"
  grep -q 127.9.9.9/32 "$DIR/after"
  nothing_left
}

@test "refused: no such device, no network namespace" {
  alone
  moves
  refused "network device $DEVICE not found" run --bundle "$BUNDLE" "$ID"
  new_namespaces mount
  configure 'del(.hostname)'
  refused 'unable to move network devices without a NET namespace' run --bundle "$BUNDLE" "$ID"
  nothing_left
}
