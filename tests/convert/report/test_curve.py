from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from plant_convert.compression import Compression
from plant_convert.report.curve import curve


def _trial(compression: Compression | None, size: int, top1: float) -> Any:
    held_out = SimpleNamespace(int8=SimpleNamespace(top1=top1))
    judged = SimpleNamespace(ms=4.0, held_out=held_out)
    return SimpleNamespace(compression=compression, bytes=size, judged=judged)


@pytest.mark.parametrize("top1", [0.5, 0.96, 1.0])
def test_no_line_of_the_grid_tells_of_more_than_all(top1: float) -> None:
    plot = curve([_trial(None, 57_300_000, top1)], SimpleNamespace(top1=top1))  # type: ignore[arg-type]
    shown = [float(number) for number in re.findall(r">(\d+\.\d\d)%</text>", plot)]
    assert len(shown) > 2
    assert max(shown) <= 100


def test_names_of_networks_of_nearly_one_size_stand_apart() -> None:
    compressions = Compression(96, 0.98), Compression(96, 0.99)
    trials = [_trial(compressions[0], 4_100_000, 0.957), _trial(compressions[1], 4_400_000, 0.962)]
    plot = curve(trials, SimpleNamespace(top1=0.96))  # type: ignore[arg-type]
    ends, starts = (
        [float(x) for x in re.findall(rf'text-anchor: {anchor}" x="([\d.]+)"[^>]*>{one}<', plot)]
        for anchor, one in zip(("end", "start"), compressions, strict=True)
    )
    # One in each of the two plots; the smaller one's name ends before the larger one's begins.
    assert len(ends) == len(starts) == 2
    assert max(ends) < min(starts)
