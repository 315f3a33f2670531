#!/bin/sh
# Installs what socklet uses beside Node: an emulator and a compiler; with --tests also what the tests talk to.
# Says what it does. Exit code 0: everything is there. 1: something is missing and cannot be installed.
#
#   sh scripts/setup.sh            for boards
#   sh scripts/setup.sh --tests    for boards and for `npm test`
#   sh scripts/setup.sh --check    only look
set -eu

tests=no
check=no
for argument in "$@"; do
  case "$argument" in
    --tests) tests=yes ;;
    --check) check=yes ;;
    -h | --help)
      sed -n '2,7s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "setup: unknown option $argument. Options: --tests, --check." >&2
      exit 2
      ;;
  esac
done

has() { command -v "$1" >/dev/null 2>&1; }

# Programs in /usr/sbin are not in every user's PATH.
PATH="$PATH:/usr/sbin:/sbin"

has_arm_library() {
  has arm-none-eabi-gcc && echo '#include <newlib.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1
}

# Programs in C need clang's linker for WebAssembly, wasi-libc and the compiler's own functions: one that is linked has needed them all.
has_wasi_library() {
  has clang && echo 'int main(int n, char **p) { return p[n] != 0; }' |
    clang --target=wasm32-wasi -x c - -o /dev/null >/dev/null 2>&1
}

packages=""
missing=""
want() { # program package
  if ! has "$1"; then
    packages="$packages $2"
    missing="$missing $1"
  fi
}

want qemu-system-arm qemu-system-arm
want arm-none-eabi-gcc gcc-arm-none-eabi
if ! has_arm_library; then
  packages="$packages libnewlib-arm-none-eabi"
  missing="$missing newlib"
fi
if [ "$tests" = yes ]; then
  want ip iproute2
  want tcpdump tcpdump
  want ping iputils-ping
  want arping arping
  want socat socat
  want nc netcat-openbsd
  want curl curl
  want ab apache2-utils
  want dnsmasq dnsmasq-base
  want gcc gcc
fi
# Not every release has these packages; without them the tests of programs in C are skipped.
c_packages=""
if [ "$tests" = yes ] && ! has_wasi_library; then
  c_packages="clang lld wasi-libc libclang-rt-dev-wasm32"
fi

if [ -z "$packages$c_packages" ]; then
  echo "setup: everything is installed."
  exit 0
fi
echo "setup: missing:$missing${c_packages:+ clang with wasi-libc}"

advice() {
  cat >&2 <<'TEXT'
setup: install these yourself, then run this again:
  Debian, Ubuntu   sudo apt-get install qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi
  Fedora           sudo dnf install qemu-system-arm arm-none-eabi-gcc-cs arm-none-eabi-newlib
  Arch             sudo pacman -S qemu-system-arm arm-none-eabi-gcc arm-none-eabi-newlib
  macOS            brew install qemu && brew install --cask gcc-arm-embedded
  elsewhere        QEMU from https://www.qemu.org, the compiler from https://developer.arm.com (GNU toolchain, arm-none-eabi)
The tests (on Linux) also use: iproute2 tcpdump iputils-ping arping socat netcat curl apache2-utils dnsmasq gcc,
  and for programs in C: clang lld wasi-libc libclang-rt-dev-wasm32
Nothing of this is needed for the board native_sim: npx socklet run examples/udp_echo -b native_sim
TEXT
}

if [ "$check" = yes ]; then
  advice
  exit 1
fi
if ! has apt-get; then
  echo "setup: this system has no apt-get, so nothing can be installed from here." >&2
  advice
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif has sudo && sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  echo "setup: installing needs root: run it as root, or where sudo asks for no password." >&2
  advice
  exit 1
fi

DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
install_packages() { # packages …
  echo "setup: apt-get install $*"
  $as_root apt-get install -y --no-install-recommends "$@" >"$log" 2>&1
}
# The package lists may be absent or old: only then are they fetched.
update_and_install() {
  echo "setup: apt-get update"
  $as_root apt-get update >"$log" 2>&1 && install_packages "$@"
}
if [ -n "$packages" ]; then
  # shellcheck disable=SC2086
  if ! install_packages $packages && ! update_and_install $packages; then
    tail -n 20 "$log" >&2
    echo "setup: apt-get could not install the packages; its last lines are above." >&2
    advice
    exit 1
  fi
fi
if [ -n "$c_packages" ]; then
  # shellcheck disable=SC2086
  if ! install_packages $c_packages && ! update_and_install $c_packages; then
    echo "setup: apt-get has no clang with wasi-libc here; the tests of programs in C are skipped." >&2
  fi
fi
for program in $missing; do
  if [ "$program" != newlib ] && ! has "$program"; then
    echo "setup: $program is still missing after apt-get install." >&2
    exit 1
  fi
done
if ! has_arm_library; then
  echo "setup: arm-none-eabi-gcc still finds no C library after apt-get install." >&2
  exit 1
fi
echo "setup: done."
