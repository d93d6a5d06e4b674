import pytest

from plant_device.contract.errors import UserError
from plant_device.store.place.place import Place, fixed_place


def test_degrees_are_a_place() -> None:
    assert fixed_place("52.1315, 11.6399") == Place(52.1315, 11.6399, "fixed")
    assert fixed_place("-33.9,-180") == Place(-33.9, -180.0, "fixed")


@pytest.mark.parametrize("text", ["", "here", "52.1", "52,11,3", "91,0", "0,181", "nan,0", "inf,0"])
def test_what_is_no_place_is_one_line(text: str) -> None:
    with pytest.raises(UserError, match="expected a place as LATITUDE,LONGITUDE"):
        fixed_place(text)
