"""Batches whose pictures are mixed with each other, and their targets likewise."""

import numpy as np

_MIXUP_ALPHA, _CUTMIX_ALPHA = 0.2, 1.0


def mixed_up(
    pictures: np.ndarray, targets: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Mixup (Zhang et al. 2018, arXiv:1710.09412): each picture shines through another.

    Args:
        pictures: uint8 [B, S, S, 3].
        targets: float32 [B, N], each row's sum is 1.
    """
    share = rng.beta(_MIXUP_ALPHA, _MIXUP_ALPHA)
    others = rng.permutation(len(pictures))
    blended = share * pictures.astype(np.float32) + (1 - share) * pictures[others]
    return np.rint(blended).astype(np.uint8), _blended(targets, others, share)


def cut_mixed(
    pictures: np.ndarray, targets: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """CutMix (Yun et al. 2019, arXiv:1905.04899): a window of each picture shows another.

    Args:
        pictures: uint8 [B, S, S, 3].
        targets: float32 [B, N], each row's sum is 1.
    """
    side = pictures.shape[1]
    edge = side * np.sqrt(1 - rng.beta(_CUTMIX_ALPHA, _CUTMIX_ALPHA))
    corners = rng.uniform(0, side, 2)[:, np.newaxis] + np.array([-edge, edge]) / 2
    (top, bottom), (left, right) = corners.round().clip(0, side).astype(int)
    others = rng.permutation(len(pictures))
    cut = pictures.copy()
    cut[:, top:bottom, left:right] = pictures[others, top:bottom, left:right]
    return cut, _blended(targets, others, 1 - (bottom - top) * (right - left) / side**2)


def _blended(targets: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    return np.asarray(share * targets + (1 - share) * targets[others], np.float32)
