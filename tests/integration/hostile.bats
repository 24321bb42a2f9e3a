#!/usr/bin/env bats
# Root file systems that lie (hostile.py says how): refused in one line, or inside; the host stays as it was. MINC_RACE_SECONDS: how
# long each of the races lasts.
load helpers

hostile() { # PART [SECONDS]
  alone
  python3 "$HERE/hostile.py" "$1" "$RT" "$BUNDLE" "$STATE" "$ID" ${2:+"$2"} 3>&- 4>&-
  nothing_left
}

@test "run: links, fifos, devices, files in the place of all that is looked up in the image" { hostile run; }
@test "exec: the same in a container that runs" { hostile exec; }
@test "run: they change places with the honest ones meanwhile" { hostile races "${MINC_RACE_SECONDS:-1}"; }
@test "exec: they change places with the honest ones meanwhile" { hostile exec-races "${MINC_RACE_SECONDS:-1}"; }
