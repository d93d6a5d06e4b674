"""What fuzzing has found worth keeping is tried again, without the fuzzer."""

from pathlib import Path
from random import Random

import pytest
from changes import some_bytes
from target import TARGETS, Target, corpus, load, try_out

_CHANGES = 50


def _loaded(name: str) -> Target:
    if name == "weights_pytorch":
        pytest.importorskip("torch", reason="needs the extra import")
    return load(name)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(name: str, tmp_path: Path) -> None:
    target = _loaded(name)
    for seed in target.seeds():
        assert try_out(target, seed, tmp_path) is None


@pytest.mark.parametrize("name", TARGETS)
def test_each_input_is_taken_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    target = _loaded(name)
    for file in corpus(name):
        try_out(target, file.read_bytes(), tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_what_resembles_a_sound_input_is_taken_or_refused_in_one_line(
    name: str, tmp_path: Path
) -> None:
    target, random = _loaded(name), Random(0)
    change = some_bytes(random, target.tokens)
    seeds = target.seeds()
    for _ in range(_CHANGES):
        seed = random.choice(seeds)
        changed = target.changed if random.random() < 0.5 else None
        try_out(target, changed(seed, change, random) if changed else change(seed), tmp_path)
