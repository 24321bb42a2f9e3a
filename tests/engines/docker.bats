#!/usr/bin/env bats
# docker: a daemon of our own, with the configuration that docs/engines.md gives, no network and no bridge.
load helpers

setup_file() {
    start_docker
}

setup() { N=c$BATS_TEST_NUMBER; }

teardown() { remove_docker_containers; }

teardown_file() {
    local left
    left=$(runtime_list /run/docker/runtime-runc/moby)
    stop_docker
    [[ -z $left ]] || fail "left behind in the runtime: $left"
    left=$(find /sys/fs/cgroup -mindepth 3 -type d -path '*/docker/*')
    [[ -z $left ]] || fail "cgroups left: $left"
}

drun() { ok docker run --rm --network none "$@"; }
sleeper() { ok docker run -d --name "$N" --network none "$@"; }

@test "docker: the configuration of the page is in force" {
    ok docker info -f '{{.DefaultRuntime}}'
    is minc-oci
    drun "$IMAGE" echo hello
    is hello
    ok docker run --rm --network none --runtime minc-oci "$IMAGE" echo named
    is named
}

@test "docker run: exit codes, 126 and 127, errors" {
    fails 7 docker run --rm --network none "$IMAGE" sh -c 'exit 7'
    if [[ $RUNTIME != *crun ]]; then # docker matches the case of runc's words: with crun's it exits with 125
        fails 126 docker run --rm --network none "$IMAGE" /etc/text
        says 'permission denied'
        fails 127 docker run --rm --network none "$IMAGE" nope
        says 'exec: "nope": executable file not found in \$PATH'
        fails 127 docker run --rm --network none "$IMAGE" /bin/nope
        says 'exec: "/bin/nope": stat /bin/nope: no such file or directory'
    fi
    run timeout 60 docker run --rm --network none "$IMAGE" /bin/wrong-format
    ((status != 0))
    says 'exec format error'
    echo x >"$WORK/d$N"
    run timeout 60 docker run --rm --network none -v "$WORK/d$N:/etc" "$IMAGE" true
    ((status != 0))
    says 'not a directory'
}

@test "docker exec, exec -t, exec -u -w -e, exec -d, --privileged" {
    sleeper "$IMAGE" "${BUSYBOX_SLEEP[@]}"
    ok docker exec -e A=b -u alice -w /tmp "$N" sh -c 'echo $A $(id -un) $HOME $(pwd)'
    is 'b alice /home/alice /tmp'
    fails 9 docker exec "$N" sh -c 'exit 9'
    fails 126 docker exec "$N" /etc/text
    run timeout 60 docker exec "$N" nope
    ((status == 126 || status == 127))
    says 'executable file'
    run bash -c "echo piped | docker exec -i $N cat"
    is piped
    ok docker exec -d "$N" touch /tmp/detached
    until_true docker exec "$N" test -e /tmp/detached
    ok expect -c 'set timeout 20' -c "spawn docker exec -it $N sh -c {tty; read x; echo got-\$x}" -c 'expect pts; send "abc\r"; expect eof; exit [lindex [wait] 3]'
    says got-abc
}

@test "docker run -it, attach" {
    ok expect -c 'set timeout 20; set stty_init "rows 33 cols 101"' -c "spawn docker run --rm -it --network none $IMAGE sh -c {sleep 0.5; stty size; echo ready; read x; echo got-\$x}" \
        -c 'expect ready; send "abc\r"; expect eof; exit [lindex [wait] 3]'
    says '33 101'
    says got-abc
    ok docker run -dit --name "$N" --network none "$IMAGE" sh
    ok expect -c 'set timeout 20' -c "spawn docker attach $N" -c 'send "\recho at\$((1+1))tached\r"; expect at2tached; send "exit 3\r"; expect eof; exit 0'
    says at2tached
    ok docker wait "$N"
    is 3
}

@test "docker kill, stop, restart, wait, rm -f" {
    sleeper "$IMAGE" sh -c 'trap "exit 33" USR1; trap "exit 5" TERM; while :; do sleep 0.1; done'
    ok docker restart -t 10 "$N"
    ok docker stop -t 20 "$N"
    ok docker inspect -f '{{.State.ExitCode}}' "$N"
    is 5
    ok docker start "$N"
    sleep 0.3
    ok docker kill -s USR1 "$N"
    ok docker wait "$N"
    is 33
    ok docker start "$N"
    ok docker rm -f "$N"
}

