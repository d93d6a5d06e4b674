from __future__ import annotations

import pytest

from plant_convert.compression import COMPRESSIONS, Compression, read_compressions
from plant_device.contract.errors import UserError


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ()),
        ("auto", COMPRESSIONS),
        ("64", (Compression(64),)),
        ("64,0.98", (Compression(64, 0.98),)),
        ("1,.5", (Compression(1, 0.5),)),
    ],
)
def test_compressions_are_read_from_the_option(asked: str, found: tuple[Compression, ...]) -> None:
    assert read_compressions(asked) == found


@pytest.mark.parametrize("one", COMPRESSIONS, ids=str)
def test_a_compression_is_written_as_it_is_read(one: Compression) -> None:
    assert read_compressions(str(one)) == (one,)


@pytest.mark.parametrize(
    "asked", ["0", "-1", "5000", "small", "6.5", "64,", "64,1", "64,0", "64,nan", ",0.9", "\u00b2"]
)
def test_what_is_no_compression_is_refused(asked: str) -> None:
    with pytest.raises(UserError, match=r"expected --compress auto, or the rank .* Received: "):
        read_compressions(asked)
