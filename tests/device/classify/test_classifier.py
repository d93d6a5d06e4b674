import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plant_device.classify.classifier import Classified, Classifier, open_classifier
from plant_device.classify.decision import Decision, DecisionKind, Prediction
from plant_device.classify.line import ClassifiedLine, ShownEntry, classified_line
from plant_device.classify.smoothing import Answer, Smoothed
from plant_device.contract.classes import leaf_class
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import network_input
from plant_device.contract.manifest import Manifest, SelfTestVector, Thresholds

SCAB, HEALTHY = leaf_class("Apple___scab"), leaf_class("Apple___healthy")


def _pictures(number: int = 12) -> list[np.ndarray]:
    random = np.random.default_rng(21)
    return [
        np.clip(random.integers(0, 256, 3) + random.normal(0, 30, (50, 70, 3)), 0, 255).astype(
            np.uint8
        )
        for _ in range(number)
    ]


def _outcome(kind: DecisionKind, probability: float = 0.876) -> Classified:
    top = ((HEALTHY if kind == "healthy" else SCAB, probability), (HEALTHY, 1 - probability))
    decision = Decision(kind, "clear", "the reason")
    return Classified(Prediction(top, energy=3.0), decision, ms=12.34567)


def test_the_first_class_is_the_networks_own(
    classifier: Classifier, manifest: Manifest, reference_logits: Callable[..., list[int]]
) -> None:
    seen = set()
    for picture in _pictures():
        logits = reference_logits(network_input(picture, manifest.geometry))
        expected = manifest.labels[int(np.argmax(logits))]
        outcome = classifier.classify(picture)
        assert outcome.prediction.top[0][0].label == expected
        assert outcome.ms > 0
        seen.add(expected)
    assert len(seen) > 1, "the network of the tests names one class only"


def test_healthy_and_ill_classes_are_decided_as_such(classifier: Classifier) -> None:
    kinds = set()
    for picture in _pictures():
        outcome = classifier.classify(picture)
        best = outcome.prediction.top[0][0]
        assert outcome.decision.kind == ("healthy" if best.healthy else "disease")
        kinds.add(outcome.decision.kind)
    assert kinds == {"healthy", "disease"}


def test_the_models_own_thresholds_and_temperature_count(
    altered_model: Callable[..., Path], classifier: Classifier
) -> None:
    picture = _pictures()[0]
    plain = classifier.classify(picture)
    unsure = open_classifier(altered_model(thresholds=Thresholds(unsure=1.0, not_leaf=-1e3)))
    assert unsure.classify(picture).decision.kind == "unsure"
    not_leaf = open_classifier(altered_model(thresholds=Thresholds(unsure=0.0, not_leaf=1e3)))
    assert not_leaf.classify(picture).decision.kind == "not_leaf"
    warm = open_classifier(altered_model(temperature=100.0)).classify(picture)
    assert warm.prediction.top[0][0] == plain.prediction.top[0][0]
    assert warm.prediction.top[0][1] < plain.prediction.top[0][1]
    assert warm.prediction.energy == plain.prediction.energy


def test_a_model_that_fails_its_self_test_does_not_classify(
    altered_model: Callable[..., Path], manifest: Manifest
) -> None:
    wrong = [
        SelfTestVector(picture=vector.picture, logits=[-step - 1 for step in vector.logits])
        for vector in manifest.self_test
    ]
    with pytest.raises(UserError, match="fails its self-test") as refused:
        open_classifier(altered_model(self_test=wrong))
    assert refused.value.exit_code == REFUSED


def test_a_line_has_the_documented_keys_in_their_order() -> None:
    line = classified_line("leaf.jpg", _outcome("disease"), frame=7)
    assert json.loads(line.model_dump_json()) == {
        "path": "leaf.jpg",
        "frame": 7,
        "decision": "disease",
        "cause": "clear",
        "reason": "the reason",
        "label": "Apple___scab",
        "probability": 0.876,
        "top": [
            {"label": "Apple___scab", "probability": 0.876},
            {"label": "Apple___healthy", "probability": 0.124},
        ],
        "energy": 3.0,
        "quality": None,
        "ms": 12.346,
        "shown": None,
    }
    assert list(json.loads(line.model_dump_json())) == list(ClassifiedLine.model_fields)


def test_a_picture_that_shows_nothing_is_refused_and_the_network_asked_all_the_same(
    model_path: Path,
) -> None:
    strict = open_classifier(model_path)
    dark = np.full((50, 70, 3), 9, np.uint8)
    outcome = strict.classify(dark)
    assert (outcome.decision.kind, outcome.decision.cause) == ("unsure", "too_dark")
    assert len(outcome.prediction.top) > 1
    line = classified_line("dark.jpg", outcome)
    assert line.quality is not None
    assert line.quality.bright_end == pytest.approx(9 / 255, abs=1e-6)
    assert strict.outcome(replace(strict.look(dark), quality=None)).decision.cause == "clear"


def test_a_line_of_a_frame_has_what_frames_say_together() -> None:
    scab = Answer("disease", SCAB)
    steady = Smoothed(((scab, 0.7),), scab)
    line = classified_line("usb:0", _outcome("disease"), 7, steady, concluded=True)
    assert line.shown == ShownEntry(
        decision="disease", cause="steady", label="Apple___scab", share=0.7, concluded=True
    )
    torn = Smoothed(((scab, 0.5), (Answer("unsure"), 0.4)), None)
    line = classified_line("usb:0", _outcome("disease"), 7, torn)
    assert line.shown == ShownEntry(
        decision="unsure", cause="frames_disagree", share=0.5, concluded=False
    )


def test_a_line_of_a_picture_has_no_frame() -> None:
    line = classified_line("leaf.jpg", _outcome("healthy"))
    assert "frame" not in json.loads(line.model_dump_json(exclude_none=True))


def test_a_path_that_is_not_utf8_makes_a_line_all_the_same() -> None:
    line = classified_line("bl\udce4tt.jpg", _outcome("disease"))
    assert json.loads(line.model_dump_json())["path"] == r"bl\udce4tt.jpg"
