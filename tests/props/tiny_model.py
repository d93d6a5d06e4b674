"""A true model file of `tiny.tflite.bin`, small enough for every test that wants one."""

import hashlib
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from plant_device.contract.classes import leaf_class
from plant_device.contract.figures import ClassFigures, Figures
from plant_device.contract.manifest import (
    Conversion,
    Flatbuffer,
    Gate,
    HeldOutFigures,
    Input,
    MadeBy,
    Manifest,
    RecallDrop,
    SelfTestVector,
    Thresholds,
)
from plant_device.contract.model_file import model_file_content

LABELS = ["Apple___healthy", "Apple___scab", "Pepper,_bell___Bacterial_spot", "Tomato___healthy"]
SIDE = 32
_DATA = Path(__file__).parents[1] / "device" / "data"


def tiny_flatbuffer() -> bytes:
    """The int8 network of `tests/device/data/make_tiny_network.py`."""
    return (_DATA / "tiny.tflite.bin").read_bytes()


def tiny_pictures() -> list[np.ndarray]:
    """Three inputs of the tiny network, uint8 [32, 32, 3] RGB."""
    random = np.random.default_rng(3)
    return [random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for _ in range(3)]


def tiny_logits(picture: np.ndarray) -> list[int]:
    """What the plain TFLite interpreter, without our code, makes of an input."""
    interpreter = Interpreter(model_content=tiny_flatbuffer())
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.set_tensor(source["index"], picture[np.newaxis])
    interpreter.invoke()
    return [int(step) for step in interpreter.get_tensor(result["index"])[0]]


def tiny_manifest() -> Manifest:
    """A true description of the tiny network; its thresholds let every class be named."""
    flatbuffer = tiny_flatbuffer()
    figures = Figures(
        n=4,
        top1=0.75,
        top5=1.0,
        macro_f1=0.7,
        weighted_f1=0.7,
        log_loss=0.9,
        ece=0.05,
        per_class={
            label: ClassFigures(precision=0.75, recall=0.75, f1=0.75, support=1) for label in LABELS
        },
    )
    return Manifest(
        name="tiny",
        version="1",
        architecture="tiny",
        input=Input(side=SIDE, stored_side=36),
        classes=[leaf_class(label) for label in LABELS],
        temperature=1.5,
        thresholds=Thresholds(unsure=0.0, not_leaf=-1000.0),
        held_out=HeldOutFigures(
            data_fingerprint="0" * 64, float32=figures, int8=figures, agreement=1.0
        ),
        gate=Gate(
            n=6,
            from_training=2,
            agreement=1.0,
            min_agreement=0.99,
            macro_f1_drop=-0.01,
            max_macro_f1_drop=0.003,
            greatest_recall_drop=RecallDrop(label=LABELS[1], drop=0.0),
            max_recall_drop=0.02,
        ),
        conversion=Conversion(
            backend="tensorflow",
            calibration_method="min-max",
            calibration_pictures=8,
            dense="per-channel",
            rank=None,
            share=None,
            allow_float=False,
            float_ops=[],
        ),
        made_by=MadeBy(run="none", created="2026-01-01T00:00:00+00:00", versions={"python": "3"}),
        runtime_min="1.5.0",
        flatbuffer=Flatbuffer(bytes=len(flatbuffer), sha256=hashlib.sha256(flatbuffer).hexdigest()),
        self_test=[
            SelfTestVector(picture=f"self_test/{number}.png", logits=tiny_logits(picture))
            for number, picture in enumerate(tiny_pictures())
        ],
    )


def tiny_model(version: str = "1") -> bytes:
    """All bytes of a sound model file."""
    manifest = tiny_manifest().model_copy(update={"version": version})
    return model_file_content(manifest, tiny_flatbuffer(), tiny_pictures())
