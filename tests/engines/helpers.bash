# What the engines' tests share. `run` (in this directory) sets RUNTIME, WORK and HERE.

bats_require_minimum_version 1.5.0

IMAGE=docker.io/library/minc-engines:1
BUSYBOX_SLEEP=(sleep 1000)

make_image() { # once for all files; prints its path
    local archive=$WORK/image.tar
    [[ -e $archive ]] || "$HERE/make_image.py" "$IMAGE" "$archive"
    echo "$archive"
}

# The block of docs/engines.md that follows <!-- test: NAME -->, with the runtime under test in the place of ours.
snippet() {
    awk -v mark="<!-- test: $1 -->" '$0 == mark {wanted = 1; next} wanted && /^```/ {if (within) exit; within = 1; next} within' \
        "$HERE/../../docs/engines.md" | sed "s|/usr/local/bin/minc-oci|$RUNTIME|g" | grep . || fail "docs/engines.md has no snippet $1"
}

fail() {
    printf '%s\n' "$@" >&2
    return 1
}

# ---- engines of our own -------------------------------------------------------------------------------------------------
has() { [[ " $MINC_ENGINES_LIST " == *" $1 "* ]]; } # ENGINE: it was asked for, or is installed

start_podman() { # for setup_file: from here on `podman` is one that keeps to our directories
    export P=$WORK/podman
    mkdir -p "$P"
    {
        snippet containers.conf
        printf '[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\n'
    } >"$P/containers.conf"
    export CONTAINERS_CONF=$P/containers.conf
    printf '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/root"\n' "$P" "$P" >"$P/storage.conf"
    export CONTAINERS_STORAGE_CONF=$P/storage.conf
    cat >"$P/podman" <<SH
#!/bin/sh
exec $(command -v podman) --root $P/root --runroot $P/run --tmpdir $P/tmp --cgroup-manager=cgroupfs --events-backend=file "\$@"
SH
    chmod +x "$P/podman"
    "$P/podman" load -q -i "$(make_image)"
    export PATH=$P:$PATH
}

start_docker() { # for setup_file: a daemon of our own
    export D=$WORK/docker DOCKER_CONFIG=$WORK/docker/client
    mkdir -p "$DOCKER_CONFIG"
    echo '{}' >"$DOCKER_CONFIG/config.json" # podman reads it too
    snippet daemon.json >"$D/daemon.json"
    mount --bind "$(command -v /usr/bin/docker || command -v docker)" "$(command -v docker)" # one version for client and daemon
    # DOCKER_RAMDISK: the root of the suite's mount namespace is fine for pivot_root, so it stays unset
    dockerd --config-file "$D/daemon.json" --data-root "$D/data" --exec-root /run/docker --pidfile "$D/pid" -H "unix://$D/sock" \
        --iptables=false --ip6tables=false --bridge=none --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs >"$D/log" 2>&1 3>&- &
    export DOCKER_HOST=unix://$D/sock
    until_true docker version || fail "$(tail -20 "$D/log")"
    docker load -q -i "$(make_image)"
}

remove_docker_containers() {
    local all
    all=$(docker ps -aq)
    # shellcheck disable=SC2086
    [[ -z $all ]] || timeout 60 docker rm -f $all >/dev/null 2>&1 || true
}

stop_docker() {
    end "$(<"$D/pid")"
    umount "$(command -v docker)" 2>/dev/null || true
}

# ---- words of the tests -------------------------------------------------------------------------------------------------
# ok COMMAND...: it must succeed; its output is left in $output. fails STATUS COMMAND...: it must end with that status.
ok() {
    run timeout -k 5 60 "$@"
    ((status == 0)) || fail "status $status: $*" "$output"
}

fails() {
    local wanted=$1
    shift
    run "-$wanted" timeout -k 5 60 "$@"
    ((status == wanted)) || fail "status $status, not $wanted: $*" "$output"
}

says() { # a regular expression, ignoring case: the runtimes spell errors their own way, the engine's reader must find the cause
    grep -qiE -- "$1" <<<"$output" || fail "not found: $1" "in: $output"
}

lacks() {
    ! grep -qiE -- "$1" <<<"$output" || fail "found: $1" "in: $output"
}

is() {
    [[ $output == "$1" ]] || fail "wanted: $1" "output: $output"
}

until_true() { # COMMAND...: tried for ten seconds
    local attempt
    for ((attempt = 0; attempt < 100; ++attempt)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    fail "still not true after 10 s: $*"
}

prints() { # TEXT COMMAND...: for until_true
    local wanted=$1
    shift
    "$@" 2>&1 | grep -qF -- "$wanted"
}

is_v1() { [[ $(stat -f -c %T /sys/fs/cgroup) != cgroup2fs ]]; }

is_minc() { ! "$RUNTIME" --version | grep -qE '^(runc|crun) version'; }

# What the runtime still knows of; engines must leave nothing behind.
runtime_list() { "$RUNTIME" ${1:+--root "$1"} list -q; }

# end PID: asks, then insists. The process may not be our child.
end() {
    kill "$1" 2>/dev/null || return 0
    local attempt
    for ((attempt = 0; attempt < 100; ++attempt)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
}
