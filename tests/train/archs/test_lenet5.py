from __future__ import annotations

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.archs import read_options
from plant_train.archs.lenet5 import LENET5


def test_it_takes_raw_pixels_and_gives_one_logit_a_class() -> None:
    model = LENET5.build(8, read_options(LENET5, []))
    assert model.input_shape == (None, 32, 32, 3)
    assert model.output_shape == (None, 8)
    # 5x5x3x6+6, 5x5x6x16+16, 400x120+120, 120x84+84, 84x8+8
    assert model.count_params() == 456 + 2_416 + 48_120 + 10_164 + 680
    pixels = np.full((1, 32, 32, 3), 255, np.float32)
    assert np.isfinite(model(pixels).numpy()).all()


def test_it_has_no_options() -> None:
    with pytest.raises(UserError, match=r"^unknown --arch-option groups .* \(it has: none\)$"):
        read_options(LENET5, ["groups=2"])
