# What a build and the tests take from Debian; sourced by ../demo and ../check.
# shellcheck shell=sh disable=SC2034
BUILD_PACKAGES='g++ cmake ninja-build pkg-config libseccomp-dev libcap-dev nlohmann-json3-dev libcli11-dev'
TEST_PACKAGES='catch2 bats jq python3 python3-fusepy python3-jsonschema busybox-static runc crun podman conmon uidmap mmdebstrap strace expect
  bsdextrautils bsdutils procps iproute2 util-linux xz-utils git shellcheck g++-aarch64-linux-gnu qemu-user
  clang-19 libclang-rt-19-dev clang-format-19 qemu-system-x86 qemu-utils e2fsprogs'

install_packages() { # NAME...: those that are not there yet
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "install these first:$missing" >&2
    return 1
  fi
  [ "$(id -u)" = 0 ] || { echo "needs root to install:$missing" >&2 && return 1; }
  echo "installing:$missing" | tr -s ' \n' ' ' && echo
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
}
