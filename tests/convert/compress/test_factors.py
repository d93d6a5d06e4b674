from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from plant_convert.compress.factors import (
    Subspace,
    factored,
    rank_for,
    ranks_for,
    response_subspaces,
)
from plant_convert.compress.responses import layer_responses
from plant_convert.compression import Compression
from plant_convert.graph import inference_graph
from plant_train.archs.layers import GroupedConv2D


@pytest.fixture(scope="module")
def subspaces(model: keras.Model, pictures: np.ndarray) -> dict[str, list[Subspace]]:
    return response_subspaces(model, layer_responses(model, pictures, seed=0))


def _ranks(subspaces: dict[str, list[Subspace]], share: float) -> dict[str, int]:
    return {name: rank_for(found, share) for name, found in subspaces.items()}


def _logits(model: keras.Model, pictures: np.ndarray) -> np.ndarray:
    return np.asarray(model(pictures.astype(np.float32), training=False))


def test_directions_are_orthonormal_and_hold_all_the_variance_together(
    subspaces: dict[str, list[Subspace]],
) -> None:
    assert {name: len(found) for name, found in subspaces.items()} == {
        "strided": 1, "grouped": 2, "without_bias": 1, "dense": 1, "logits": 1
    }  # fmt: skip
    for found in subspaces.values():
        for one in found:
            directions = one.directions
            np.testing.assert_allclose(
                directions.T @ directions, np.eye(directions.shape[1]), atol=1e-4
            )
            assert sum(one.variance) == pytest.approx(1, abs=1e-5)
            assert np.all(np.diff(one.variance) <= 1e-9)


def test_the_rank_is_the_least_that_holds_the_share() -> None:
    one = Subspace(np.zeros(4), np.eye(4), np.array([0.5, 0.3, 0.15, 0.05]))
    assert [one.rank(share) for share in (0.1, 0.6, 0.79, 0.9, 0.99, 1.0)] == [1, 2, 2, 3, 4, 4]


def test_dense_layers_get_the_rank_and_convolutions_but_the_first_what_the_share_needs(
    model: keras.Model, subspaces: dict[str, list[Subspace]]
) -> None:
    assert ranks_for(model, subspaces, Compression(24)) == {"dense": 24, "logits": 24}
    shared = _ranks(subspaces, 0.9)
    assert ranks_for(model, subspaces, Compression(24, 0.9)) == {
        "grouped": shared["grouped"],
        "without_bias": shared["without_bias"],
        "dense": 24,
        "logits": 24,
    }


def test_nearly_all_of_the_variance_gives_nearly_the_same_logits_and_less_gives_less(
    model: keras.Model, pictures: np.ndarray, subspaces: dict[str, list[Subspace]]
) -> None:
    whole = _logits(model, pictures)
    errors, sizes = [], []
    for share in (0.9999, 0.9, 0.5):
        small = factored(model, subspaces, _ranks(subspaces, share))
        errors.append(np.mean((_logits(small, pictures) - whole) ** 2) / np.var(whole))
        sizes.append(small.count_params())
    assert errors[0] < 0.01
    assert errors == sorted(errors)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < model.count_params() / 2


def test_a_layer_has_two_factors_where_they_are_smaller(
    model: keras.Model, subspaces: dict[str, list[Subspace]]
) -> None:
    small = factored(model, subspaces, _ranks(subspaces, 0.5))
    names = [layer.name for layer in small.layers]
    for name in ("grouped", "without_bias", "dense"):
        both = (
            small.get_layer(f"{name}_basis").count_params() + small.get_layer(name).count_params()
        )
        assert both < model.get_layer(name).count_params()
    # 96 by 8 values are no fewer in factors of rank 8.
    assert "logits_basis" not in names
    assert not [layer for layer in small.layers if isinstance(layer, layers.Dropout)]
    assert isinstance(small.get_layer("grouped_basis"), GroupedConv2D)
    assert small.get_layer("strided").strides == (1, 1)
    assert small.output.shape == model.output.shape


def test_the_whole_model_is_left_as_it_was(
    model: keras.Model, subspaces: dict[str, list[Subspace]]
) -> None:
    before = [one.copy() for one in model.get_weights()]
    small = factored(model, subspaces, _ranks(subspaces, 0.9))
    small.set_weights([one * 0 for one in small.get_weights()])
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


def test_the_inputs_normalisation_still_folds_into_the_first_convolution(
    model: keras.Model, pictures: np.ndarray, subspaces: dict[str, list[Subspace]]
) -> None:
    small = factored(model, subspaces, _ranks(subspaces, 0.8))
    assert "strided_basis" in [layer.name for layer in small.layers]
    graph = inference_graph(small)
    assert not [layer for layer in graph.layers if isinstance(layer, layers.Rescaling)]
    np.testing.assert_allclose(_logits(graph, pictures), _logits(small, pictures), atol=1e-3)


def test_all_outputs_of_a_first_factor_vary_alike(
    model: keras.Model, pictures: np.ndarray, subspaces: dict[str, list[Subspace]]
) -> None:
    """So that one int8 scale fits them all."""
    small = factored(model, subspaces, _ranks(subspaces, 0.9))
    for name in ("grouped", "dense"):
        basis = keras.Model(small.input, small.get_layer(f"{name}_basis").output)
        given = _logits(basis, pictures)
        groups = np.split(given.reshape(-1, given.shape[-1]), len(subspaces[name]), axis=1)
        for group, subspace in zip(groups, subspaces[name], strict=True):
            spread = np.std(group, axis=0)
            by_direction = np.sqrt(subspace.variance[: group.shape[1]])
            directed = by_direction.max() / np.median(by_direction)
            assert spread.max() / np.median(spread) < 0.7 * directed
