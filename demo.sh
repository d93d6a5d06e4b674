#!/usr/bin/env bash
# From rendered leaves to decisions on a rendered video: what `make demo` runs, step by step.
# Give published AlexNet weights to start from them: WEIGHTS=alexnet.npz make demo
set -euo pipefail

out=demo-output
export PLANT_EDGE_CACHE="$out/cache"
rm -rf "$out"
mkdir "$out"

names=() seconds=()
step() {
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n   %s\n' "$name" "$*" >&2
  "$@"
  names+=("$name") seconds+=($((SECONDS - start)))
}

step "render leaves and a video" \
  plant-train sample "$out/leaves" --train-per-class 90 --test-per-class 40 --video-leaves 16
step "train AlexNet" \
  plant-train fit "$out/leaves" --out "$out/run" --weights "${WEIGHTS:-none}" \
  --recipe laptop --epochs 16 --validation-fraction 0.15
step "judge it on leaves it never saw" plant-train evaluate "$out/run" "$out/leaves"
# Each of the 112 held-out pictures is nearly one per cent: wider limits than for a real model.
step "convert to int8" plant-convert build "$out/run" --out "$out/leaves.tflite" \
  --calibration 96 --min-agreement 0.95 --max-drop 5
step "classify the video, frame by frame" \
  plant-device run --model "$out/leaves.tflite" --source "$out/leaves.mp4" \
  --sheet "$out/sheet.jpg" --json > "$out/decisions.jsonl"

printf '\n== Done\n'
for index in "${!names[@]}"; do printf '%5d s  %s\n' "${seconds[$index]}" "${names[$index]}"; done
printf '%5d s  in all\n\nLook at:\n' "$SECONDS"
printf '  %-32s %s\n' \
  "$out/sheet.jpg" "frames of the video with their decisions" \
  "$out/run/report.html" "how the training went and how good the model is" \
  "$out/leaves.html" "what converting it cost, layer by layer" \
  "$out/decisions.jsonl" "every frame's decision, one JSON line each" \
  "$out/leaves.tflite" "the one file that a device needs"
