#!/usr/bin/env bats
# containerd through ctr and its runc shim, with the configuration that docs/engines.md gives.
load helpers

PAUSE=docker.io/library/minc-pause:1

setup_file() {
    export K=$WORK/containerd
    export CONTAINERD_ADDRESS=$K/sock
    mkdir -p "$K"
    { # the page's file, with places of our own
        snippet config.toml | sed '/^version = 2/d' >"$K/page.toml"
        printf 'version = 2\nroot = "%s/root"\nstate = "/run/containerd"\n[grpc]\n  address = "%s"\n' "$K" "$CONTAINERD_ADDRESS"
        printf '[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "%s"\n  restrict_oom_score_adj = true\n' "$PAUSE"
        cat "$K/page.toml"
    } >"$K/config.toml"
    containerd --config "$K/config.toml" >"$K/log" 2>&1 3>&- &
    echo $! >"$K/pid"
    until_true ctr version || fail "$(tail -20 "$K/log")"
    ctr image import "$(make_image)"
}

setup() { N=c$BATS_TEST_NUMBER; }

teardown() {
    local name
    for name in $(ctr container ls -q); do
        timeout 20 ctr task kill -s KILL -a "$name" >/dev/null 2>&1 || true
        timeout 20 ctr task rm -f "$name" >/dev/null 2>&1 || true
        timeout 20 ctr container rm "$name" >/dev/null 2>&1 || true
    done
}

teardown_file() {
    local left
    left=$(runtime_list /run/containerd/runc/default)
    end "$(<"$K/pid")"
    [[ -z $left ]] || fail "left behind in the runtime: $left"
    left=$(find /sys/fs/cgroup -mindepth 3 -type d -path '*/default/*')
    [[ -z $left ]] || fail "cgroups left: $left"
}

CTR=(ctr run --runtime io.containerd.runc.v2 --runc-binary "$RUNTIME")
crun_() { ok "${CTR[@]}" --rm "$@"; }
sleeper() { ok "${CTR[@]}" -d "$IMAGE" "$N" "${BUSYBOX_SLEEP[@]}"; }

@test "ctr: the command of the page" {
    snippet ctr >"$WORK/k$N.sh"
    ok env IMAGE="$IMAGE" sh "$WORK/k$N.sh"
}

@test "ctr run: output, exit codes, errors" {
    crun_ "$IMAGE" "$N" echo hello
    is hello
    fails 7 "${CTR[@]}" --rm "$IMAGE" "$N" sh -c 'exit 7'
    run timeout 60 "${CTR[@]}" --rm "$IMAGE" "$N" nope
    ((status != 0))
    says 'executable file (.nope. )?not found in \$PATH'
    run timeout 60 "${CTR[@]}" --rm "$IMAGE" "$N" /etc/text
    ((status != 0))
    says 'permission denied'
    crun_ "$IMAGE" "$N" true # the name is free again
}

@test "ctr run -t" {
    ok expect -c 'set timeout 20' -c "spawn ctr run --rm -t --runc-binary $RUNTIME $IMAGE $N sh -c {tty; read x; echo got-\$x}" -c 'expect pts; send "abc\r"; expect eof; exit [lindex [wait] 3]'
    says got-abc
}

@test "ctr task exec, ps, metrics, pause, resume, kill, rm" {
    sleeper
    ok ctr task exec --exec-id one "$N" sh -c 'echo inside; id -u'
    is $'inside\n0'
    fails 9 ctr task exec --exec-id two "$N" sh -c 'exit 9'
    run timeout 60 ctr task exec --exec-id three "$N" nope
    ((status != 0))
    says 'executable file (.nope. )?not found in \$PATH'
    ok expect -c 'set timeout 20' -c "spawn ctr task exec -t --exec-id four $N sh -c {tty; read x; echo got-\$x}" -c 'expect pts; send "abc\r"; expect eof; exit 0'
    says got-abc
    ok ctr task ps "$N"
    says '^[0-9]+ '
    ok ctr task metrics "$N"
    says 'memory'
    ok ctr task pause "$N"
    ok ctr task ls
    says "$N .*PAUSED"
    ok ctr task resume "$N"
    ok ctr task ls
    says "$N .*RUNNING"
    ok ctr task kill -s KILL "$N"
    until_true prints STOPPED ctr task ls
    ok ctr task rm "$N"
}

@test "ctr run: mounts, read-only, cwd, env, host network, seccomp, limits" {
    mkdir "$WORK/k$N"
    echo host >"$WORK/k$N/file"
    crun_ --mount "type=bind,src=$WORK/k$N,dst=/v,options=rbind:ro" --read-only --cwd /tmp --env A=b --net-host --seccomp \
        "$IMAGE" "$N" sh -c 'cat /v/file; id -u; pwd; echo $A; touch /v/x /x 2>&1 | wc -l; grep Seccomp: /proc/self/status; readlink /proc/self/ns/net'
    is $'host\n0\n/tmp\nb\n2\nSeccomp:\t2\n'"$(readlink /proc/self/ns/net)"
    if is_v1; then
        ok "${CTR[@]}" -d --memory-limit 67108864 "$IMAGE" "$N" "${BUSYBOX_SLEEP[@]}"
        [[ $(<"/sys/fs/cgroup/memory/default/$N/memory.limit_in_bytes") == 67108864 ]]
    fi
}

@test "ctr run: ten at once" {
    local i pids=()
    for i in {1..10}; do
        timeout 90 "${CTR[@]}" --rm "$IMAGE" "$N-$i" sh -c "exit $i" >"$WORK/k$N.$i" 2>&1 &
        pids+=($!)
    done
    for i in {1..10}; do
        wait "${pids[i - 1]}" && fail "container $i: 0"
        wait "${pids[i - 1]}" || [[ $? == "$i" ]] || fail "container $i: $(<"$WORK/k$N.$i")"
    done
}

@test "CRI: the plugin knows the runtime of the page" {
    ok ctr plugins ls
    says 'io.containerd.grpc.v1 +cri +.* ok' || fail "$(grep -i cri "$K/log" | tail -5)"
    ok containerd --config "$K/config.toml" config dump
    says 'runtimes.minc-oci'
    says "BinaryName = \"$RUNTIME\""
}

@test "CRI: a pod, its container and an exec through the gRPC socket" {
    local python=/usr/bin/python3 # Debian's, also where another one comes first in PATH
    "$python" -c 'import grpc' 2>/dev/null || skip "python3-grpcio is not installed"
    "$HERE/make_image.py" "$PAUSE" "$WORK/pause.tar" sleep 1000
    ok ctr -n k8s.io image import "$WORK/pause.tar"
    ok ctr -n k8s.io image import "$(make_image)"
    ok "$python" "$HERE/cri_pod.py" "$CONTAINERD_ADDRESS" minc-oci "$IMAGE" sh -c 'echo in the pod; cat /proc/1/cmdline | tr "\0" " "'
    is $'in the pod\nsleep 1000 '
    fails 9 "$python" "$HERE/cri_pod.py" "$CONTAINERD_ADDRESS" minc-oci "$IMAGE" sh -c 'exit 9'
    is ''
    [[ -z $(runtime_list /run/containerd/runc/k8s.io) ]]
}

@test "ctr task checkpoint" {
    skip "needs CRIU; Debian 12's does not start on recent kernels"
}