@test "docker run --restart" {
    ok docker run -d --name "$N" --network none --restart on-failure:2 "$IMAGE" sh -c 'exit 1'
    until_true prints '2 exited' docker inspect -f '{{.RestartCount}} {{.State.Status}}' "$N"
}

@test "docker pause, unpause, top, stats, logs, cp, commit, diff" {
    sleeper --memory 64m "$IMAGE" sh -c 'echo out; echo err >&2; echo content >/made; sleep 1000'
    ok docker pause "$N"
    ok docker inspect -f '{{.State.Status}}' "$N"
    is paused
    ok docker unpause "$N"
    ok docker top "$N"
    says 'sleep 1000'
    ok docker stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDs}}' "$N"
    says "$N .*/ 64MiB"
    ok docker logs "$N"
    says '^out$'
    says '^err$'
    ok docker cp "$N:/made" "$WORK/d$N.made"
    [[ $(<"$WORK/d$N.made") == content ]]
    ok docker diff "$N"
    says 'A /made'
    ok docker commit "$N" "made:$N"
    drun "made:$N" cat /made
    is content
}

@test "docker healthcheck, --init" {
    ok docker run -d --name "$N" --network none --init --health-cmd 'test -e /etc/passwd' --health-interval 1s "$IMAGE" "${BUSYBOX_SLEEP[@]}"
    until_true prints healthy docker inspect -f '{{.State.Health.Status}}' "$N"
    ok docker exec "$N" cat /proc/1/cmdline
    says 'docker-init|tini'
}

@test "docker run -v: rw, ro, named volumes, propagation" {
    mkdir -p "$WORK/d$N/sub"
    echo host >"$WORK/d$N/file"
    drun -v "$WORK/d$N:/v" "$IMAGE" sh -c 'cat /v/file; echo x >/v/new'
    is host
    fails 1 docker run --rm --network none -v "$WORK/d$N:/v:ro" "$IMAGE" touch /v/x
    says 'read-only file system'
    drun -v "vol$N:/data" "$IMAGE" sh -c 'echo kept >/data/x'
    drun -v "vol$N:/data" "$IMAGE" cat /data/x
    is kept
    sleeper -v "$WORK/d$N:/v:rslave" "$IMAGE" "${BUSYBOX_SLEEP[@]}"
    mount -t tmpfs tmpfs "$WORK/d$N/sub"
    touch "$WORK/d$N/sub/seen"
    ok docker exec "$N" ls /v/sub
    is seen
    umount "$WORK/d$N/sub"
}

@test "docker run --device, --cap-add, --cap-drop, --privileged, seccomp" {
    drun --device /dev/loop-control:/dev/mine:r "$IMAGE" sh -c 'test -c /dev/mine && (exec 3</dev/mine) && echo fine'
    is fine
    drun --cap-drop all --cap-add net_admin "$IMAGE" grep CapEff /proc/self/status
    says '0000000000001000'
    drun "$IMAGE" grep Seccomp: /proc/self/status
    says '2'
    drun --security-opt seccomp=unconfined --security-opt no-new-privileges "$IMAGE" grep -E 'Seccomp:|NoNewPrivs' /proc/self/status
    says 'Seccomp:	0'
    says 'NoNewPrivs:	1'
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$WORK/d$N.json"
    fails 1 docker run --rm --network none --security-opt "seccomp=$WORK/d$N.json" "$IMAGE" mkdir /tmp/x
    says 'operation not permitted'
}

@test "docker run --privileged, exec --privileged" {
    # docker asks for every capability that there is; runc and minc-oci differ when the host itself has not got them all
    is_minc || capsh --has-p=cap_sys_resource 2>/dev/null || skip "this host lacks a capability, only minc-oci goes on without it"
    drun --privileged "$IMAGE" sh -c 'grep Seccomp: /proc/self/status; test -w /proc/sys/vm/swappiness && echo writable'
    says 'Seccomp:	0'
    says writable
    sleeper "$IMAGE" "${BUSYBOX_SLEEP[@]}"
    ok docker exec --privileged "$N" grep CapBnd /proc/self/status
    lacks '00000000a80425fb'
}

