import pytest

from plant_device.bundle.pins import pinned
from plant_device.bundle.targets import TARGETS, find_target
from plant_device.contract.errors import UserError


def _versions(target: str) -> dict[str, str]:
    pairs = (line.split("==") for line in pinned(find_target(target), "aarch64"))
    return dict(pairs)


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_takes_what_its_python_needs_and_leaves_what_its_system_has(
    target: str,
) -> None:
    versions = _versions(target)
    system = TARGETS[target]
    assert {"ai-edge-litert", "numpy", "pillow", "pydantic", "typer", "gpiod"} <= set(versions)
    # Conditions are those of the target's Python, not of the one that runs this.
    assert ("tomli" in versions) == (system.python == "3.10")
    assert ("opencv-python-headless" in versions) == (not system.keeps)
    assert (versions["numpy"] < "2") == system.sees_system


def test_wheels_for_an_older_c_library_are_taken_and_for_a_newer_one_are_not() -> None:
    tags = find_target("jetpack6").platforms("aarch64")
    assert tags[0] == "manylinux_2_35_aarch64"
    assert {"manylinux2014_aarch64", "manylinux_2_17_aarch64", "linux_aarch64"} <= set(tags)
    assert "manylinux_2_36_aarch64" not in tags


def test_a_target_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(UserError, match=r"expected --target bookworm, .*, received: buster"):
        find_target("buster")
