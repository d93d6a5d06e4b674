from collections.abc import Iterator

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified, Classifier
from plant_device.service.loop import Ended, run_loop


class CountedSource:
    """So many frames of given BGR pictures, counted as they are taken."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.taken = 0
        self._pictures = pictures

    def frames(self) -> Iterator[Frame]:
        for index, picture in enumerate(self._pictures):
            self.taken += 1
            yield Frame(index, f"test:{index}", picture)


def _source(number: int) -> CountedSource:
    random = np.random.default_rng(31)
    return CountedSource(
        [np.full((40, 50, 3), random.integers(0, 256, 3), dtype=np.uint8) for _ in range(number)]
    )


def _ignore(frame: Frame, outcome: Classified) -> None:
    pass


@pytest.mark.parametrize("limit", [None, 4, 100])
def test_the_loop_ends_with_its_source(classifier: Classifier, limit: int | None) -> None:
    source = _source(3)
    assert run_loop(source, classifier, [_ignore], limit) == Ended(3, "source ended")


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_loop_ends_at_the_frame_limit_and_takes_no_frame_more(
    classifier: Classifier, limit: int
) -> None:
    source = _source(3)
    assert run_loop(source, classifier, [_ignore], limit) == Ended(limit, "frame limit")
    assert source.taken == limit


def test_a_source_without_frames_is_ended(classifier: Classifier) -> None:
    assert run_loop(_source(0), classifier, [_ignore], None) == Ended(0, "source ended")


def test_listeners_hear_every_frame_in_their_order(classifier: Classifier) -> None:
    heard: list[tuple[str, int, str]] = []

    def first(frame: Frame, outcome: Classified) -> None:
        heard.append(("first", frame.index, outcome.prediction.top[0][0].label))

    def second(frame: Frame, outcome: Classified) -> None:
        heard.append(("second", frame.index, outcome.prediction.top[0][0].label))

    run_loop(_source(3), classifier, [first, second], None)
    assert [(who, index) for who, index, _ in heard] == [
        (who, index) for index in range(3) for who in ("first", "second")
    ]
    assert [label for who, _, label in heard if who == "first"] == [
        label for who, _, label in heard if who == "second"
    ]


def test_each_frame_is_heard_before_the_next_is_taken(classifier: Classifier) -> None:
    source = _source(3)
    taken: list[int] = []
    run_loop(source, classifier, [lambda frame, outcome: taken.append(source.taken)], None)
    assert taken == [1, 2, 3]


def test_the_network_sees_rgb_where_the_camera_gives_bgr(classifier: Classifier) -> None:
    rgb = np.full((40, 50, 3), (14, 34, 211), dtype=np.uint8)
    expected = classifier.classify(rgb).prediction
    swapped = classifier.classify(np.ascontiguousarray(rgb[:, :, ::-1])).prediction
    assert expected != swapped, "the network of the tests does not see colours"
    heard: list[Classified] = []
    source = CountedSource([np.ascontiguousarray(rgb[:, :, ::-1])])
    run_loop(source, classifier, [lambda frame, outcome: heard.append(outcome)], None)
    assert [outcome.prediction for outcome in heard] == [expected]


def test_a_listener_that_fails_stops_the_loop(classifier: Classifier) -> None:
    def fail(frame: Frame, outcome: Classified) -> None:
        raise RuntimeError("the disk is full")

    source = _source(3)
    with pytest.raises(RuntimeError, match="the disk is full"):
        run_loop(source, classifier, [fail], None)
    assert source.taken == 1
