"""What pixels become before the first convolution: the two ways of published ImageNet nets.

Both are a `Rescaling` at the input, so that every network takes raw RGB. Weights are right
with their own normalisation alone: padding puts zeros around the picture *after* it, so no
shift of the first bias would turn one into the other.
"""

from typing import Literal

from keras import layers

Normalisation = Literal["torchvision", "caffe"]

# torchvision.transforms of its ImageNet weights: mean and spread of RGB in 0..1.
_TORCHVISION_MEAN = (0.485, 0.456, 0.406)
_TORCHVISION_SPREAD = (0.229, 0.224, 0.225)
# Simonyan & Zisserman's, and so keras.applications' mode "caffe": mean of RGB in 0..255.
_CAFFE_MEAN = (123.68, 116.779, 103.939)


def normalise(kind: Normalisation) -> layers.Layer:
    """The layer that takes RGB in 0..255 to what the published weights saw, in RGB order."""
    if kind == "caffe":
        return layers.Rescaling(1.0, offset=[-mean for mean in _CAFFE_MEAN], name="mean")
    return layers.Rescaling(
        [1 / (255 * spread) for spread in _TORCHVISION_SPREAD],
        offset=[
            -mean / spread
            for mean, spread in zip(_TORCHVISION_MEAN, _TORCHVISION_SPREAD, strict=True)
        ],
        name="mean",
    )
