#!/usr/bin/env bash
# Resolves the pins for every Python and processor they are for, without installing anything.
# Usage: make check-pins
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

# glibc 2.35 is the oldest of the systems that the pins are for (JetPack 6; Debian 12 has 2.36).
resolve() {
  local constraints=$1 requirement=$2 python=$3 machine=$4
  local platforms=()
  for glibc in 2_35 2_34 2_31 2_28 2_27 2_26 2_24 2_17 2_12; do
    platforms+=(--platform "manylinux_${glibc}_$machine")
  done
  "${PIP:-pip}" install --quiet --dry-run --ignore-installed --target "$target" --only-binary=:all: \
    "${platforms[@]}" --platform "manylinux2014_$machine" --platform "linux_$machine" \
    --implementation cp --python-version "$python" --constraint "$constraints" "$requirement"
  echo "resolved: $requirement with $constraints, Python $python, $machine"
}

for machine in x86_64 aarch64; do
  for python in 3.10 3.11 3.12 3.13; do
    resolve constraints/device.txt '.[gpio,mqtt,signature,web]' "$python" "$machine"
  done
  for python in 3.10 3.11 3.12; do
    resolve constraints/device-numpy1.txt '.[gpio,mqtt,signature,web]' "$python" "$machine"
  done
  for python in 3.11 3.12 3.13; do
    resolve constraints/workstation.txt '.[train,dev]' "$python" "$machine"
  done
done
