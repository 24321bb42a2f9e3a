#!/usr/bin/env bats
# The table of docs/resources.md, row by row on the layout of this machine: create with the limit, update of a running and of a paused
# container to it, and what the kernel's files (and the unit's properties) say then. A row whose file no container has here is passed
# over and named; with MINC_ALL_RESOURCES=1 only those with a dagger may be.
load helpers

setup() {
  set_up
  [ -f /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/memory ] || skip "no control groups in /sys/fs/cgroup here"
}
teardown() {
  if [ -d /run/systemd/system ]; then
    systemctl stop "minct-$ID.scope" "minct-$ID-new.scope" 2>/dev/null || :
  fi
  tear_down
}

is_v2() { [ -f /sys/fs/cgroup/cgroup.controllers ]; }
disk() { lsblk -dnbo MAJ:MIN | head -1 | tr -d ' '; }
rows_of() { # FIELD: RESOURCES<tab>CELL<tab>UNIT'S CELL of each row whose field is FIELD or below it
  local column=3 disk number
  ! is_v2 || column=4
  disk=$(disk)
  number="\"major\":${disk%:*},\"minor\":${disk#*:}"
  sed -E 's/^\| | \|$//g; s/`//g' "$HERE/../../docs/resources.md" |
    awk -F' *[|] *' -v field="$1" -v column=$column -v OFS='\t' '$1 ~ "^" field "([.[]|$)" && $2 ~ /^\{/ { print $2, $column, $5 }' |
    sed -E "s/\{DISK/{$number/; s/DISK/$disk/g"
}

