#!/usr/bin/env bats
# The commonest mistakes, as podman and docker show them: the engine's own line names the cause. MINC_SHOW_ERRORS=1 prints the lines, to compare runtimes by eye.
load helpers

setup_file() {
    if has podman; then start_podman; fi
    if has docker; then start_docker; fi
    echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOSUCH"}]}' >"$WORK/action.json"
    echo '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NOSUCH"]}' >"$WORK/arch.json"
    echo '{"defaultAction": "SCMP_ACT_ERRNO"}' >"$WORK/nothing.json"
    echo file >"$WORK/file"
    mkdir -p "$WORK/directory" "$WORK/hooks"
}

teardown() {
    if has podman; then timeout 60 podman rm -f -a -t 0 >/dev/null 2>&1 || true; fi
    if has docker; then remove_docker_containers; fi
}

teardown_file() {
    if has docker; then stop_docker; fi
}

# complains ENGINE CODE CAUSE ARGS...: `ENGINE ARGS` fails with CODE (- = any), and the engine's one line has CAUSE, a regular expression.
complains() {
    play "${@:1:1}" "${@:4}"
    the_line '^(Error|docker): |^Error response|^OCI runtime' "$@"
}
# The same, where the line may be the runtime's own: podman shows it as it is, and keeps nothing of what `start` said.
someone_complains() {
    play "${@:1:1}" "${@:4}"
    the_line "$3" "$@"
}
play() { # ENGINE ARGS...: its exit code in `status`, what it said in `output`
    status=0
    output=$(timeout -k 5 60 "$@" 2>&1 </dev/null) || status=$?
    [[ -z ${MINC_SHOW_ERRORS:-} ]] || printf '# %s\n#   exit %d: %s\n' "$*" "$status" "$output" >&3
}
the_line() { # REGEX ENGINE CODE CAUSE ARGS...: the one line that REGEX finds in what was said
    local engine=$2 code=$3 cause=$4 line
    line=$(grep -E -- "$1" <<<"$output" || true)
    shift 4
    [[ $(wc -l <<<"$line") == 1 && -n $line ]] || fail "no single line of $engine: $output"
    ((status != 0)) || fail "succeeded: $engine $*"
    [[ $code == - || $status == "$code" ]] || fail "status $status, not $code: $output"
    grep -qiE -- "$cause" <<<"$line" || fail "not found: $cause" "in: $line"
}
run_complains() { # CODE CAUSE ARGS...: with every engine that is there
    local engine code=$1 cause=$2
    shift 2
    for engine in podman docker; do
        if has "$engine"; then complains "$engine" "$code" "$cause" run --rm --network none "$@"; fi
    done
}
only() { has "$1" || skip "needs $1"; }

