"""Run by test_mediapipe.py with a Python that has MediaPipe.

    python in_mediapipe.py metadata FILE
    python in_mediapipe.py classify FILE PICTURES.npy

Prints JSON: what MediaPipe's metadata reader finds in a TFLite file; or the categories that its
image classifier gives each of the pictures, uint8 [n, S, S, 3].
"""

from __future__ import annotations

import json
import sys
import types
from typing import Any

import numpy as np


def _metadata(file: str) -> dict[str, Any]:
    # Wheels since 0.10.30 come without the module that the writer, beside the reader, asks for the
    # lowest version of a parser.
    missing = types.ModuleType("mediapipe.tasks.cc.metadata.python")
    missing._pywrap_metadata_version = None  # type: ignore[attr-defined]
    sys.modules.setdefault(missing.__name__, missing)

    from mediapipe.tasks.python.metadata.metadata import MetadataDisplayer

    displayer = MetadataDisplayer.with_model_file(file)
    return {
        "metadata": json.loads(displayer.get_metadata_json()),
        "labels": displayer.get_associated_file_buffer("labels.txt").decode(),
    }


def _classify(file: str, pictures: str) -> list[list[dict[str, Any]]]:
    import mediapipe
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import ImageClassifier, ImageClassifierOptions

    options = ImageClassifierOptions(base_options=BaseOptions(model_asset_path=file))
    found = []
    with ImageClassifier.create_from_options(options) as classifier:
        for picture in np.load(pictures):
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
            (head,) = classifier.classify(image).classifications
            found.append(
                [{"label": each.category_name, "score": each.score} for each in head.categories]
            )
    return found


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["metadata", file]:
            print(json.dumps(_metadata(file)))
        case ["classify", file, pictures]:
            print(json.dumps(_classify(file, pictures)))
