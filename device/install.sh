#!/usr/bin/env bash
# Installs Plant Edge on a board as a service, brings it up to date, or removes it.
#
# Whatever ends it, the installation before stays as it was and goes on; the same command again
# finishes. What it installs lies in a folder of its own under /opt/plant-edge/versions, is tried
# there, and becomes the current one by a rename.
set -Eeuo pipefail
umask 022

usage() {
  cat <<'USAGE'
Usage: sudo bash install.sh [--from BUNDLE] [--model FILE] [--source SOURCE]
       sudo bash install.sh --rollback
       sudo bash install.sh --uninstall [--purge]

Installs from a folder that `plant-device bundle` made (the one that install.sh lies in, if it lies
in one), else from the checkout that it lies in, over the network. Run again it updates; settings,
records and models stay.

  --from BUNDLE    install from this folder, without a network
  --model FILE     the model to run; else that of the bundle, else the one that is installed
  --source SOURCE  the camera for a settings file that is not there yet  [default: usb:0]
  --rollback       go back to the version before
  --uninstall      remove the program and the service; settings and records stay
  --purge          with --uninstall: these too
  --root DIR       install below DIR, without a user and a service: to try it
  -h, --help       show this

PYTHON=python3.12 names another Python than the system's python3.
USAGE
}

say() { printf '%s\n' "$*" >&2; }
# Whoever reads that it is done may pull the plug.
say_done() { sync; say "$*"; }
fail() { say "error: $*"; exit 2; }

main() {
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  action=install from='' model='' source=usb:0 purge=no root=''
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --model | --source | --root)
        [ -n "${2-}" ] || fail "expected a value after $1 (--help tells more)"
        printf -v "${1#--}" %s "$2"
        shift
        ;;
      --rollback | --uninstall) action=${1#--} ;;
      --purge) purge=yes ;;
      -h | --help) usage; exit 0 ;;
      *) fail "expected an option, received: $1 (--help tells more)" ;;
    esac
    shift
  done
  [ "$purge" = no ] || [ "$action" = uninstall ] || fail "--purge goes with --uninstall"

  if [ -n "$root" ]; then
    root=$(realpath -m -- "$root")
  elif [ "$(id -u)" != 0 ]; then
    fail "expected to be run by root: sudo bash $0 (--root DIR tries it in a folder)"
  fi
  program=$root/opt/plant-edge
  settings=$root/etc/plant-edge/settings.toml
  state=$root/var/lib/plant-edge
  unit=$root/etc/systemd/system/plant-edge.service
  command=$root/usr/local/bin/plant-device

  trap 'tell_unexpected $LINENO' ERR
  # What is refused leaves nothing behind.
  case $action in
    install) look_at_origin ;;
    rollback) [ -L "$program/previous" ] || fail "there is no version before to go back to" ;;
  esac
  mkdir -p "$program/versions"
  # Who is killed leaves no lock behind: the kernel's ends with the process.
  exec 9> "$program/.lock"
  flock -n 9 || { say "waiting for the install.sh that is at work"; flock 9; }
  case $action in
    install) install_version ;;
    rollback) roll_back ;;
    uninstall) uninstall ;;
  esac
}

# Called by the trap; older shellchecks have another number for it.
# shellcheck disable=SC2317,SC2329
tell_unexpected() {
  say "error: install.sh stopped in line $1; what was installed before goes on, the same command again finishes"
}

# ---- install

look_at_origin() {
  find_origin
  [ -z "$bundle" ] || check_sums
  find_python
  [ -z "$bundle" ] || check_target
}

install_version() {
  require_space
  sweep
  new=$(mktemp -d "$program/versions/$(date +%Y%m%d-%H%M%S)-XXXX")
  chmod 755 "$new"
  # The model from a stick or a home folder, where the service's user can read it.
  given=$(mktemp -d "$program/versions/given-XXXX")
  chmod 755 "$given"
  trap 'rm -rf "$new" "$given"' EXIT
  put_program
  make_user
  try_program
  make_places
  switch_to "$new"
  trap 'rm -rf "$given"' EXIT
  put_model
  put_settings
  put_service
  sweep
  rm -rf "$given"
  trap - EXIT
  say_done "installed: $program/current, settings in $settings, records and models in $state"
}

