"""Seeded weights, and files of other programs that are not installed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_train.archs.architecture import Architecture
from plant_train.weights.porting import WeightsFile, published_network

Tensors = dict[str, np.ndarray]
SeededTensors = Callable[..., Tensors]
WriteCaffeModel = Callable[[Path, dict[str, tuple[str, list[np.ndarray]]]], None]


@pytest.fixture(scope="session")
def pictures() -> Callable[[int], np.ndarray]:
    """Two pictures of raw RGB, float32 [2, S, S, 3], by integer arithmetic alone."""

    def make(side: int) -> np.ndarray:
        h, w, c = np.ogrid[:side, :side, :3]
        rippled = (3 * h + 5 * w + h * w // (7 + c) + 85 * c) % 256
        shaded = (h + w * (c + 1) // 3 + 100 * c) // 2 % 256
        return np.stack([rippled, shaded]).astype(np.float32)

    return make


@pytest.fixture(scope="session")
def seeded_tensors() -> SeededTensors:
    """Weights of the given shapes, [O, I, …], that keep a signal's size from layer to layer."""

    def make(shapes: dict[str, list[int]], seed: int, last_gain: float = 1.0) -> Tensors:
        # RandomState's streams are frozen for good, unlike default_rng's.
        noise = np.random.RandomState(seed).standard_normal(1_000_003).astype(np.float32)
        tensors = {
            name: _scaled(name, np.resize(np.roll(noise, -7919 * number), shape))
            for number, (name, shape) in enumerate(shapes.items())
        }
        last = [name for name, shape in shapes.items() if len(shape) > 1][-1]
        return tensors | {last: tensors[last] * np.float32(last_gain)}

    return make


def _scaled(name: str, noise: np.ndarray) -> np.ndarray:
    if noise.ndim > 1:
        return noise * np.float32(np.sqrt(2 / np.prod(noise.shape[1:])))
    if name.endswith("running_var"):
        return np.exp(noise / 4)
    if name.endswith(".weight"):
        # Batch normalisation's; the sum over a ResNet's blocks must not explode.
        return 0.8 + noise / 5
    return noise / 10


@pytest.fixture(scope="session")
def our_logits() -> Callable[[Architecture, WeightsFile, np.ndarray], np.ndarray]:
    """Our logits [n, N] of raw RGB, with every layer from the file, the last ones too."""

    def run(architecture: Architecture, weights: WeightsFile, pixels: np.ndarray) -> np.ndarray:
        model, moved = published_network(architecture, weights)
        assert moved.reset == ()
        logits: np.ndarray = model(pixels, training=False).numpy()
        return logits

    return run


@pytest.fixture(scope="session")
def write_caffe_model() -> WriteCaffeModel:
    """Write a `.caffemodel`, {layer: (type, blobs)}, by the wire format of Caffe's caffe.proto."""

    def write(path: Path, layers: dict[str, tuple[str, list[np.ndarray]]]) -> None:
        with path.open("wb") as file:
            for name, (kind, blobs) in layers.items():
                # NetParameter.layer = 100; LayerParameter: name 1, type 2, blobs 7.
                content = [_field(1, name.encode()), _field(2, kind.encode())]
                content += [_field(7, _blob(blob)) for blob in blobs]
                file.write(_field(100, b"".join(content)))

    return write


@pytest.fixture(scope="session")
def write_v1_caffe_model() -> WriteCaffeModel:
    """The same in the format of 2014, which the authors' own files of AlexNet and VGG16 have."""

    def write(path: Path, layers: dict[str, tuple[str, list[np.ndarray]]]) -> None:
        kinds = {"Convolution": 4, "InnerProduct": 14}
        with path.open("wb") as file:
            for name, (kind, blobs) in layers.items():
                # NetParameter.layers = 2; V1LayerParameter: name 4, type 5, blobs 6.
                content = [_field(4, name.encode()), _number(5, kinds[kind])]
                content += [_field(6, _v1_blob(blob)) for blob in blobs]
                file.write(_field(2, b"".join(content)))

    return write


def _v1_blob(blob: np.ndarray) -> bytes:
    # BlobProto: num 1, channels 2, height 3, width 4, always four; data 5, packed.
    axes = [1] * (4 - blob.ndim) + list(blob.shape)
    shape = b"".join(_number(field, length) for field, length in enumerate(axes, start=1))
    return shape + _field(5, blob.astype("<f4").tobytes())


def _blob(blob: np.ndarray) -> bytes:
    # BlobProto: data 5, packed; shape 7, whose dim is 1, packed.
    shape = _field(1, b"".join(map(_varint, blob.shape)))
    return _field(7, shape) + _field(5, blob.astype("<f4").tobytes())


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])
