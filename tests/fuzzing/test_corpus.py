"""What fuzzing has found worth keeping is tried again, without the fuzzer."""

from pathlib import Path

import pytest
from target import TARGETS, Target, corpus, load, try_out


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
