import json
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.service.adjustments import ADJUSTABLE, Adjustments, web_folder
from plant_device.service.settings import Settings, changed
from plant_device.store.disk import free_bytes


def test_what_is_changed_holds_at_once_and_at_the_next_start(tmp_path: Path) -> None:
    file = changed(Settings(), {"decision.mode": "motion", "decision.leaves": 4})
    adjustments = Adjustments(file, (), tmp_path)
    told = adjustments.change({"decision.mode": "inspect", "store.place": "52.1,11.6"})
    assert (told.decision.mode, told.decision.leaves) == ("inspect", 4)
    adjustments.change({"store.place": None})
    again = Adjustments(file, (), tmp_path)
    assert again.settings == adjustments.settings
    assert again.values()["decision.mode"] == "inspect"
    assert again.values()["store.place"] is None
    assert set(again.values()) == set(ADJUSTABLE)


def test_the_command_line_goes_before_what_the_page_has_set(tmp_path: Path) -> None:
    Adjustments(Settings(), (), tmp_path).change({"decision.mode": "inspect", "language": "de"})
    given = {"decision.mode": "motion", "threads": 2}
    adjustments = Adjustments(changed(Settings(), given), given, tmp_path)
    assert adjustments.settings.decision.mode == "motion"
    assert adjustments.settings.language == "de"
    assert adjustments.fixed == ["decision.mode"]
    with pytest.raises(UserError, match=r"decision\.mode is set on the command line"):
        adjustments.change({"decision.mode": "button"})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("decision.modes", "inspect", r"received 'decision\.modes' \(did you mean decision\.mode"),
        ("model", "/etc/passwd", "expected a setting that may be changed here, received 'model'"),
        ("decision.every", -1, r"the page: decision\.every"),
        ("decision.every", True, "expected another value of every than true or false"),
        ("decision.leaves", True, "expected another value of leaves"),
        ("decision.mode", {"a": 1}, r"the page: decision\.mode"),
        ("store.folder", "/", "may be changed here"),
        ("source", "gst:filesrc location=/etc/passwd", "may be changed here"),
        ("store.place", "91,0", "expected a place as LATITUDE,LONGITUDE"),
        ("store.place", "gpsd:192.168.0.1:22", "expected gpsd of this machine"),
        ("store.place", "gpsd:localhost.example.org", "expected gpsd of this machine"),
        ("store.place", "gpsd:localhost:²", "expected gpsd:HOST:PORT"),
        ("language", "xx", "xx"),
    ],
)
def test_what_may_not_be_changed_is_one_line_and_changes_nothing(
    tmp_path: Path, name: str, value: object, told: str
) -> None:
    adjustments = Adjustments(Settings(), (), tmp_path)
    with pytest.raises(UserError, match=told):
        adjustments.change({"decision.leaves": 3, name: value})
    assert adjustments.settings == Settings()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_can_be_changed() -> None:
    with pytest.raises(UserError, match="start the device with --store"):
        Adjustments(Settings(), (), None).change({"decision.leaves": 3})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("[" * 5000, "is no JSON"),
        ("[]", "has no settings by their names"),
        ('{"model": "other.tflite"}', "received 'model'"),
        ('{"decision.mode": 7}', "decision.mode"),
        ('{"decision.every": true}', "value of every than true"),
        ('{"language": "xx"}', "xx"),
        ('{"store.place": "91,0"}', "LATITUDE,LONGITUDE"),
    ],
)
def test_a_damaged_file_is_told_and_set_aside_and_the_device_starts(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    adjustments = Adjustments(Settings(), (), tmp_path)
    assert adjustments.settings == Settings()
    assert adjustments.left_out
    assert told in adjustments.left_out
    (aside,) = tmp_path.glob("settings.json.damaged-*")
    assert aside.read_text() == content
    assert str(aside) in adjustments.left_out
    assert json.loads(path.read_text()) == {}
    assert Adjustments(Settings(), (), tmp_path).left_out is None


def test_what_holds_in_a_file_with_a_wrong_value_goes_on_holding(tmp_path: Path) -> None:
    kept = {"decision.leaves": 3, "decision.mode": "evil", "language": "de", "decision.every": 9}
    (tmp_path / "settings.json").write_text(json.dumps(kept))
    adjustments = Adjustments(Settings(), ("decision.every",), tmp_path)
    assert adjustments.settings == changed(Settings(), {"decision.leaves": 3, "language": "de"})
    del kept["decision.mode"]
    assert json.loads((tmp_path / "settings.json").read_text()) == kept


def test_a_wrong_setting_of_the_file_is_not_blamed_on_the_page(tmp_path: Path) -> None:
    Adjustments(Settings(), (), tmp_path).change({"decision.leaves": 3})
    file = changed(Settings(), {"language": "xx"})
    adjustments = Adjustments(file, (), tmp_path)
    assert adjustments.left_out is None
    assert adjustments.settings.decision.leaves == 3


def test_a_folder_where_the_file_should_be_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    adjustments = Adjustments(Settings(), (), tmp_path)
    assert adjustments.left_out
    assert "cannot be read (Is a directory)" in adjustments.left_out
    adjustments.change({"decision.leaves": 3})


def test_changes_are_readable_by_a_person(tmp_path: Path) -> None:
    Adjustments(Settings(), (), tmp_path).change({"decision.leaves": 3})
    assert json.loads((tmp_path / "settings.json").read_text()) == {"decision.leaves": 3}


def test_the_page_has_its_folder_in_the_stores_unless_told(tmp_path: Path) -> None:
    assert web_folder(Settings()) is None
    stored = changed(Settings(), {"store.folder": tmp_path})
    assert web_folder(stored) == tmp_path / "web"
    assert web_folder(changed(stored, {"web.state": tmp_path / "own"})) == tmp_path / "own"


def test_no_more_may_stay_free_than_is_free(tmp_path: Path) -> None:
    stored = changed(Settings(), {"store.folder": tmp_path})
    adjustments = Adjustments(stored, (), tmp_path)
    for number in (2 * free_bytes(tmp_path) // 10**6, 10**9):
        with pytest.raises(UserError, match=f"expected at most .* received {number:,}: more is"):
            adjustments.change({"store.keep_free_mb": number})
    with pytest.raises(UserError, match=r"less than or equal to .* received 999999999999999"):
        adjustments.change({"store.keep_free_mb": 999999999999999})
    assert adjustments.settings == stored
    adjustments.change({"store.keep_free_mb": 1})
    adjustments.change({"store.keep_free_mb": None})


@pytest.mark.parametrize("place", ["gpsd", "gpsd:localhost:2948", "gpsd:127.0.0.1"])
def test_a_receiver_of_this_machine_may_be_set(tmp_path: Path, place: str) -> None:
    Adjustments(Settings(), (), tmp_path).change({"store.place": place})
    again = Adjustments(Settings(), (), tmp_path)
    assert (again.settings.store.place, again.left_out) == (place, None)


def test_a_receiver_elsewhere_is_the_settings_files_to_name(tmp_path: Path) -> None:
    file = changed(Settings(), {"store.place": "gpsd:receiver.example.org"})
    adjustments = Adjustments(file, (), tmp_path)
    adjustments.change({"store.place": "gpsd:receiver.example.org", "decision.leaves": 3})
    assert Adjustments(file, (), tmp_path).settings.decision.leaves == 3


def test_what_the_owner_has_set_may_be_set_again(tmp_path: Path) -> None:
    stored = changed(Settings(), {"store.folder": tmp_path, "store.keep_free_mb": 10**8})
    adjustments = Adjustments(stored, (), tmp_path)
    adjustments.change({"store.keep_free_mb": 10**8, "decision.leaves": 3})
    with pytest.raises(UserError, match="received 100,000,001"):
        adjustments.change({"store.keep_free_mb": 10**8 + 1})
