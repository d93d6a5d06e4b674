"""The input's normalisation, folded into the first convolution.

A `Rescaling` (y = scale * x + offset, by channel) before a convolution without padding is
again a convolution, of the raw pixels: kernel * scale, and a bias of offset summed over the
kernel. So uint8 pixels enter the int8 graph exactly, and the normalisation costs nothing.
"""

import numpy as np


def fold_rescaling(
    kernel: np.ndarray, bias: np.ndarray, scale: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias that take raw pixels.

    Args:
        kernel: float [H, W, 3, C] of a convolution with `valid` padding and one group.
        bias: float [C].
        scale: factor of each input channel, float [3] or scalar.
        offset: added to each input channel after the factor, float [3] or scalar.

    Returns:
        kernel float32 [H, W, 3, C], bias float32 [C].
    """
    wide = kernel.astype(np.float64)
    offsets = np.broadcast_to(np.asarray(offset, dtype=np.float64), (kernel.shape[2],))
    scales = np.broadcast_to(np.asarray(scale, dtype=np.float64), (kernel.shape[2],))
    folded = wide * scales[:, np.newaxis]
    moved = bias.astype(np.float64) + np.einsum("hwic,i->c", wide, offsets)
    return folded.astype(np.float32), moved.astype(np.float32)
