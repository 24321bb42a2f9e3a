#!/bin/sh
# Cross-builds init for aarch64 and runs under qemu-user what that can run: refusing a damaged plan, and a whole conversation that ends in
# exec. Mounts and namespaces need a kernel of that architecture.
#
#   aarch64.sh INIT_DRIVER BUSYBOX     exit status 77: a tool is missing (the test is skipped)
set -eu
driver=$1 busybox=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
compiler=${CROSS_CXX:-aarch64-linux-gnu-g++}
for tool in "$compiler" qemu-aarch64; do
  command -v "$tool" >/dev/null || { echo "no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The flags are those of the target minc-init; what does not depend on the architecture is taken from there.
sed -n '/^target_compile_options(minc-init/,/)$/p; /^target_link_options(minc-init/,/)$/p' "$source/CMakeLists.txt" |
  tr ' ()' '\n\n\n' | grep -E '^-(O|f|W|U|nostdlib|static|no-pie|s$)' | grep -v '^-Wl,-z,norelro' > "$work/flags"
# shellcheck disable=SC2046
"$compiler" -std=c++23 -DMINC_INIT=1 -DNDEBUG -iquote "$source/src" -Werror $(cat "$work/flags") \
  $(ls "$source"/src/init/*.cpp | grep -v _test.cpp) "$source/src/plan/image.cpp" -o "$work/minc-init"
[ "$(wc -c < "$work/minc-init")" -lt 65536 ] || { echo "too large"; exit 1; }
for case in damage plain; do
  EMULATOR=qemu-aarch64 "$driver" "$work/minc-init" "$busybox" "$case"
done