@test "a command that is not in the image" {
    run_complains 127 '"?nope.*executable file.*not found in \$PATH' "$IMAGE" nope
    run_complains 127 '/bin/nope.*no such file or directory' "$IMAGE" /bin/nope
}
@test "a command that is not executable, a directory" {
    run_complains 126 '/etc/text.*permission denied' "$IMAGE" /etc/text
    run_complains 126 '/etc.*(permission denied|is a directory)' "$IMAGE" /etc
}
@test "a command that the user may not reach" {
    run_complains 126 '/home/alice/true.*permission denied' --user 2000 "$IMAGE" /home/alice/true
}
@test "a program for another processor, of no format" {
    local program
    for program in /bin/wrong-processor /bin/wrong-format; do
        if has podman; then someone_complains podman - "$program.*exec format error" run --rm --network none "$IMAGE" $program; fi
        # with runc the container starts, and nothing is docker's error
        if has docker && is_minc; then complains docker - "$program.*exec format error" run --rm --network none "$IMAGE" $program; fi
    done
}
@test "an interpreter or a loader that is not there" {
    if is_minc; then run_complains 127 '/bin/no-interpreter.*/bin/gone: no such file or directory' "$IMAGE" /bin/no-interpreter; fi
    if has podman; then someone_complains podman - '/bin/no-interpreter.*no such file or directory' run --rm --network none "$IMAGE" /bin/no-interpreter; fi
    if has podman; then someone_complains podman - '/bin/no-loader.*no such file or directory' run --rm --network none "$IMAGE" /bin/no-loader; fi
    if has docker && is_minc; then complains docker - '/bin/no-loader.*no such file or directory' run --rm --network none "$IMAGE" /bin/no-loader; fi
}
@test "a working directory that is a file" {
    run_complains - '/etc/passwd.*not a directory' -w /etc/passwd "$IMAGE" true
}
@test "a file on a directory, a directory on a file" {
    run_complains - '/etc.*not a directory' -v "$WORK/file:/etc" "$IMAGE" true
    run_complains - '/etc/text.*not a directory' -v "$WORK/directory:/etc/text" "$IMAGE" true
}
@test "a mount below /proc" {
    run_complains - '/proc/x' -v "$WORK/directory:/proc/x" "$IMAGE" true
}
@test "a mount option that the filesystem does not know" {
    run_complains - 'size.*invalid argument|invalid tmpfs option|invalid.*size' --tmpfs /x:size=huge "$IMAGE" true
}
@test "a seccomp profile with a wrong action, for a wrong processor" {
    run_complains - 'SCMP_ACT_NOSUCH' --security-opt "seccomp=$WORK/action.json" "$IMAGE" true
    run_complains - 'SCMP_ARCH_NOSUCH' --security-opt "seccomp=$WORK/arch.json" "$IMAGE" true
}
@test "a seccomp profile under which nothing can be executed" {
    is_minc || skip "others say only that the container has stopped"
    run_complains - 'seccomp.*execve' --security-opt "seccomp=$WORK/nothing.json" "$IMAGE" true
}
@test "a sysctl that is not there, with a wrong value" {
    run_complains - 'net[./]nosuch.*no such file or directory' --sysctl net.nosuch=1 "$IMAGE" true
    run_complains - 'shmmax.*invalid argument' --sysctl kernel.shmmax=x "$IMAGE" true
}
@test "a limit above what is allowed" {
    run_complains - 'rlimit.*operation not permitted' --ulimit nofile=2000000000:2000000000 "$IMAGE" true
}
@test "a memory limit that is too low to start" {
    only podman
    complains podman - 'memory' run --rm --network none --memory 8k "$IMAGE" true
}
@test "a device in the place of a file" {
    is_minc || skip "others take the file for the device"
    run_complains - '/etc/passwd.*another file is in its place' --device /dev/null:/etc/passwd "$IMAGE" true
}
@test "what the engine itself refuses still has its cause" {
    run_complains - 'unable to find user|no matching entries' --user nobody-here "$IMAGE" true
    run_complains - 'NOSUCH' --cap-add NOSUCH "$IMAGE" true
    run_complains - 'nosuch' --mount "type=bind,source=$WORK/nosuch,target=/x" "$IMAGE" true
    run_complains - 'nosuch' --device /dev/nosuch "$IMAGE" true
    only podman
    complains podman - 'nosuch.*no such file or directory' run --rm --network none --rootfs "$WORK/nosuch" true
    complains podman - '/nosuch.*no such file or directory' run --rm --network "ns:$WORK/nosuch" "$IMAGE" true
}
@test "a hook that fails" {
    only podman
    printf '#!/bin/sh\necho no luck >&2\nexit 3\n' >"$WORK/hook"
    chmod 755 "$WORK/hook"
    printf '{"version": "1.0.0", "hook": {"path": "%s"}, "when": {"always": true}, "stages": ["createRuntime"]}' "$WORK/hook" >"$WORK/hooks/h.json"
    complains podman - 'exit status 3.*no luck' --hooks-dir "$WORK/hooks" run --rm --network none "$IMAGE" true
}
@test "a cgroup parent that is none" {
    run_complains - 'cgroup' --cgroup-parent /suite/../../cgroup.procs/x "$IMAGE" true
}
@test "exec: a command, a directory, a format; a paused container; a name in use" {
    local engine
    for engine in podman docker; do
        has "$engine" || continue
        ok "$engine" run -d --name "e$engine" --network none "$IMAGE" "${BUSYBOX_SLEEP[@]}"
        complains "$engine" - 'nope.*executable file.*not found in \$PATH' exec "e$engine" nope
        complains "$engine" - '/bin/nope.*no such file or directory' exec "e$engine" /bin/nope
        complains "$engine" 126 'permission denied' exec "e$engine" /etc/text
        complains "$engine" - '/gone.*no such file or directory' exec -w /gone "e$engine" true
        complains "$engine" - 'exec format error' exec "e$engine" /bin/wrong-processor
        complains "$engine" - "name.*e$engine" run --name "e$engine" --network none "$IMAGE" true
    done
    only docker
    ok docker pause edocker
    complains docker - 'paused' exec edocker true
    ok docker unpause edocker
}