find_origin() {
  bundle=$from
  if [ -z "$bundle" ] && [ -e "$here/bundle.txt" ]; then bundle=$here; fi
  if [ -n "$bundle" ]; then
    if ! [ -f "$bundle/bundle.txt" ] || ! [ -f "$bundle/SHA256SUMS" ]; then
      fail "expected a folder that \`plant-device bundle\` made, received: $bundle"
    fi
    bundle=$(cd "$bundle" && pwd)
    unit_source=$bundle/systemd/plant-edge.service
    if [ -z "$model" ] && grep -q '  model.tflite$' "$bundle/SHA256SUMS"; then model=$bundle/model.tflite; fi
  else
    checkout=$(dirname "$here")
    [ -f "$checkout/pyproject.toml" ] ||
      fail "expected install.sh in a checkout or in a bundle, or --from BUNDLE"
    unit_source=$here/systemd/plant-edge.service
  fi
  [ -z "$model" ] || [ -f "$model" ] || fail "expected a model file after --model, received: $model"
}

told() { sed -n "s/^$1 //p" "$bundle/bundle.txt"; }

find_python() {
  python=${PYTHON:-python3}
  if [ -z "${PYTHON:-}" ] && [ -n "$bundle" ] && command -v "python$(told python)" > /dev/null; then
    python=python$(told python)
  fi
  command -v "$python" > /dev/null || fail "$python is not installed: apt install python3 python3-venv"
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2> /dev/null) ||
    fail "$python does not run: say another one, as in PYTHON=/usr/bin/python3"
  "$python" -c 'import venv' 2> /dev/null || fail "$python has no venv: apt install python3-venv"
  if [ -z "$bundle" ]; then
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' ||
      fail "expected Python 3.10 to 3.13, received $version: say which, as in PYTHON=python3.12"
    "$python" -c 'import ensurepip' 2> /dev/null || fail "$python has no pip: apt install python3-venv"
  fi
}

check_sums() {
  local found first
  say "checking $bundle"
  if ! found=$(cd "$bundle" && sha256sum --check --quiet --strict SHA256SUMS 2> /dev/null); then
    first=$(sed -n 's/: FAILED.*//p' <<< "$found" | head -n 1)
    fail "${first:-SHA256SUMS} in $bundle is not as it was made, or not there: copy the bundle anew"
  fi
  # Those whose sums were checked, and no others that may lie there.
  mapfile -t wheels < <(sed -n 's/^[0-9a-f]*  \(wheels\/.*\.whl\)$/\1/p' "$bundle/SHA256SUMS")
  [ "${#wheels[@]}" = "$(told wheels)" ] ||
    fail "expected $(told wheels) wheels in $bundle/SHA256SUMS, received ${#wheels[@]}: copy the bundle anew"
}

