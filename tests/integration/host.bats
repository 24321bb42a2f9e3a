#!/usr/bin/env bats
# run --host: a throw-away container over the host's own files.
load helpers

setup() {
  set_up
  needs_minc
  use minc
}
host() { call run --host "$@"; }

@test "arguments arrive exactly, exit codes come back" {
  # shellcheck disable=SC2016
  host -- sh -c 'for a; do printf "<%s>" "$a"; done' name '' 'a  b' $'c\nd' '*' '$HOME' -- --host
  cat "$OUT" "$ERR"
  [ "$(cat "$OUT")" = $'<><a  b><c\nd><*><$HOME><--><--host>' ]
  local code
  for code in 0 1 7 255; do
    host -- sh -c "exit $code"
    [ "$CODE" -eq $code ]
  done
  # shellcheck disable=SC2016
  host -- sh -c 'sh -c "kill -TERM \$\$"'
  [ "$CODE" -eq 143 ]
  nothing_left
}
@test "outputs, input" {
  host -- sh -c 'echo out; echo err >&2'
  [ "$(cat "$OUT")" = out ]
  [ "$(cat "$ERR")" = err ]
  [ "$(echo input | rt run --host -- cat)" = input ]
}
@test "the host's programs and files are there; what is written stays inside" {
  local mark=/etc/minct-$$-mark
  host -- sh -c "cat /etc/os-release >$mark && cat $mark && rm /etc/passwd && test ! -e /etc/passwd && mkdir -p /opt/minct-$$/x && chmod 700 /usr"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  cmp "$OUT" /etc/os-release
  [ ! -e "$mark" ]
  [ -s /etc/passwd ]
  [ ! -e "/opt/minct-$$" ]
  [ "$(stat -c %a /usr)" = 755 ]
}
@test "nothing is left: no mount, cgroup, process, state" {
  # A mount namespace of the test's own: what other tests mount meanwhile does not show.
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -c '
    before=$(cat /proc/self/mountinfo) out=$1 && shift
    "$@" >"$out" && exit 1
    [ "$?" -eq 3 ] && [ "$(cat /proc/self/mountinfo)" = "$before" ]
  ' sh "$DIR/id" "$MINC" --root "$STATE" run --host -- sh -c "echo \$MINC_ID; touch /etc/x; sleep 100.$$ & exit 3"
  local id
  id=$(cat "$DIR/id")
  [[ $id == host-* ]]
  [ -z "$(find /sys/fs/cgroup -type d -name "$id")" ]
  [ -z "$(ls -A "$STATE" 2>/dev/null | grep -v '^@')" ]
  not grep -lsa "100[.]$$" /proc/[0-9]*/cmdline
}
@test "its own processes, hostname, mounts, ipc; the host's network" {
  # shellcheck disable=SC2016
  host -- sh -c 'echo $$; for type in ipc mnt net pid uts; do readlink /proc/self/ns/$type; done; hostname; ls -d /proc/[0-9]* | wc -l'
  cat "$OUT" "$ERR"
  [ "$(head -1 "$OUT")" = 1 ]
  grep -qx "$(hostname)" "$OUT"
  grep -qF "$(readlink /proc/self/ns/net)" "$OUT"
  local type
  for type in ipc mnt pid uts; do not grep -qF "$(readlink /proc/self/ns/$type)" "$OUT"; done
  [ "$(tail -1 "$OUT")" -lt 6 ]
}
@test "safe defaults: capabilities, no_new_privs, a filter, masked and read-only paths" {
  host -- grep -E '^(CapBnd|CapEff|CapInh|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status
  cat "$OUT" "$ERR"
  grep -q 'CapInh:.0000000000000000' "$OUT"
  grep -q 'CapAmb:.0000000000000000' "$OUT"
  grep -q 'NoNewPrivs:.1' "$OUT"
  grep -q 'Seccomp:.2' "$OUT"
  # podman's eleven, or what of them the host has
  [ "$(sed -n 's/^CapEff:.//p' "$OUT")" = 00000000800405fb ]
  host -- sh -c 'mount -t tmpfs x /mnt'
  [ "$CODE" -ne 0 ]
  host -- sh -c 'echo 1 >/proc/sys/kernel/panic'
  [ "$CODE" -ne 0 ]
  host -- sh -c 'wc -c </proc/kcore'
  [ "$(cat "$OUT")" = 0 ] || [ "$CODE" -ne 0 ]
  host -- sh -c 'echo x >/sys/kernel/minct'
  [ "$CODE" -ne 0 ]
}
@test "environment from scratch" {
  export LEAKED_TOKEN=secret LEAKED=too
  host -- env
  cat "$OUT"
  not grep -q LEAKED "$OUT"
  grep -q '^PATH=' "$OUT"
  grep -q '^HOME=/root$' "$OUT"
  grep -q '^container=minc-oci$' "$OUT"
  host --env A=1 --env LEAKED -- env
  grep -qx A=1 "$OUT"
  grep -qx LEAKED=too "$OUT"
}
@test "devices of its own, fresh /tmp and /run" {
  touch "/tmp/minct-$$"
  host -- sh -c 'ls /dev; ls -A /tmp /run; echo x >/dev/null && echo written; tty || true'
  rm "/tmp/minct-$$"
  cat "$OUT" "$ERR"
  grep -qx null "$OUT"
  grep -qx written "$OUT"
  not grep -q -e "minct-$$" -e systemd -e sock -e '^vda' "$OUT"
}
@test "other containers' state is not visible" {
  new_bundle
  call create --bundle "$BUNDLE" "$ID"
  host -- sh -c "ls -A $STATE 2>/dev/null; ls -A /run/minc-oci 2>/dev/null; true"
  cat "$OUT"
  not grep -q "$ID" "$OUT"
}
@test "--hostname, --user, --cwd, --bind" {
  host --hostname minct.example -- hostname
  [ "$(cat "$OUT")" = minct.example ]
  host --user 65534:65534 -- id -u
  [ "$(cat "$OUT")" = 65534 ]
  host --user nobody -- id -un
  [ "$(cat "$OUT")" = nobody ]
  host --cwd /usr/share -- pwd
  [ "$(cat "$OUT")" = /usr/share ]
  mkdir -p "$DIR/bound"
  echo bound >"$DIR/bound/file"
  host --bind "$DIR/bound:/mnt" -- sh -c 'cat /mnt/file; echo changed >/mnt/file'
  cat "$ERR"
  [ "$(cat "$OUT")" = bound ]
  [ "$(cat "$DIR/bound/file")" = changed ]
  host --bind "$DIR/bound:/mnt:ro" -- sh -c 'echo again >/mnt/file'
  [ "$CODE" -ne 0 ]
}
@test "--net none, --ro, --memory, --pids, --timeout" {
  host --net none -- ls /sys/class/net
  [ "$(cat "$OUT")" = lo ]
  host --ro -- touch /etc/x
  [ "$CODE" -ne 0 ]
  grep -qi 'read-only file system' "$ERR"
  host --pids 4 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'
  grep -qi 'fork\|resource' "$ERR"
  SECONDS=0
  host --timeout 1 -- sleep 100
  [ "$CODE" -eq 124 ]
  [ $SECONDS -lt 15 ]
}
@test "--print-config runs nothing and makes nothing; its text is a config" {
  host --print-config -- touch "/etc/minct-$$"
  jq -e '.process.args == ["touch", "/etc/minct-'$$'"] and .root.path' "$OUT"
  nothing_left
}
@test "a command that is not there" {
  host -- nosuch-command
  cat "$ERR"
  [ "$CODE" -eq 1 ] || [ "$CODE" -eq 127 ]
  grep -qF 'executable file not found in $PATH' "$ERR"
  one_line "$ERR"
  nothing_left
}
@test "on a terminal" {
  run script -qec "$RT --root $STATE run --host -- sh -c 'tty; test -c /dev/console && echo console; exit 4'" /dev/null </dev/null
  echo "$output"
  [ "$status" -eq 4 ]
  [[ $output == *"/dev/pts/0"* ]]
  [[ $output == *console* ]]
}
@test "ten at once" {
  local i pids=
  for i in 1 2 3 4 5 6 7 8 9 10; do
    rt run --host -- sh -c "echo $i >/etc/same-file; cat /etc/same-file" </dev/null >"$DIR/out-$i" 2>&1 &
    pids+=" $!"
  done
  for i in $pids; do wait "$i"; done
  [ "$(cat "$DIR"/out-* | sort -n | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 10 " ]
}
@test "a package manager that thinks it changes the system" {
  command -v dpkg >/dev/null || skip "needs dpkg"
  mkdir -p "$DIR/package/DEBIAN" "$DIR/package/opt/minct"
  printf 'Package: minct\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n' >"$DIR/package/DEBIAN/control"
  echo installed >"$DIR/package/opt/minct/file"
  dpkg-deb --build --root-owner-group "$DIR/package" "$DIR/minct.deb" >/dev/null
  host --bind "$DIR/minct.deb:/mnt/minct.deb:ro" -- sh -c 'dpkg -i /mnt/minct.deb >/dev/null && cat /opt/minct/file && dpkg -s minct | grep Status'
  cat "$OUT" "$ERR"
  grep -qx installed "$OUT"
  grep -q 'install ok installed' "$OUT"
  [ ! -e /opt/minct ]
  not dpkg -s minct >/dev/null 2>&1
}
@test "a bundle that names its overlay: the rootfs stays as it was" {
  new_bundle
  mv "$BUNDLE/rootfs" "$BUNDLE/lower"
  mkdir "$BUNDLE/rootfs" "$BUNDLE/top"
  echo top >"$BUNDLE/top/file"
  configure '.root.readonly = false | .annotations = {"org.minc-oci.rootfs.type": "overlay", "org.minc-oci.rootfs.lower": "[\"top\",\"lower\"]", "org.minc-oci.rootfs.upper": "tmpfs:16m"}
    | .process.capabilities |= with_entries(.value += ["CAP_DAC_OVERRIDE"])'
  shell 'cat /file; echo changed >/file; cat /file; touch /etc/new; ls /etc'
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  grep -qx changed "$OUT"
  [ "$(cat "$BUNDLE/top/file")" = top ]
  [ ! -e "$BUNDLE/lower/etc/new" ]
  [ -z "$(ls -A "$BUNDLE/rootfs")" ]
  nothing_left
}
