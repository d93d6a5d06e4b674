"""Run by test_tflite_runtime.py with a Python that has tflite-runtime instead of ai-edge-litert.

    python in_tflite_runtime.py FLATBUFFER INPUTS.npy CLASSES

Prints JSON: the int8 logits that the device's own runtime gives for each of the inputs, uint8
[n, S, S, 3].
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from plant_device.classify.runtime import Runtime


def _logits(flatbuffer: str, inputs: str, classes: str) -> list[list[int]]:
    pictures = np.load(inputs)
    runtime = Runtime(
        Path(flatbuffer).read_bytes(),
        side=pictures.shape[1],
        classes=int(classes),
        name=flatbuffer,
    )
    return [runtime.quantised_logits(picture).tolist() for picture in pictures]


if __name__ == "__main__":
    print(json.dumps(_logits(*sys.argv[1:])))
