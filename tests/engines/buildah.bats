#!/usr/bin/env bats
# buildah with OCI isolation, chosen by the environment that docs/engines.md gives.
load helpers

setup_file() {
    export B=$WORK/buildah REAL
    REAL=$(command -v buildah)
    mkdir -p "$B"
    snippet buildah >"$B/environment"
    printf '[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\n[engine]\ncgroup_manager = "cgroupfs"\n' >"$B/containers.conf"
    printf '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/root"\n' "$B" "$B" >"$B/storage.conf"
    export CONTAINERS_CONF=$B/containers.conf CONTAINERS_STORAGE_CONF=$B/storage.conf
    buildah pull -q "docker-archive:$(make_image)"
}

setup() {
    # shellcheck disable=SC1091
    source "$B/environment"
    N=c$BATS_TEST_NUMBER
    C=$(buildah from "$IMAGE")
}

teardown() { buildah rm -a >/dev/null 2>&1 || true; }

teardown_file() { [[ -z $(runtime_list) ]] || fail "left behind in the runtime: $(runtime_list)"; }

brun() { ok buildah run --network none "$@"; }

@test "buildah run: output, exit codes, no warnings" {
    brun "$C" -- sh -c 'echo out; pwd'
    is $'out\n/'
    run timeout 60 buildah run --network none "$C" -- sh -c 'exit 7'
    ((status == 7)) || fail "status $status" "$output"
    run timeout 60 buildah run --network none "$C" -- nope
    ((status != 0))
    says 'executable file (.nope. )?not found in \$PATH'
}

@test "buildah run -t" {
    ok expect -c 'set timeout 20' -c "spawn buildah run -t --network none $C -- sh -c {tty; read x; echo got-\$x}" -c 'expect pts; send "abc\r"; expect eof; exit [lindex [wait] 3]'
    says got-abc
}

@test "buildah run: volumes, user, capabilities, workdir" {
    mkdir "$WORK/b$N"
    echo host >"$WORK/b$N/file"
    brun -v "$WORK/b$N:/v:ro" --user alice --workingdir /tmp "$C" -- sh -c 'cat /v/file; id -un; pwd; touch /v/x 2>&1 || true'
    is $'host\nalice\n/tmp\ntouch: /v/x: Read-only file system'
}

@test "buildah config, commit, run from the result" {
    brun "$C" -- sh -c 'echo kept >/kept'
    ok buildah config --user alice --workingdir /home/alice "$C"
    ok buildah commit -q "$C" "made:$N"
    local next
    next=$(buildah from "localhost/made:$N")
    brun "$next" -- sh -c 'cat /kept; id -un; pwd'
    is $'kept\nalice\n/home/alice'
}

@test "buildah bud: RUN with mounts, a failing RUN gives its status" {
    printf 'FROM %s\nRUN --mount=type=tmpfs,target=/t touch /t/x && echo built >/built\nRUN --mount=type=cache,target=/c touch /c/x\nRUN cat /built && test ! -e /c/x\n' "$IMAGE" >"$WORK/File$N"
    ok buildah bud --network none -t "built:$N" -f "$WORK/File$N" "$WORK"
    says built
    printf 'FROM %s\nRUN exit 4\n' "$IMAGE" >"$WORK/File$N"
    run timeout 60 buildah bud --network none -f "$WORK/File$N" "$WORK"
    ((status == 4)) || fail "status $status" "$output"
}
