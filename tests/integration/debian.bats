#!/usr/bin/env bats
# A Debian 12 root file system, made once and kept in the build directory: a real system with a real shell in it.
load helpers

: "${MINC_CACHE:=$HERE/../../build/cache}"

setup_file() {
  [ "$(id -u)" = 0 ] || { cannot "needs root" && return; }
  command -v mmdebstrap >/dev/null || { cannot "needs mmdebstrap" && return; }
  mkdir -p "$MINC_CACHE"
  if ! [ -f "$MINC_CACHE/debian-12.tar" ]; then
    [ -n "$(ls /sys/class/net | grep -vx lo)" ] || { cannot "no network here to fetch Debian by" && return; }
    mmdebstrap --mode=root --format=tar --variant=minbase --include=procps bookworm "$MINC_CACHE/debian-12.tar.new" >"$MINC_CACHE/debian-12.log" 2>&1 3>&- 4>&- ||
      { cat "$MINC_CACHE/debian-12.log" && return 1; }
    mv "$MINC_CACHE/debian-12.tar.new" "$MINC_CACHE/debian-12.tar"
  fi
  mkdir "$BATS_FILE_TMPDIR/debian"
  tar -C "$BATS_FILE_TMPDIR/debian" --numeric-owner -xf "$MINC_CACHE/debian-12.tar"
}
set_up_debian() { # as an engine would set up a system container
  use "$1"
  mkdir -p "$BUNDLE/rootfs"
  rm -f "$BUNDLE/config.json"
  "$MINC" spec --bundle "$BUNDLE"
  configure '.root.path = $root | .root.readonly = false | .process.terminal = false | .linux.cgroupsPath = "/" + $id
    | (["CHOWN","DAC_OVERRIDE","FOWNER","FSETID","KILL","NET_BIND_SERVICE","SETFCAP","SETGID","SETPCAP","SETUID","SYS_CHROOT"] | map("CAP_" + .)) as $caps
    | .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
    | .process.args = ["bash", "-c", "trap \"exit 5\" TERM; while :; do sleep 0.1; done"]' --arg root "$BATS_FILE_TMPDIR/debian" --arg id "$ID"
}

@test "create, start, exec -t with a login shell, kill, delete" {
  set_up_debian minc
  call create --bundle "$BUNDLE" "$ID"
  cat "$ERR"
  [ "$CODE" -eq 0 ]
  call start "$ID"
  [ "$CODE" -eq 0 ]
  # a login shell reads /etc/profile, knows its terminal, has job control
  run script -qec "$RT --root $STATE exec -t $ID bash -l -i -c 'echo shell \$0 \$-; tty; shopt -q login_shell && echo login; ps -o tty= -p \$\$; id -un; exit 3'" /dev/null </dev/null
  echo "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"/dev/pts/"* ]]
  [[ $output == *login* ]]
  [[ $output == *root* ]]
  not grep -q 'no job control' <<<"$output"
  call exec "$ID" sh -c 'cat /etc/debian_version; ps -e | wc -l; dpkg -l | wc -l; perl -e "print 6*7, \"\n\""'
  cat "$OUT" "$ERR"
  grep -q '^12\.' "$OUT"
  grep -qx 42 "$OUT"
  call kill "$ID" TERM
  wait_until status_is stopped
  call delete "$ID"
  [ "$CODE" -eq 0 ]
  nothing_left
}
facts() {
  set_up_debian "$NAME"
  configure '.process.args = ["bash", "-lc", $script]' --arg script 'id; env | sort; grep -E "^(Cap|NoNew|Groups)" /proc/self/status; ls -l /dev | sed -E "s/ [A-Z][a-z]{2} .*:[0-9]{2} / /"; cut -d" " -f5 /proc/self/mountinfo | sort; su nobody -s /bin/sh -c id'
  step run --bundle "$BUNDLE" "$ID"
}
@test "what a login shell sees is what it sees under runc" {
  both facts
  said 'uid=65534\(nobody\)'
}
@test "users and groups by the names of the image; a user other than root" {
  both as_daemon
  said 'uid=1\(daemon\)'
}
as_daemon() {
  set_up_debian "$NAME"
  configure '.process.user = {uid: 1, gid: 1, additionalGids: [4, 5]} | .process.args = ["bash", "-c", "id; echo $HOME; touch /x || echo no"]'
  step run --bundle "$BUNDLE" "$ID"
}
@test "packages can be installed and removed inside" {
  set_up_debian minc
  mkdir -p "$DIR/package/DEBIAN" "$DIR/package/opt/minct"
  printf 'Package: minct\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n' >"$DIR/package/DEBIAN/control"
  echo installed >"$DIR/package/opt/minct/file"
  dpkg-deb --build --root-owner-group "$DIR/package" "$DIR/minct.deb" >/dev/null
  configure '.mounts += [{destination: "/tmp/minct.deb", type: "bind", source: $deb, options: ["bind", "ro"]}]
    | .process.args = ["sh", "-c", "dpkg -i /tmp/minct.deb && cat /opt/minct/file && dpkg -r minct"]' --arg deb "$DIR/minct.deb"
  call run --bundle "$BUNDLE" "$ID"
  cat "$OUT" "$ERR"
  [ "$CODE" -eq 0 ]
  grep -qx installed "$OUT"
}
