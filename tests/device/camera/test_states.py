import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.camera.states import (
    FAULTS,
    MOVES,
    CameraState,
    CameraStatus,
    moved,
    seconds_to_wait,
    sound,
    taken,
)

STATES: list[CameraState] = list(MOVES)


@given(st.lists(st.sampled_from(STATES), max_size=30))
def test_only_moves_of_the_table_are_made(wanted: list[CameraState]) -> None:
    status = CameraStatus()
    for state in wanted:
        if state in MOVES[status.state]:
            assert moved(status, state, "because").state == state
            status = moved(status, state, "because")
        else:
            with pytest.raises(ValueError, match=f"from {status.state} to {state}"):
                moved(status, state)


def test_every_fault_leads_back_to_running_and_nothing_leads_on_from_the_end() -> None:
    for fault in FAULTS:
        status = moved(CameraStatus(fault), "reopening")
        assert taken(status, 0).state == "running"
    assert not MOVES["ended"]


def test_faults_are_counted_until_the_camera_was_sound() -> None:
    status = moved(moved(CameraStatus(), "unavailable", "not there"), "reopening")
    status = moved(status, "stalled")
    assert (status.failures, status.frames) == (2, 0)
    status = taken(moved(status, "reopening"), dropped=3)
    assert status == CameraStatus("running", "", failures=2, frames=1, dropped=3)
    assert taken(status, 4) == CameraStatus("running", "", failures=2, frames=2, dropped=7)
    assert sound(status) == CameraStatus("running", "", failures=0, frames=1, dropped=3)


def test_no_frame_comes_from_a_camera_that_is_at_its_end() -> None:
    with pytest.raises(ValueError, match="from ended to running"):
        taken(CameraStatus("ended"), 0)


def test_each_wait_is_twice_the_one_before_and_none_is_longer_than_the_longest() -> None:
    waits = [seconds_to_wait(failures, 0.25, 5.0) for failures in range(8)]
    assert waits == [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert seconds_to_wait(10**9, 0.25, 5.0) == 5.0
