from datetime import datetime, timezone

import pytest
from pydantic import ValidationError

from plant_device.contract.errors import UserError
from plant_device.models.history import (
    History,
    Installed,
    begun,
    rolled_back,
    settled,
    with_new,
)


def _model(letter: str, *, proven: bool = False) -> Installed:
    return Installed(
        sha256=letter * 64,
        name="leaves",
        version=letter,
        bytes=9,
        installed_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        proven=proven,
    )


def _history(letters: str, place: int = 0, *, proven: str = "") -> History:
    models = tuple(_model(letter, proven=letter in proven) for letter in letters)
    return History(models=models, place=place)


def _told(history: History) -> str:
    """The versions, the newest first; the current one in brackets."""
    return "".join(
        f"[{model.version}]" if number == history.place else model.version
        for number, model in enumerate(history.models)
    )


def test_a_new_model_is_current_and_those_before_it_are_former_ones() -> None:
    history = None
    for letter in "abc":
        history = with_new(history, _model(letter), keep=5)
    assert history
    assert _told(history) == "[c]ba"
    assert [model.version for model in history.former] == ["b", "a"]


@pytest.mark.parametrize(("keep", "left"), [(2, "[d]c"), (3, "[d]cb"), (9, "[d]cba")])
def test_so_many_are_kept(keep: int, left: str) -> None:
    assert _told(with_new(_history("cba", proven="c"), _model("d"), keep)) == left


def test_the_newest_proven_one_is_kept_wherever_it_stands() -> None:
    assert _told(with_new(_history("cba", proven="a"), _model("d"), keep=2)) == "[d]ca"
    assert _told(with_new(_history("cba", proven="ba"), _model("d"), keep=2)) == "[d]cb"


def test_a_model_that_is_installed_again_is_there_once_and_anew() -> None:
    tried = begun(_history("cba"), "a" * 64, 2)
    history = with_new(tried, _model("a"), keep=3)
    assert _told(history) == "[a]cb"
    assert history.current.starts == 0
    assert _told(with_new(history, _model("a"), keep=3)) == "[a]cb"


def test_a_rollback_goes_one_back_each_time_until_the_oldest() -> None:
    once = rolled_back(_history("cba"))
    twice = rolled_back(once)
    assert (_told(once), _told(twice)) == ("c[b]a", "cb[a]")
    with pytest.raises(UserError, match=r"no model to go back to: leaves a \(aaaaaaaaaaaa…\)"):
        rolled_back(twice)


def test_a_new_model_takes_the_place_of_those_that_were_gone_back_from() -> None:
    assert _told(with_new(_history("cba", place=1), _model("d"), keep=5)) == "[d]ba"


def test_a_service_finds_the_current_model_sound() -> None:
    found = settled(begun(_history("ba"), "b" * 64, 1), "b" * 64, "b" * 64, {})
    assert _told(found) == "[b]a"
    assert (found.current.proven, found.former[0].proven) == (True, False)


def test_a_service_goes_back_to_the_one_that_answers_and_says_why() -> None:
    found = settled(_history("cba"), "c" * 64, "a" * 64, {"c" * 64: "odd", "b" * 64: "late"})
    assert _told(found) == "cb[a]"
    assert [model.fault for model in found.models] == ["odd", "late", None]
    assert found.current.proven


def test_a_service_may_go_on_with_a_newer_one_than_a_rollback_named() -> None:
    found = settled(_history("cba", place=1), "b" * 64, "c" * 64, {"b" * 64: "damaged"})
    assert _told(found) == "[c]ba"


def test_what_a_service_found_of_a_model_that_is_no_longer_current_has_no_say() -> None:
    later = _history("dcba")
    assert settled(later, "c" * 64, "b" * 64, {"c" * 64: "odd"}) == later
    gone = _history("dc")
    assert settled(gone, "d" * 64, "a" * 64, {"d" * 64: "odd"}) == gone


@pytest.mark.parametrize(("letters", "place"), [("a", 1), ("aa", 0), ("", 0)])
def test_a_list_that_cannot_be_is_refused(letters: str, place: int) -> None:
    with pytest.raises(ValidationError):
        _history(letters, place)


def test_a_strangers_words_do_not_steer_the_terminal() -> None:
    strange = _model("a").model_copy(update={"name": "\x1b[2Jleaves\n", "version": "\u202e3"})
    assert str(strange) == "?[2Jleaves? ?3 (aaaaaaaaaaaa…)"
