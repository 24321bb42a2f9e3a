#!/usr/bin/env bats
# Documents of a size that nobody writes by hand: read to the end or refused, in a time and a memory that grow with the size and not
# with its square. Compared are n and 2n of the same thing, by the processor's time in user mode, which what else the machine does
# hardly changes; the bounds are wide.
load helpers

generate() { # PYTHON-EXPRESSION: config.json from config.json, which is `c`
  python3 - "$BUNDLE/config.json" "$1" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as file: c = json.load(file)
exec(sys.argv[2])
with open(sys.argv[1], "w") as file: json.dump(c, file)
PYTHON
}
# Of three runs of the runtime the least: user ms, system ms, peak KiB. Fails when the exit code is not CODE.
cost() { # CODE ARGS...
  python3 - "$RT" "$STATE" "$DIR/cost" "$@" <<'PYTHON'
import os, resource, sys
runtime, state, log, code, *words = sys.argv[1:]
best = [10**9, 10**9, 10**9]
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pid = os.fork()
    if pid == 0:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for fd in 1, 2: os.dup2(out, fd)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.closerange(3, 64)
        os.execv(runtime, [runtime, "--root", state, *words])
    _, status, used = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) != int(code):
        sys.exit(f"{' '.join(words)}: {os.waitstatus_to_exitcode(status)}: {open(log).read(500)}")
    best = [min(best[0], used.ru_utime * 1000), min(best[1], used.ru_stime * 1000), min(best[2], used.ru_maxrss)]
print(*(int(number) for number in best))
PYTHON
}
# The cost of n and of 8n, made by GENERATOR with {n}: user and system time, and memory. A square would be 64 times as much; what the
# machine does beside it does not make 8 times into 24.
linear() { # N GENERATOR CODE ARGS...
  local n=$1 make=$2 once more
  shift 2
  cp "$BUNDLE/config.json" "$DIR/kept"
  generate "${make//\{n\}/$n}"
  once=$(cost "$@")
  cp "$DIR/kept" "$BUNDLE/config.json"
  generate "${make//\{n\}/$((8 * n))}"
  more=$(cost "$@")
  cp "$DIR/kept" "$BUNDLE/config.json"
  echo "user ms, system ms, peak KiB: $once for $n, $more for $((8 * n))"
  awk -v once="$once" -v more="$more" 'BEGIN {
    split(once, a, " "); split(more, b, " ")
    for (i = 1; i <= 3; ++i) if (b[i] > 24 * (a[i] + 2)) { print "not linear:", a[i], b[i]; exit 1 }
  }'
  nothing_left
}
in_one_line() { # CODE WORDS ARGS...
  local code=$1 words=$2
  shift 2
  PATIENCE=30 call "$@"
  head -c 1000 "$ERR"
  [ "$CODE" -eq "$code" ]
  one_line "$ERR"
  grep -qF -- "$words" "$ERR"
  nothing_left
}

@test "2,000,000 open brackets or braces: an error with its place" {
  alone
  head -c 2000000 /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
  in_one_line 1 config.json: run --bundle "$BUNDLE" "$ID"
  { printf '{"ociVersion": "1.0.0", "unknown": ' && head -c 2000000 /dev/zero | tr '\0' '['; } >"$BUNDLE/config.json"
  in_one_line 1 config.json: run --bundle "$BUNDLE" "$ID"
  python3 -c 'print("{\"a\":" * 1000000)' >"$BUNDLE/config.json"
  in_one_line 1 config.json: run --bundle "$BUNDLE" "$ID"
  rm -rf "$BUNDLE"
  new_bundle
  call run -d --bundle "$BUNDLE" "$ID"
  head -c 2000000 /dev/zero | tr '\0' '[' >"$DIR/process.json"
  call exec --process "$DIR/process.json" "$ID"
  [ "$CODE" -eq 255 ] && one_line "$ERR"
  call update --resources "$DIR/process.json" "$ID"
  [ "$CODE" -eq 1 ] && one_line "$ERR"
}
@test "64 MiB are read, one byte more is refused by its size" {
  alone
  shell true
  cp "$BUNDLE/config.json" "$DIR/kept"
  # blanks to the limit; and content to nearly the limit
  truncate -s 67108864 "$BUNDLE/config.json"
  python3 - "$BUNDLE/config.json" "$DIR/kept" <<'PYTHON'
import sys
text = open(sys.argv[2], "rb").read()
open(sys.argv[1], "wb").write(text + b" " * ((64 << 20) - len(text)))
PYTHON
  call run --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  printf ' ' >>"$BUNDLE/config.json"
  in_one_line 1 "larger than 64 MiB" run --bundle "$BUNDLE" "$ID"
  # nothing of it is read: 8 TiB, sparse
  truncate -s 8T "$BUNDLE/config.json"
  in_one_line 1 "larger than 64 MiB" run --bundle "$BUNDLE" "$ID"
  strace -qq -e trace=read,mmap,pread64 -o "$DIR/trace" "$RT" --root "$STATE" run --bundle "$BUNDLE" "$ID" 3>&- 4>&- 2>/dev/null || :
  not grep -E '(read|pread64)\(.* [0-9]{5,}\)' "$DIR/trace"
}
# Not the filter: what libseccomp takes for it is not ours (docs/security.md).
@test "growing documents: masks, mounts, long lists" {
  alone
  shell true
  linear 5000 'c["linux"]["maskedPaths"] = [f"/nowhere/{i}" for i in range({n})]' 0 run --bundle "$BUNDLE" "$ID"
  linear 125 'c["mounts"] += [{"destination": f"/tmp/m{i}", "type": "tmpfs", "source": "t"} for i in range({n})]' 0 run --bundle "$BUNDLE" "$ID"
  linear 25000 'c["process"]["env"] += [f"A{i}=b" for i in range({n})]' 0 plan "$BUNDLE"
  linear 20000 'c["annotations"] = {f"a.{i}": "b" for i in range({n})}' 0 plan "$BUNDLE"
  linear 20000 'c["process"]["user"]["additionalGids"] = list(range({n}))' 0 plan "$BUNDLE"
  linear 10000 'c["linux"]["resources"]["devices"] = [{"allow": i % 2 == 0, "type": "c", "major": i, "minor": i, "access": "rwm"} for i in range({n})]' \
    0 plan "$BUNDLE"
  linear 10000 'c["linux"]["sysctl"] = {f"net.a.b{i}": "1" for i in range({n})}' 0 plan "$BUNDLE"
  linear 5000 'c["hooks"] = {"createContainer": [{"path": "/bin/true", "args": ["a", str(i)]} for i in range({n})]}' 0 plan "$BUNDLE"
}
@test "20,000 masks of what is there, 500 mounts, 3,000 rules: one container with all of it" {
  alone
  mkdir -p "$BUNDLE/rootfs/many"
  (cd "$BUNDLE/rootfs/many" && seq 1 20000 | xargs touch)
  shell 'wc -l </proc/self/mountinfo; stat -c %F /many/1 /many/20000 | uniq'
  generate 'c["linux"]["maskedPaths"] = [f"/many/{i + 1}" for i in range(20000)]
c["mounts"] += [{"destination": f"/tmp/m{i}", "type": "tmpfs", "source": "t"} for i in range(500)]
c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [{"names": ["kcmp"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": i, "op": "SCMP_CMP_EQ"}]} for i in range(3000)]}'
  PATIENCE=120 call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  [ "$(head -n 1 "$OUT")" -gt 20500 ]
  [ "$(tail -n 1 "$OUT")" = "character special file" ]
}