check_target() {
  local machine glibc module
  machine=$(uname -m)
  [ "$machine" = "$(told machine)" ] ||
    fail "the bundle is for $(told machine), this is $machine: plant-device bundle … --machine $machine"
  [ "$version" = "$(told python)" ] ||
    fail "the bundle is for Python $(told python) ($(told system)), this is Python $version: make one with another --target"
  glibc=$(getconf GNU_LIBC_VERSION 2> /dev/null || true)
  glibc=${glibc#glibc }
  [ "$(printf '%s\n' "$(told glibc)" "${glibc:-0}" | sort -V | head -n 1)" = "$(told glibc)" ] ||
    fail "the bundle needs glibc $(told glibc), this system has ${glibc:-another C library}: make one with another --target"
  for module in $(told needs); do
    "$python" -c "import $module" 2> /dev/null ||
      fail "the bundle leaves $module to the system, and $python cannot import it: apt install python3-opencv"
  done
}

require_space() {
  local needed=900000000 free
  # What is unpacked, and as much again of a part of it: compiled modules.
  if [ -n "$bundle" ]; then needed=$(($(told installed-bytes) * 13 / 10 + 50000000)); fi
  if [ -n "$model" ]; then needed=$((needed + 2 * $(stat -c %s "$model"))); fi
  free=$(df --output=avail -B1 "$program" | tail -n 1)
  [ "$free" -ge "$needed" ] ||
    fail "expected $((needed / 1000000)) MB free in $program, received $((free / 1000000)) MB"
}

# What neither runs nor ran before, and what was left by who was killed.
sweep() {
  local each
  for each in "$program"/versions/*; do
    if [ -d "$each" ] && ! is_current "$each" && ! is_previous "$each"; then rm -rf "$each"; fi
  done
}

is_current() { [ "$(readlink "$program/current" || true)" = "versions/${1##*/}" ]; }
is_previous() { [ "$(readlink "$program/previous" || true)" = "versions/${1##*/}" ]; }

put_program() {
  local venv=(--without-pip) pip
  if [ -n "$bundle" ]; then
    say "installing from $bundle"
    if [ "$(told sees-system)" = yes ]; then venv+=(--system-site-packages); fi
    "$python" -m venv "${venv[@]}" "$new"
    pip=$(printf '%s\n' "${wheels[@]}" | grep '^wheels/pip-')
    # A pip that runs from its wheel: a system without python3-venv has no other. All is resolved
    # already; what the system has of the same version is not taken for ours.
    (cd "$bundle" && PIP_CONFIG_FILE=/dev/null "$new/bin/python" "$pip/pip" --isolated install \
      --quiet --no-index --no-deps --ignore-installed --no-cache-dir --no-warn-script-location \
      --disable-pip-version-check --root-user-action=ignore "${wheels[@]}") ||
      fail "pip could not install the wheels of $bundle; its own words are above"
  else
    say "installing from $checkout and the network"
    "$python" -m venv "$new"
    # A copy: a build leaves folders where it runs, and finds those of the one before.
    mkdir "$new/source"
    cp -rL "$checkout"/{pyproject.toml,README.md,LICENSE,device,train,convert} "$new/source"
    "$new/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
      --constraint "$checkout/constraints/device.txt" "$new/source[gpio,mqtt,signature]" ||
      fail "pip could not install; its own words are above (without a network: plant-device bundle)"
    rm -rf "$new/source"
  fi
}

make_user() {
  if [ -z "$root" ] && ! getent passwd plant-edge > /dev/null; then
    useradd --system --user-group --home-dir "$state" --no-create-home \
      --shell /usr/sbin/nologin plant-edge
  fi
}

# Whoever took the service over can put links into its folders, and models beside its own. So
# nothing is done there, and no model run, but with its own rights.
as_service() {
  if [ -n "$root" ]; then "$@"; else runuser -u plant-edge -- "$@"; fi
}

# In the folder that the service will use, before it does: the commands, the settings, the model.
try_program() {
  local tried='' wrong
  "$new/bin/plant-device" --help > /dev/null || fail "the new plant-device does not start here"
  if [ -e "$settings" ]; then
    wrong=$("$new/bin/plant-device" config check "$settings" 2>&1) ||
      fail "${wrong#error: }; nothing has changed"
  fi
  if [ -n "$model" ]; then
    tried=$given/${model##*/}
    cp "$model" "$tried"
    if [ -f "$model.sha256" ]; then cp "$model.sha256" "$tried.sha256"; fi
    chmod 644 "$given"/*
  elif [ -e "$state/models/shelf.json" ]; then
    tried=$state/models/$(as_service "$new/bin/plant-device" model list --models "$state/models" --json |
      sed -n 's/.*"place":"current","sha256":"\([0-9a-f]*\)".*/\1/p').tflite
  fi
  if [ -n "$tried" ]; then
    say "trying ${model:-$tried}"
    mkdir "$new/trial"
    if [ -z "$root" ]; then chown plant-edge: "$new/trial"; fi
    wrong=$(as_service "$new/bin/plant-device" model install "$tried" --models "$new/trial" 2>&1) ||
      fail "the new plant-device does not run ${model:-$tried} here: $(named_as_given "${wrong#error: }"); nothing has changed"
    rm -rf "$new/trial"
  fi
}

named_as_given() { printf %s "${1//"$given/${model##*/}"/"$model"}"; }

make_places() {
  install_folder 755 "$root/etc/systemd/system" "$root/usr/local/bin"
  # Settings may hold a camera's password: they belong to root, and the service reads them.
  install_folder 2750 "$(dirname "$settings")"
  install_folder 750 "$state"
  if [ -z "$root" ]; then
    chgrp plant-edge "$(dirname "$settings")"
    chmod 2750 "$(dirname "$settings")"
    chown plant-edge: "$state"
  fi
  [ -d "$state/models" ] || as_service mkdir -m 750 "$state/models"
}

install_folder() {
  local mode=$1 each
  for each in "${@:2}"; do
    [ -d "$each" ] || { mkdir -p "$each" && chmod "$mode" "$each"; }
  done
}

switch_to() {
  sync -f "$1"
  local former
  former=$(readlink "$program/current" || true)
  if [ -n "$former" ]; then point "$program/previous" "$former"; fi
  point "$program/current" "versions/${1##*/}"
  point "$command" "$program/current/bin/plant-device"
}

point() {
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
}

put_model() {
  if [ -n "$model" ]; then
    as_service "$command" model install "$given/${model##*/}" --models "$state/models"
  elif [ ! -e "$state/models/shelf.json" ]; then
    say "no model is installed yet: sudo bash install.sh --model FILE"
  fi
}

put_settings() {
  if [ -e "$settings" ]; then return; fi
  (umask 027 && "$command" config init "$settings" --model "$state/models" --source "$source" \
    --store "$state/records")
}

put_service() {
  cp "$unit_source" "$unit.new"
  chmod 644 "$unit.new"
  mv "$unit.new" "$unit"
  write_groups "$unit.d"
  if [ -n "$root" ]; then
    say "no user and no service below $root: run $command run --config $settings"
  elif [ ! -d /run/systemd/system ]; then
    say "no service: systemd does not run here"
  else
    systemctl daemon-reload
    systemctl --quiet enable plant-edge.service
    systemctl restart plant-edge.service ||
      { say "error: the service does not start: journalctl -u plant-edge tells why (back: --rollback)"; exit 1; }
  fi
}

# systemd starts nothing in a group that is not there.
write_groups() {
  local group groups=()
  for group in video gpio render plugdev; do
    if getent group "$group" > /dev/null; then groups+=("$group"); fi
  done
  install_folder 755 "$1"
  printf '[Service]\nSupplementaryGroups=%s\n' "${groups[*]}" > "$1/groups.conf.new"
  mv "$1/groups.conf.new" "$1/groups.conf"
  # NVIDIA's cameras come over a socket in /tmp, and its devices have many names.
  if [ -e /etc/nv_tegra_release ]; then
    printf '[Service]\nPrivateTmp=no\nDevicePolicy=auto\nDeviceAllow=\n' > "$1/jetson.conf"
  fi
}

# ---- rollback, uninstall

roll_back() {
  local former
  former=$(readlink "$program/previous" || true)
  if [ -z "$former" ] || is_current "$former"; then
    fail "there is no version before to go back to"
  fi
  switch_to "$program/$former"
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then systemctl restart plant-edge.service; fi
  say_done "current again: $program/$former"
}

uninstall() {
  if [ -z "$root" ] && [ -d /run/systemd/system ] && [ -e "$unit" ]; then
    systemctl --quiet disable --now plant-edge.service
  fi
  rm -rf "$unit" "$unit.d"
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  if [ "$(readlink "$command" || true)" = "$program/current/bin/plant-device" ]; then rm "$command"; fi
  # The command and the current version first: what is half removed must not be started.
  rm -f "$program/current"
  rm -rf "$program"
  if [ "$purge" = yes ]; then
    rm -rf "$(dirname "$settings")" "$state"
    if [ -z "$root" ] && getent passwd plant-edge > /dev/null; then userdel plant-edge; fi
    say_done "removed, with settings and records"
  else
    say_done "removed; settings ($settings) and records ($state) are kept, --purge removes them too"
  fi
}

# As a whole, so that a file that is replaced while it runs does no harm.
main "$@"
exit
