"""Caffe's weights beside a description of their network."""

import struct
from pathlib import Path

from target import Target

from plant_train.weights.read import read_weights

_DESCRIPTION = """name: "tiny"
input: "data"
input_shape { dim: 1 dim: 1 dim: 2 dim: 2 }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
  inner_product_param { num_output: 2 } }
"""


def _read(content: bytes, folder: Path) -> object:
    (folder / "weights.prototxt").write_text(_DESCRIPTION)
    (folder / "weights.caffemodel").write_bytes(content)
    return read_weights(folder / "weights.caffemodel")


def _seeds() -> list[bytes]:
    # caffe.proto: NetParameter.layer = 100; LayerParameter.name = 1, type = 2, blobs = 7;
    # BlobProto.data = 5, shape = 7.
    blobs = b"".join(
        _field(7, _field(7, _field(1, bytes(shape))) + _field(5, struct.pack(f"<{n}f", *range(n))))
        for shape, n in (((2, 4), 8), ((2,), 2))
    )
    return [_field(1, b"tiny") + _field(100, _field(1, b"fc") + _field(2, b"InnerProduct") + blobs)]


def _field(number: int, content: bytes) -> bytes:
    key = number << 3 | 2
    start = bytes([key]) if key < 128 else bytes([key & 127 | 128, key >> 7])
    assert len(content) < 128
    return start + bytes([len(content)]) + content


TARGET = Target(_read, _seeds)