@test "docker run: ulimits, sysctls, hostname, user, workdir, read-only, tmpfs" {
    drun --ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 --hostname box --user alice --workdir /tmp --read-only --tmpfs /scratch:size=1m,mode=1777 "$IMAGE" \
        sh -c 'ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward; hostname; id -un; pwd; touch /x 2>&1 || touch /scratch/x && echo fine'
    is $'100\n200\n1\nbox\nalice\n/tmp\ntouch: /x: Read-only file system\nfine'
}

@test "docker run: namespaces of a container and of the host" {
    sleeper --ipc shareable "$IMAGE" "${BUSYBOX_SLEEP[@]}"
    drun --pid "container:$N" --ipc "container:$N" "$IMAGE" cat /proc/1/cmdline
    says sleep
    ok docker run --rm --network "container:$N" "$IMAGE" true
    ok docker run --rm --network host --uts host --ipc host "$IMAGE" sh -c 'readlink /proc/self/ns/net /proc/self/ns/uts /proc/self/ns/ipc; readlink /proc/self/ns/uts'
    says "$(readlink /proc/self/ns/uts | tr -d '[]' | sed 's/uts:/uts:.?/')"
    ok docker run -d --name "$N-host" --pid host --network none "$IMAGE" sh -c 'sleep 1718 & sleep 1718 & wait'
    until_true prints 'sleep 1718' ps -eo args
    ok docker rm -f "$N-host"
    until_true bash -c '! ps -eo args | grep "^sleep 1718"'
}

@test "docker run: limits as the kernel has them, docker update" {
    sleeper --memory 64m --memory-swap 64m --cpus 0.5 --cpuset-cpus 0 --pids-limit 77 "$IMAGE" "${BUSYBOX_SLEEP[@]}"
    ok docker inspect -f '{{.Id}}' "$N"
    local path=/docker/$output
    is_v1 || skip "the files are those of cgroup v1"
    [[ $(<"/sys/fs/cgroup/memory$path/memory.limit_in_bytes") == 67108864 ]]
    [[ $(<"/sys/fs/cgroup/cpu$path/cpu.cfs_quota_us") == 50000 ]]
    [[ $(<"/sys/fs/cgroup/cpuset$path/cpuset.cpus") == 0 ]]
    [[ $(<"/sys/fs/cgroup/pids$path/pids.max") == 77 ]]
    run timeout 60 docker update --memory 128m --memory-swap 128m "$N"
    [[ $output != *'update is not supported by this version'* ]] || skip "this build has no update"
    ((status == 0)) || fail "$output"
    [[ $(<"/sys/fs/cgroup/memory$path/memory.limit_in_bytes") == 134217728 ]]
}

@test "docker: OOM kill reported" {
    run timeout 60 docker run --name "$N" --network none --memory 16m --memory-swap 16m "$IMAGE" sh -c 'x=$(head -c 50000000 /dev/zero | tr "\0" x); echo ${#x}'
    ok docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' "$N"
    is 'true 137'
}

@test "docker build" {
    mkdir "$WORK/d$N"
    printf 'FROM %s\nRUN echo built >/built\nUSER alice\nCMD ["cat", "/built"]\n' "$IMAGE" >"$WORK/d$N/Dockerfile"
    ok env DOCKER_BUILDKIT=0 docker build -q --network none -t "built:$N" "$WORK/d$N"
    drun "built:$N"
    is built
}

@test "docker run: twenty at once" {
    local i pids=()
    for i in {1..20}; do
        timeout 90 docker run --rm --network none "$IMAGE" sh -c "exit $i" >"$WORK/d$N.$i" 2>&1 &
        pids+=($!)
    done
    for i in {1..20}; do
        wait "${pids[i - 1]}" && fail "container $i: 0"
        wait "${pids[i - 1]}" || [[ $? == "$i" ]] || fail "container $i: $(<"$WORK/d$N.$i")"
    done
}

@test "docker checkpoint" {
    skip "needs CRIU; Debian 12's does not start on recent kernels"
}
