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

is_minc() { "$RUNTIME" --version | grep -q '^minc-oci version'; }

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
