"""Prints what this machine computes, to be compared with what another one does.

    python computed.py MODEL PICTURE

One JSON object: `logits` of the model's own self-test vectors, int8; `square` of the picture, the
stored size that the contract's geometry makes of it, uint8 as one row.
"""

import json
import sys
from pathlib import Path

from plant_device.classify.runtime import runtime_of
from plant_device.contract.geometry import Geometry, leaf_picture
from plant_device.contract.model_file import read_model_file
from plant_device.contract.picture_file import read_picture

model = read_model_file(Path(sys.argv[1]))
runtime = runtime_of(model)
geometry = Geometry(model.manifest.input.side, model.manifest.input.stored_side)
square = leaf_picture(read_picture(Path(sys.argv[2])), geometry)
print(
    json.dumps(
        {
            "logits": [
                runtime.quantised_logits(test.picture).tolist() for test in model.self_tests
            ],
            "square": square.ravel().tolist(),
        }
    )
)
