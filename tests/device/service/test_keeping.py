import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classifier
from plant_device.classify.smoothing import Smoothed, answer_of
from plant_device.service.keeping import Keeping
from plant_device.service.loop import Observation
from plant_device.store.pictures import FOLDER
from plant_device.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path, print) as opened:
        yield opened


def _seen(classifier: Classifier, level: int, *, shown: bool, duration: float = 0.5) -> Observation:
    picture = np.full((48, 64, 3), level, np.uint8)
    classified = classifier.classify(picture)
    answer = answer_of(classified.prediction, classified.decision) if shown else None
    return Observation(Frame(3, "camera", picture, duration), classified, Smoothed((), answer))


def test_an_answer_is_kept_once_while_it_stays_and_again_when_it_comes_back(
    classifier: Classifier, store: Store
) -> None:
    keeping = Keeping(store, "f" * 64, print)
    for shown in (False, True, True, True, False, True):
        keeping(_seen(classifier, 120, shown=shown))
    assert keeping.count == store.count() == 2
    assert {record.classified.frame for record in store.records()} == {3}


def test_pictures_that_have_nothing_to_do_with_one_another_are_kept_each(
    classifier: Classifier, store: Store
) -> None:
    keeping = Keeping(store, "f" * 64, print)
    for _ in range(3):
        keeping(_seen(classifier, 120, shown=True, duration=math.inf))
    assert keeping.count == store.count() == 3


def test_a_disk_that_cannot_be_written_is_told_once_and_stops_nothing(
    classifier: Classifier, store: Store, tmp_path: Path
) -> None:
    said: list[str] = []
    keeping = Keeping(store, "f" * 64, said.append)
    # In the place of the folder of pictures: root may write where others may not.
    (tmp_path / FOLDER).write_text("in the way")
    for _ in range(4):
        keeping(_seen(classifier, 120, shown=True, duration=math.inf))
    assert (keeping.count, keeping.lost) == (0, 4)
    assert len(said) == 1
    assert said[0].endswith("classification goes on")
    (tmp_path / FOLDER).unlink()
    keeping(_seen(classifier, 120, shown=True, duration=math.inf))
    assert keeping.count == store.count() == 1
