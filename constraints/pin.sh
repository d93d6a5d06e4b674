#!/usr/bin/env bash
# Makes the constraints files anew, with the newest versions that all the Pythons share.
# Needs uv, which resolves for every platform at once. Usage: make pins
set -euo pipefail
cd "$(dirname "$0")/.."

# uv passes over the upper bound of a package's Python: 1.3 is for 3.10 alone, pip refuses it.
bounds=$(mktemp)
trap 'rm -f "$bounds"' EXIT
echo 'backports-strenum<1.3' > "$bounds"

pin() {
  local file=$1 what=$2 python=$3 newest=$4
  shift 4
  {
    echo "# The $what's pins: Python $python to $newest, x86-64 and aarch64."
    echo "# Made by \`make pins\`, checked by \`make check-pins\`."
    uv pip compile pyproject.toml --quiet --universal --fork-strategy fewest \
      --python-version "$python" --constraint "$bounds" --no-header --no-annotate "$@" | grep -v win32
  } > "$file"
}

pin constraints/device.txt device 3.10 3.13 --extra gpio --extra mqtt --extra signature --extra web
pin constraints/workstation.txt workstation 3.11 3.13 --extra train --extra import --extra dev

# The device above packages of its system that were compiled for NumPy 1, which has no 3.13.
echo 'numpy<2' >> "$bounds"
pin constraints/device-numpy1.txt "NumPy 1 device" 3.10 3.12 --extra gpio --extra mqtt --extra signature --extra web
