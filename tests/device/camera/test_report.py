from plant_device.camera.report import CameraReport
from plant_device.camera.states import FAULTS, CameraState, CameraStatus


def _said(*changes: tuple[CameraState, str]) -> list[str]:
    said: list[str] = []
    report = CameraReport(said.append)
    failures = 0
    for state, cause in changes:
        failures += state in FAULTS
        report(CameraStatus(state, cause, failures))
    return said


def test_one_that_comes_back_for_moments_is_told_once_until_it_was_sound() -> None:
    flaps: list[tuple[CameraState, str]] = [("running", ""), ("lost", "its stream ended")]
    assert _said(*flaps, *flaps, *flaps) == [
        "camera lost: its stream ended; it is opened again",
        "camera running",
    ]
    said: list[str] = []
    report = CameraReport(said.append)
    for _ in range(2):
        report(CameraStatus("lost", "cut", failures=1))
        report(CameraStatus("running", "", failures=1))
    assert len(said) == 4


def test_that_it_runs_is_the_last_word_of_one_that_is_sound_again() -> None:
    said: list[str] = []
    report = CameraReport(said.append)
    report(CameraStatus("stalled", "no frame for 2 s", failures=1))
    report(CameraStatus("running", "", failures=1))
    report(CameraStatus("lost", "its stream ended", failures=2))
    report(CameraStatus("running", "", failures=2))
    assert said[-1] == "camera lost: its stream ended; it is opened again"
    for _ in range(2):
        report(CameraStatus("running", "", failures=0))
    assert said[-1] == "camera running"
    assert len(said) == 4


def test_the_same_fault_with_other_figures_is_told_once() -> None:
    assert len(_said(*(("unavailable", f"half a picture ({n} bytes)") for n in (7, 12)))) == 1


def test_that_it_runs_at_first_needs_no_word_and_later_does() -> None:
    assert _said(("running", ""), ("stalled", "no frame for 2 s"), ("reopening", "")) == [
        "camera stalled: no frame for 2 s; it is opened again"
    ]
    assert _said(("lost", "gone"), ("reopening", ""), ("running", ""))[1:] == ["camera running"]


def test_a_camera_that_stays_away_is_told_once_for_each_reason() -> None:
    away: list[tuple[CameraState, str]] = [("unavailable", "not there"), ("reopening", "")]
    denied: list[tuple[CameraState, str]] = [("unavailable", "may not be read"), ("reopening", "")]
    assert _said(*away, *away, *away, *denied, *denied, ("running", "")) == [
        "camera unavailable: not there; it is opened again",
        "camera unavailable: may not be read; it is opened again",
        "camera running",
    ]


def test_damaged_pictures_are_told_once_for_each_reason() -> None:
    said: list[str] = []
    report = CameraReport(said.append)
    for reason in ("leaf_1.jpg is torn", "leaf_2.jpg is torn", "leaf_1.jpg is torn"):
        report.damaged(reason)
    assert said == ["error: leaf_1.jpg is torn", "error: leaf_2.jpg is torn"]
