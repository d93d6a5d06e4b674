import pytest

from plant_device.contract.errors import UserError
from plant_device.service.current_place import CurrentPlace
from plant_device.store.clock import BoardClock
from plant_device.store.place.place import Place


def _place(setting: str | None) -> CurrentPlace:
    return CurrentPlace(setting, BoardClock(), lambda words: None)


def test_a_phone_goes_before_the_setting() -> None:
    place = _place("52.1,11.6")
    assert place() == Place(52.1, 11.6, "fixed")
    phone = Place(48.0, 9.0, "phone", 12.0)
    place.told(phone)
    assert place() == phone


def test_the_setting_may_be_changed_and_what_is_no_place_changes_nothing() -> None:
    place = _place(None)
    assert place() is None
    place.change("1,2")
    assert place() == Place(1.0, 2.0, "fixed")
    with pytest.raises(UserError, match="expected a place"):
        place.change("91,0")
    assert place() == Place(1.0, 2.0, "fixed")
    place.change(None)
    assert place() is None
