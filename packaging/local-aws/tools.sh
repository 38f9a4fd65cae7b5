# shellcheck shell=bash
# What quickstart and test share: installing what is missing, with apt and in a private Python environment.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=$root/.build-tools

say() { printf '%s\n' "$*"; }

# fail STEP [LOG]: names the step, shows the end of its log, and leaves.
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  if [ -n "${2:-}" ]; then
    tail -n 20 "$2" >&2 || true
    printf 'the whole log: %s\n' "$2" >&2
  fi
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages NAME...: installs the Debian packages that are missing.
install_packages() {
  local missing=() name log=$tools/apt.log
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  mkdir -p "$tools"
  { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${missing[@]}"; } \
    >"$log" 2>&1 || fail "installing the Debian packages ${missing[*]}" "$log"
}

need_swift() {
  command -v swift >/dev/null || fail "finding swift: install a Swift 6.3 toolchain (https://www.swift.org/install/linux/) and put it on PATH"
}

# build_release: the program as it is shipped, at .build/release/s3loggerd. No path of this machine goes into it; the same
# source compiled anew at the same path gives the same code (the compiler's hashes of its input may differ, and with them the
# build id; what is compiled in part, after a change, may differ in more).
# (CLinux has _FORTIFY_SOURCE in Package.swift: with -Xcc it would reach the modules that Swift makes of C headers.)
# Every C and C++ part has stack protectors and checked string calls; the program is linked so that nothing that holds
# addresses can be written once it runs. quickstart.py builds with the same flags.
release_flags=(-c release --static-swift-stdlib --disable-local-rpath --product s3loggerd
  -Xswiftc -file-prefix-map -Xswiftc "$root=." -Xcc "-ffile-prefix-map=$root=." -Xcxx "-ffile-prefix-map=$root=."
  -Xcc -fstack-protector-strong -Xcxx -fstack-protector-strong -Xcxx -D_FORTIFY_SOURCE=2
  -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
build_release() { swift build --package-path "$root" "${release_flags[@]}"; }

# python_program NAME PACKAGE: a program from PyPI in an environment of its own, at $tools/NAME/bin/NAME.
python_program() {
  [ -x "$tools/$1/bin/$1" ] || { python3 -m venv "$tools/$1" \
    && "$tools/$1/bin/pip" install --quiet --disable-pip-version-check "$2"; }
}

# python_environment: sets `python` to an interpreter with moto, boto3 and pytest.
python_environment() {
  local base candidate log=$tools/python.log wanted=$root/packaging/local-aws/requirements.txt
  python=$tools/python/bin/python3
  if cmp -s "$wanted" "$tools/python/requirements.txt" && "$python" -c 'import boto3, flask, moto, pytest, xdist' 2>/dev/null; then
    return
  fi
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then base=$candidate && break; fi
  done
  [ -n "${base:-}" ] || fail "finding a python3 with venv (Debian: python3-venv)"
  say "Installing moto, boto3 and pytest into ${tools#"$root"/}/python"
  mkdir -p "$tools"
  { rm -rf "$tools/python" && "$base" -m venv "$tools/python" \
    && "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$wanted"; } >"$log" 2>&1 \
    || fail "installing the Python packages" "$log"
  cp "$wanted" "$tools/python/requirements.txt"
}
