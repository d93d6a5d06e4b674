from __future__ import annotations

import keras
import pytest

from plant_train.memory import available_bytes, say_if_memory_is_short, step_bytes


def _model() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="c1")(inputs)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Dense(5, name="d2")(x))


def test_a_step_holds_the_gradients_of_weights_and_outputs() -> None:
    weights = (3 * 3 * 3 * 4 + 4) + (256 * 5 + 5)
    outputs = 256 + 256 + 5
    assert step_bytes(_model(), 16) == 4 * (weights + 2 * 16 * outputs)


def test_layers_that_do_not_learn_keep_nothing() -> None:
    model = _model()
    model.get_layer("c1").trainable = False
    assert step_bytes(model, 16) == 4 * (256 * 5 + 5 + 2 * 16 * 5)


def test_the_machine_tells_what_is_available() -> None:
    available = available_bytes()
    assert available is not None
    assert 2**20 < available < 2**50


@pytest.mark.parametrize("free", [10_000_000, 1_000_000])
def test_where_it_is_short_a_batch_is_proposed_that_fits(
    free: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("plant_train.memory.available_bytes", lambda: free)
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda _: [])
    say_if_memory_is_short(_model(), 16)
    assert capsys.readouterr().err == ""
    say_if_memory_is_short(_model(), 2**14)
    told = capsys.readouterr().err
    assert "a step of 16384 pictures may take 0.1 GB of memory" in told
    proposed = int(told.partition("--batch ")[2].partition(",")[0])
    assert step_bytes(_model(), proposed) <= free
    assert step_bytes(_model(), 4 * proposed) > free