# ---- one cell --------------------------------------------------------------------------------------------------------------
# Forks are dear in an emulated machine: these answer in variables.
file_of() { # CONTAINER FILE: its path, in FILE
  if ! is_v2; then FILE=/sys/fs/cgroup/${2%%.*}/$1/$2
  elif [ -n "$UNITS" ]; then FILE=/sys/fs/cgroup/minct.slice/minct-tests.slice/minct-$1.scope/$2
  else FILE=/sys/fs/cgroup/$1/$2; fi
}
pairs_of() { # CELL: its NAME=VALUE, in PAIRS
  local cell=${1% †}
  mapfile -t PAIRS <<<"${cell//; /$'\n'}"
}
is_here() { # CELL: a container has its files, and there is the device
  local pair
  case $1 in
    refused:* | ignored | test:*) return 0 ;;
    rdma.max=*) [ -e /sys/class/infiniband/rxe0 ] || return 1 ;;
    *cpu.rt_*) [ "$(cat /sys/fs/cgroup/cpu/cpu.rt_runtime_us 2>/dev/null || echo 0)" -gt 0 ] || return 1 ;; # the parent's budget
    *bfq*=[0-9]*:*) grep -qF '[bfq]' "/sys/dev/block/$(disk)/queue/scheduler" || return 1 ;;
  esac
  pairs_of "$1"
  for pair in "${PAIRS[@]}"; do
    file_of "$ID" "${pair%%=*}"
    [ -e "$FILE" ] || return 1
  done
}
files_say() { # CONTAINER CELL: the value is the text of the file, or one of its lines
  local pair line found lines
  case $2 in ignored | test:*) return 0 ;; esac
  pairs_of "$2"
  for pair in "${PAIRS[@]}"; do
    file_of "$1" "${pair%%=*}"
    found=
    mapfile -t lines <"$FILE"
    for line in "${lines[@]}"; do
      # shellcheck disable=SC2053 # a pattern
      [[ $line != ${pair#*=} ]] || found=yes
    done
    [ -n "$found" ] || { echo "${pair%%=*} does not say ${pair#*=} but:" && printf '%s\n' "${lines[@]}" && return 1; }
  done
}
unit_says() { # CONTAINER CELL
  local pair got names
  [ -n "$UNITS" ] || return 0
  case $2 in '' | — | test:*) return 0 ;; esac
  pairs_of "$2"
  names=${PAIRS[*]%%=*}
  got=$(systemctl show --property "${names// /,}" "minct-$1.scope")
  for pair in "${PAIRS[@]}"; do
    [[ $'\n'$got$'\n' == *$'\n'"$pair"$'\n'* ]] || { echo "not $pair but:" && echo "$got" && return 1; }
  done
}

# ---- one row ---------------------------------------------------------------------------------------------------------------
container() { # CONTAINER RESOURCES: created
  local path=/$1
  [ -z "$UNITS" ] || path=minct-tests.slice:minct:$1
  configure '.linux.cgroupsPath = $path | .linux.resources = {devices: [{allow: false, access: "rwm"}]} + $limits' \
    --arg path "$path" --argjson limits "$2"
  call ${UNITS:+--systemd-cgroup} create --bundle "$BUNDLE" "$1"
}
outcome() { # CONTAINER CELL UNIT'S-CELL: after a call
  case $2 in
    refused:*)
      [ "$CODE" -ne 0 ] || { echo "not refused" && return 1; }
      grep -qF -- "${2#refused: }" "$ERR" || { echo "it says:" && cat "$ERR" && return 1; }
      ;;
    *)
      [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
      files_say "$1" "$2"
      unit_says "$1" "$3"
      ;;
  esac
}
by_create() { # RESOURCES CELL UNIT'S-CELL
  container "$ID-new" "$1"
  outcome "$ID-new" "$2" "$3"
  if [ "$CODE" -eq 0 ]; then
    call delete "$ID-new"
    [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  fi
  local left=(/sys/fs/cgroup/{,*/,minct.slice/minct-tests.slice/}*"$ID-new"*)
  [ ${#left[@]} -eq 0 ] || { echo "left behind: ${left[*]}" && return 1; }
}
by_update() { # RESOURCES CELL UNIT'S-CELL
  [[ $1 != *devices* ]] || return 0 # an update does not touch them
  printf '%s' "$1" >"$DIR/limits"
  call update --resources="$DIR/limits" "$ID"
  outcome "$ID" "$2" "$3"
}
play() { # FIELD: every row of it
  alone
  shopt -s nullglob
  local rows row resources cell unit played=()
  mapfile -t rows < <(rows_of "$1")
  container "$ID" '{}'
  [ "$CODE" -eq 0 ] || { cat "$ERR" && return 1; }
  call start "$ID"
  for row in "${rows[@]}"; do
    IFS=$'\t' read -r resources cell unit <<<"$row"
    if ! is_here "$cell"; then
      echo "# not on this machine: $resources ($cell)" | tee -a "${MINC_RESULTS:-/dev/null}" >&3
      [ -z "${MINC_ALL_RESOURCES:-}" ] || [[ $cell == *† ]] || return 1
      continue
    fi
    echo "$resources: $cell; $unit"
    by_create "$resources" "$cell" "$unit"
    by_update "$resources" "$cell" "$unit"
    played+=("$row")
  done
  call pause "$ID"
  for row in "${played[@]}"; do
    IFS=$'\t' read -r resources cell unit <<<"$row"
    echo "paused: $resources: $cell; $unit"
    by_update "$resources" "$cell" "$unit"
  done
  call resume "$ID"
  call delete --force "$ID"
  [ "$CODE" -eq 0 ]
  nothing_left
  [ ${#played[@]} -gt 0 ] || skip "no row of it can be played on this machine"
}
files() { UNITS='' play "$1"; }
units() {
  is_v2 || skip "the column is of v2"
  [ -d /run/systemd/system ] || skip "needs systemd as process 1"
  UNITS=yes play "$1"
}

@test "resources: every row has a well-formed cell for each layout, and its test exists" {
  alone
  local table=$HERE/../../docs/resources.md bad field name
  bad=$(grep -E '^\| [a-z].*`\{' "$table" | awk -F' *[|] *' 'NF != 7 || $4 == "" || $5 == "" { print }')
  [ -z "$bad" ] || { echo "$bad" && return 1; }
  grep -oE 'test: [^|]*[^| ]' "$table" | sed 's/^test: //; 1d' | while read -r name; do
    grep -rqF "@test \"$name\"" "$HERE" "$HERE/../vm" || { echo "no such test: $name" && return 1; }
  done
  for field in memory cpu pids blockIO hugepageLimits network rdma unified devices; do
    grep -qE "^@test \"resources: $field\"" "$BATS_TEST_FILENAME" && grep -qE "^\| $field([.[]| )" "$table"
  done
}

@test "resources: memory" { files memory; }
@test "resources: cpu" { files cpu; }
@test "resources: pids" { files pids; }
@test "resources: blockIO" { files blockIO; }
@test "resources: hugepageLimits" { files hugepageLimits; }
@test "resources: network" { files network; }
@test "resources: rdma" { files rdma; }
@test "resources: unified" { files unified; }
@test "resources: devices" { files devices; }
@test "resources of a unit: memory" { units memory; }
@test "resources of a unit: cpu" { units cpu; }
@test "resources of a unit: pids" { units pids; }
@test "resources of a unit: blockIO" { units blockIO; }
@test "resources of a unit: hugepageLimits" { units hugepageLimits; }
@test "resources of a unit: network" { units network; }
@test "resources of a unit: unified" { units unified; }
@test "resources of a unit: devices" { units devices; }
