"""What the trials of cameras share."""

import random
import sys

import pytest


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> int:
    """How often each camera fails."""
    return int(request.config.getoption("--faults"))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Which faults, when and for how long; the seed is told."""
    given = request.config.getoption("--seed")
    seed = random.randrange(1 << 32) if given is None else given
    print(f"{request.node.name}: --seed {seed}", file=sys.stderr)
    return random.Random(seed)
