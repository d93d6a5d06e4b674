from plant_device.camera.report import CameraReport
from plant_device.camera.states import CameraState, CameraStatus


def _said(*changes: tuple[CameraState, str]) -> list[str]:
    said: list[str] = []
    report = CameraReport(said.append)
    for state, cause in changes:
        report(CameraStatus(state, cause))
    return said


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
