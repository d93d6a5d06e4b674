"""Caffe's `.caffemodel`, which OpenCV reads together with the network's `.prototxt`.

A tensor's name is `LAYER.blobs[NUMBER]`: 0 is the kernel, 1 the bias.
"""

from pathlib import Path

import cv2
import numpy as np

from plant_device.contract.errors import UserError
from plant_device.contract.native_stderr import native_stderr_aside
from plant_train.weights.signs import Signs, unreadable

_KIND = "a Caffe model"


def is_caffe(signs: Signs) -> bool:
    """Whether its name says so: protobuf has no mark of its own."""
    return signs.ending == ".caffemodel"


def read_caffe(path: Path) -> dict[str, np.ndarray]:
    """Read the blobs of every layer.

    The network's description lies beside the model: of the same name but for the ending
    `.prototxt` or, as VGG16's authors call it, `_deploy.prototxt`, or `deploy.prototxt`, as the
    model zoo does.

    Raises:
        UserError: there is no description, or the two are no whole Caffe model.
    """
    description = _description(path)
    try:
        with native_stderr_aside():
            network = cv2.dnn.readNetFromCaffe(str(description), str(path))
            tensors = {
                f"{layer}.blobs[{number}]": blob
                for layer in network.getLayerNames()
                for number, blob in enumerate(_blobs(network, layer))
            }
    except (cv2.error, UnicodeDecodeError, MemoryError) as error:
        reason = error.err if isinstance(error, cv2.error) else error
        raise unreadable(_KIND, path, f"{reason} (with {description.name})") from None
    if not tensors:
        raise unreadable(_KIND, path, f"{description.name} has no layers with weights")
    return tensors


def _description(path: Path) -> Path:
    names = (f"{path.stem}.prototxt", f"{path.stem}_deploy.prototxt", "deploy.prototxt")
    for name in names:
        if path.with_name(name).is_file():
            return path.with_name(name)
    raise UserError(
        f"expected the network's description beside {path}, as {', '.join(names[:-1])} or "
        f"{names[-1]}: none is there"
    )


def _blobs(network: cv2.dnn.Net, layer: str) -> list[np.ndarray]:
    kernel_first = network.getLayer(network.getLayerId(layer)).blobs
    # OpenCV makes a vector a matrix of one row or one column.
    return [blob if number == 0 else blob.ravel() for number, blob in enumerate(kernel_first)]
