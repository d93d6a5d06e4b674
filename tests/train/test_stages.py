from __future__ import annotations

from plant_train.archs.alexnet import ALEXNET
from plant_train.recipe import Recipe
from plant_train.stages import Stage, stages

CONVOLUTIONS = frozenset(f"conv{number}" for number in range(1, 6))
HEAD = frozenset({"fc6", "fc7", "fc8"})


def test_without_stages_every_layer_learns_from_the_start() -> None:
    assert stages(Recipe(epochs=7), ALEXNET) == [Stage(0, 7, CONVOLUTIONS | HEAD, False)]


def test_the_head_learns_first_and_then_all() -> None:
    assert stages(Recipe(epochs=7, head_epochs=2), ALEXNET) == [
        Stage(0, 2, HEAD, True),
        Stage(2, 7, CONVOLUTIONS | HEAD, False),
    ]


def test_the_last_groups_alone_can_learn() -> None:
    (last_four,) = stages(Recipe(epochs=3, unfreeze=4), ALEXNET)
    assert last_four.learning == HEAD | {"conv5"}
    assert not last_four.backbone_frozen
    (last,) = stages(Recipe(epochs=3, unfreeze=1), ALEXNET)
    assert last.learning == {"fc8"}
    assert last.backbone_frozen
    (more_than_there_are,) = stages(Recipe(epochs=3, unfreeze=99), ALEXNET)
    assert more_than_there_are.learning == CONVOLUTIONS | HEAD


def test_a_stage_ends_where_the_next_one_begins() -> None:
    first, second = stages(Recipe(epochs=7, head_epochs=2), ALEXNET)
    assert (first.end, second.end) == (second.first, 9)
