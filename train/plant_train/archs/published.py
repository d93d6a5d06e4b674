"""Published weights: which tensor of a file goes where, and how it is turned on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

Layout = Callable[[np.ndarray], np.ndarray]

# How each kind of file names the kernel and the bias of a layer.
TORCH = ("{}.weight", "{}.bias")
KERAS = ("{}/0", "{}/1")
CAFFE = ("{}.blobs[0]", "{}.blobs[1]")
CAFFE2 = ("{}_w_0", "{}_b_0")
ARRAYS = ("{}_w", "{}_b")


def as_is(tensor: np.ndarray) -> np.ndarray:
    """TensorFlow's order of axes is ours: [H, W, I, O] and [I, O]; vectors have but one."""
    return tensor


@dataclass(frozen=True)
class ImportedTensor:
    """Where one tensor of a published file goes.

    Args:
        name: the tensor's name in the file.
        layer: the layer of ours that takes it.
        variable: the layer's attribute: `kernel`, `bias`, or one of batch normalisation.
        layout: from the file's order of axes to ours.
    """

    name: str
    layer: str
    variable: str
    layout: Layout = as_is


@dataclass(frozen=True)
class PublishedWeights:
    """One publisher's weights for an architecture.

    Args:
        publisher: who, and in which kind of file; for messages.
        tensors: all that the file has for the network.
        options: the architecture's options that these weights were trained with; with others
            the network would run, and be wrong.
    """

    publisher: str
    tensors: tuple[ImportedTensor, ...]
    options: Mapping[str, object] = field(default_factory=dict, hash=False)


def kernel_and_bias(
    names: tuple[str, str], source: str, layer: str, layout: Layout
) -> tuple[ImportedTensor, ImportedTensor]:
    """A convolution's or dense layer's two tensors.

    Args:
        names: how the file names them: `TORCH`, `KERAS`, `CAFFE`, `CAFFE2` or `ARRAYS`.
        source: the layer's name in the file.
        layer: the layer of ours.
        layout: the kernel's.
    """
    kernel, bias = names
    return (
        ImportedTensor(kernel.format(source), layer, "kernel", layout),
        ImportedTensor(bias.format(source), layer, "bias"),
    )


def oihw(kernel: np.ndarray) -> np.ndarray:
    """A convolution's kernel [O, I, H, W], as Caffe, ONNX and PyTorch have it."""
    return kernel.transpose(2, 3, 1, 0)


def of_bgr(layout: Layout) -> Layout:
    """The first convolution of a network that takes blue, green, red; ours take RGB."""
    return lambda kernel: layout(kernel)[:, :, ::-1]


def out_in(kernel: np.ndarray) -> np.ndarray:
    """A dense kernel [O, I], as Caffe, ONNX's Gemm and PyTorch have it."""
    return kernel.T


def out_of_chw(channels: int, height: int, width: int) -> Layout:
    """A dense kernel [O, C * H * W] behind a flattened [C, H, W]; ours flatten [H, W, C]."""

    def layout(kernel: np.ndarray) -> np.ndarray:
        return oihw(kernel.reshape(-1, channels, height, width)).reshape(
            height * width * channels, -1
        )

    return layout
