from collections.abc import Iterator

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified, Classifier
from plant_device.classify.smoothing import Answer, Smoothing
from plant_device.service.attention import Continuous, Looks
from plant_device.service.loop import Ended, Observation, run_loop
from plant_device.service.triggers.button import Button
from plant_device.service.triggers.every import Every

USUAL = Smoothing()


class CountedSource:
    """So many frames of given BGR pictures, counted as they are taken."""

    live = False

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.taken = 0
        self._pictures = pictures

    def frames(self) -> Iterator[Frame]:
        for index, picture in enumerate(self._pictures):
            self.taken += 1
            yield Frame(index, f"test:{index}", picture, duration=0.5)


def _continuous() -> Continuous:
    return Continuous(Button())


def _source(number: int) -> CountedSource:
    random = np.random.default_rng(31)
    return CountedSource(
        [np.full((40, 50, 3), random.integers(0, 256, 3), dtype=np.uint8) for _ in range(number)]
    )


def _ignore(seen: Observation) -> None:
    pass


def _label(seen: Observation) -> str:
    return seen.classified.prediction.top[0][0].label


@pytest.mark.parametrize("limit", [None, 4, 100])
def test_the_loop_ends_with_its_source(classifier: Classifier, limit: int | None) -> None:
    source = _source(3)
    assert run_loop(source, classifier, [_ignore], limit, USUAL, _continuous()) == Ended(
        3, "source ended"
    )


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_loop_ends_at_the_frame_limit_and_takes_no_frame_more(
    classifier: Classifier, limit: int
) -> None:
    source = _source(3)
    assert run_loop(source, classifier, [_ignore], limit, USUAL, _continuous()) == Ended(
        limit, "frame limit"
    )
    assert source.taken == limit


def test_a_source_without_frames_is_ended(classifier: Classifier) -> None:
    assert run_loop(_source(0), classifier, [_ignore], None, USUAL, _continuous()) == Ended(
        0, "source ended"
    )


def test_listeners_hear_every_frame_in_their_order(classifier: Classifier) -> None:
    heard: list[tuple[str, int, str]] = []

    def first(seen: Observation) -> None:
        heard.append(("first", seen.frame.index, _label(seen)))

    def second(seen: Observation) -> None:
        heard.append(("second", seen.frame.index, _label(seen)))

    run_loop(_source(3), classifier, [first, second], None, USUAL, _continuous())
    assert [(who, index) for who, index, _ in heard] == [
        (who, index) for index in range(3) for who in ("first", "second")
    ]
    assert [label for who, _, label in heard if who == "first"] == [
        label for who, _, label in heard if who == "second"
    ]


def test_each_frame_is_heard_before_the_next_is_taken(classifier: Classifier) -> None:
    source = _source(3)
    taken: list[int] = []
    run_loop(
        source,
        classifier,
        [lambda seen: taken.append(source.taken)],
        None,
        USUAL,
        _continuous(),
    )
    assert taken == [1, 2, 3]


def test_the_network_sees_rgb_where_the_camera_gives_bgr(classifier: Classifier) -> None:
    rgb = np.full((40, 50, 3), (14, 34, 211), dtype=np.uint8)
    expected = classifier.classify(rgb).prediction
    swapped = classifier.classify(np.ascontiguousarray(rgb[:, :, ::-1])).prediction
    assert expected != swapped, "the network of the tests does not see colours"
    heard: list[Classified] = []
    source = CountedSource([np.ascontiguousarray(rgb[:, :, ::-1])])
    run_loop(
        source,
        classifier,
        [lambda seen: heard.append(seen.classified)],
        None,
        USUAL,
        _continuous(),
    )
    assert [outcome.prediction for outcome in heard] == [expected]


def test_a_listener_that_fails_stops_the_loop(classifier: Classifier) -> None:
    def fail(seen: Observation) -> None:
        raise RuntimeError("the disk is full")

    source = _source(3)
    with pytest.raises(RuntimeError, match="the disk is full"):
        run_loop(source, classifier, [fail], None, USUAL, _continuous())
    assert source.taken == 1


def test_what_is_shown_is_smoothed_over_the_frames_durations(classifier: Classifier) -> None:
    shown: list[Answer | None] = []
    source = CountedSource([np.full((40, 50, 3), (30, 140, 60), np.uint8)] * 4)
    run_loop(
        source,
        classifier,
        [lambda seen: shown.append(seen.smoothed.shown)],
        None,
        USUAL,
        _continuous(),
    )
    # Shares after frames of half a second each: 0.39, 0.63, 0.78, 0.86.
    assert shown[0] is None
    assert shown[1] is not None
    assert shown[1:] == [shown[1]] * 3


def test_what_is_shown_first_counts_once(classifier: Classifier) -> None:
    counted: list[bool] = []
    source = CountedSource([np.full((40, 50, 3), (30, 140, 60), np.uint8)] * 4)
    run_loop(
        source,
        classifier,
        [lambda seen: counted.append(seen.concluded)],
        None,
        USUAL,
        _continuous(),
    )
    assert counted == [False, True, False, False]


def test_a_look_takes_as_many_frames_as_its_answer_and_the_others_are_passed_over(
    classifier: Classifier,
) -> None:
    heard: list[tuple[int, bool]] = []
    source = CountedSource([np.full((40, 50, 3), (30, 140, 60), np.uint8)] * 9)
    ended = run_loop(
        source,
        classifier,
        [lambda seen: heard.append((seen.frame.index, seen.concluded))],
        None,
        USUAL,
        # Frames of half a second; a look has its answer at the second.
        Looks(Every(2.0), patience=5.0),
    )
    assert heard == [(0, False), (1, True), (4, False), (5, True), (8, False)]
    assert ended == Ended(9, "source ended")


def test_a_look_begins_anew_with_nothing_of_the_one_before(classifier: Classifier) -> None:
    shares: list[float] = []
    source = CountedSource([np.full((40, 50, 3), (30, 140, 60), np.uint8)] * 4)
    run_loop(
        source,
        classifier,
        [lambda seen: shares.append(seen.smoothed.shares[0][1])],
        None,
        USUAL,
        Looks(Every(0.1), patience=5.0),
    )
    assert shares[2:] == shares[:2]


def test_frames_that_disagree_to_the_end_conclude_without_an_answer(
    classifier: Classifier,
) -> None:
    random = np.random.default_rng(5)
    pictures = [random.integers(0, 256, (40, 50, 3), dtype=np.uint8) for _ in range(40)]
    labels = [
        classifier.classify(picture[:, :, ::-1]).prediction.top[0][0].label for picture in pictures
    ]
    first = labels[0]
    other = next(label for label in labels if label != first)
    turns = [pictures[labels.index(first)], pictures[labels.index(other)]] * 10
    heard: list[tuple[bool, Answer | None]] = []
    run_loop(
        CountedSource(turns),
        classifier,
        [lambda seen: heard.append((seen.concluded, seen.smoothed.shown))],
        None,
        Smoothing(seconds=3.0),
        Looks(Every(1000.0), patience=4.0),
    )
    assert heard == [(False, None)] * 8 + [(True, None)]
