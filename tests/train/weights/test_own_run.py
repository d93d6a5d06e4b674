from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.archs import ARCHITECTURES
from plant_train.archs.lenet5 import LENET5
from plant_train.run import Run
from plant_train.weights.own_run import own_run
from plant_train.weights.porting import open_weights, transfer


def test_a_run_goes_on_to_other_leaves_with_all_but_its_last_layer(lenet_run: Path) -> None:
    weights = open_weights(lenet_run / "model.keras", LENET5, LENET5.options())
    model = LENET5.build(3, weights.options)
    moved = transfer(model, weights)
    assert moved.publisher == "a run of plant-train"
    assert moved.transferred == ("c1", "c3", "c5", "f6")
    assert moved.reset == ("output",)
    learned = Run(lenet_run).load_model()
    for name in moved.transferred:
        theirs, ours = (one.get_layer(name).get_weights() for one in (learned, model))
        assert all(map(np.array_equal, theirs, ours))


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_variable_of_every_architecture_has_its_place(name: str) -> None:
    architecture = ARCHITECTURES[name]
    model = architecture.build(2, architecture.options())
    tensors = own_run(architecture, architecture.options()).tensors
    places = {(tensor.layer, tensor.variable) for tensor in tensors}
    assert (
        len(places)
        == len(tensors)
        == len(model.trainable_variables)
        + len([variable for variable in model.non_trainable_variables if "moving" in variable.name])
    )


def test_a_run_of_another_architecture_is_refused(lenet_run: Path) -> None:
    other = ARCHITECTURES["alexnet"]
    with pytest.raises(UserError, match=r"^expected tensors named .* for alexnet, received: "):
        open_weights(lenet_run / "model.keras", other, other.options())
