"""An evaluation in words: what a person should know before trusting the model."""

from dataclasses import dataclass

import numpy as np

from plant_device.contract.classes import leaf_class
from plant_train.judge.calibration import is_bound_of_search
from plant_train.judge.evaluation import Evaluation

# A class is trusted when even the low end of its recall's interval, and its precision, reach this.
_TRUSTED = 0.75
# So few pictures leave everything open: 8 right of 8 is an interval down to two thirds.
_FEW_PICTURES = 10
_NAMED_CLASSES = 5
_NAMED_CONFUSIONS = 5
# Of so few, chance alone moves the share that is right by more than such an error: with 100
# pictures by up to five points.
_FEW_TO_CALIBRATE = 100
# Calibration errors that a person would not notice, and would put up with.
_TRUE_TO_ITS_WORD, _ROUGHLY_TRUE = 0.02, 0.05

_FIELD = "In a field expect less: that was not tested."
FIELD_WARNING = (
    "Laboratory accuracy is not field accuracy: pictures like those of the training are not "
    "pictures from a field. Expect less there, and measure it on your own pictures before you "
    "rely on it."
)


@dataclass(frozen=True)
class Finding:
    """A question that a person would ask, and its answer in a few sentences."""

    question: str
    answer: str


@dataclass(frozen=True)
class Confusion:
    """Pictures of one class that were taken for another; `share` is of the true class."""

    truth: str
    answer: str
    pictures: int
    share: float


def in_short(evaluation: Evaluation, held_out: bool) -> str:
    """The verdict in two sentences."""
    source = "pictures like those of its training" if held_out else f"pictures of {evaluation.data}"
    return (
        f"On {source} its first answer is right {percent(evaluation.top1)} of the time, and "
        f"{len(_trusted_classes(evaluation)) or 'none'} of {len(evaluation.per_class)} classes can "
        f"be trusted. {_FIELD if held_out else _flattered(evaluation)}"
    ).strip()


def verdict(evaluation: Evaluation, held_out: bool) -> list[Finding]:
    """The evaluation in words, the most important first.

    Args:
        held_out: the pictures are those that the run was tuned on, not a test set.
    """
    return [
        Finding("How good is it?", _how_good(evaluation, held_out)),
        Finding("What can it be trusted with?", _trusted(evaluation)),
        Finding("Where is it weak?", _weak(evaluation)),
        Finding("What does it mix up?", _mixed_up(evaluation)),
        Finding("Can its probabilities be believed?", _believed(evaluation, held_out)),
        Finding("Does it notice what it does not know?", _unknown(evaluation)),
        Finding("What was it not tested on?", _not_tested(evaluation, held_out)),
    ]


def worst_classes(evaluation: Evaluation) -> list[str]:
    """Labels of the classes that have pictures, the lowest F1 first."""
    return sorted(evaluation.per_class, key=lambda label: evaluation.per_class[label].f1)


def confusions(evaluation: Evaluation) -> list[Confusion]:
    """All pairs of classes that were confused, those with the most pictures first."""
    matrix, classes = np.array(evaluation.confusion), evaluation.classes
    pictures = matrix.sum(axis=1)
    pairs = [
        Confusion(
            classes[true],
            classes[said],
            int(matrix[true, said]),
            matrix[true, said] / pictures[true],
        )
        for true, said in np.argwhere(matrix)
        if true != said
    ]
    return sorted(pairs, key=lambda pair: (-pair.pictures, -pair.share))


def _how_good(evaluation: Evaluation, held_out: bool) -> str:
    low, high = evaluation.top1_interval
    whose = (
        "held-out pictures of the training data" if held_out else f"pictures of {evaluation.data}"
    )
    words = (
        f"On {evaluation.n} {whose} its first answer is right for {percent(evaluation.top1)} "
        f"(between {percent(low)} and {percent(high)} if the pictures are independent), "
        f"macro F1 {evaluation.macro_f1:.3f}{_over_classes(evaluation)}. "
    )
    if evaluation.learned_from:
        words = f"{_flattered(evaluation)} {words}"
    if evaluation.answered_top1 is None:
        return words + "Left to decide for itself, it names no class for any of them."
    return words + (
        f"Left to decide for itself, it names a class for {percent(evaluation.answered)} of them "
        f"and is right for {percent(evaluation.answered_top1)} of those; the rest it calls unsure "
        "or not a leaf."
    )


def _flattered(evaluation: Evaluation) -> str:
    """A warning, where pictures are judged that are known already."""
    if not evaluation.learned_from:
        return ""
    return (
        f"{evaluation.learned_from} of these {evaluation.n} pictures had a part in making it, "
        "which flatters all that follows."
    )


def _over_classes(evaluation: Evaluation) -> str:
    present, known = len(evaluation.per_class), len(evaluation.classes)
    return (
        "" if present == known else f" over the {present} of its {known} classes that have pictures"
    )


def _trusted_classes(evaluation: Evaluation) -> list[str]:
    return [
        label
        for label, one in evaluation.per_class.items()
        if evaluation.recall_intervals[label][0] >= _TRUSTED and one.precision >= _TRUSTED
    ]


def _trusted(evaluation: Evaluation) -> str:
    trusted = _trusted_classes(evaluation)
    few = [
        label
        for label, one in evaluation.per_class.items()
        if label not in trusted and one.support < _FEW_PICTURES
    ]
    words = (
        f"{len(trusted) or 'None'} of its {len(evaluation.per_class)} classes here: trust means "
        f"that it finds at least {100 * _TRUSTED:.0f} % of their leaves, the doubt of a small "
        f"sample allowed for, and that as many of its answers with their names are right. "
    )
    if not few:
        return words
    return words + (
        f"For {len(few)} {'of the others ' if trusted else ''}there are fewer than "
        f"{_FEW_PICTURES} pictures, too few to tell: {_list(few)}."
    )


def _weak(evaluation: Evaluation) -> str:
    weakest = [label for label in worst_classes(evaluation) if evaluation.per_class[label].f1 < 1]
    if not weakest:
        return "In none of the classes that have pictures: it made no mistake on these."
    named = []
    for label in weakest[:_NAMED_CLASSES]:
        one = evaluation.per_class[label]
        pictures = "1 picture" if one.support == 1 else f"{one.support} pictures"
        named.append(f"{leaf_class(label).text} (F1 {one.f1:.2f}, {pictures})")
    words = f"Its weakest classes are {'; '.join(named)}."
    if not evaluation.attractors:
        return words
    drawn = [
        f"{leaf_class(label).text} ({evaluation.predictions[label]} answers for "
        f"{evaluation.per_class[label].support if label in evaluation.per_class else 0} pictures)"
        for label in evaluation.attractors[:_NAMED_CLASSES]
    ]
    return f"{words} Some classes attract pictures of others: {'; '.join(drawn)}."


def _mixed_up(evaluation: Evaluation) -> str:
    pairs = confusions(evaluation)
    if not pairs:
        return "Nothing, on these pictures."
    named = [
        f"{leaf_class(pair.truth).text} taken for {leaf_class(pair.answer).text} "
        f"({pair.pictures} of {evaluation.per_class[pair.truth].support})"
        for pair in pairs[:_NAMED_CONFUSIONS]
    ]
    return f"Most often: {'; '.join(named)}."


def _believed(evaluation: Evaluation, held_out: bool) -> str:
    surplus = sum(one.n * (one.confidence - one.accuracy) for one in evaluation.reliability)
    manner = "too sure of itself" if surplus > 0 else "too modest"
    if evaluation.n < _FEW_TO_CALIBRATE:
        words = f"Too few pictures to tell: {evaluation.n}, it takes at least {_FEW_TO_CALIBRATE}"
    elif evaluation.ece <= _TRUE_TO_ITS_WORD:
        words = "Yes"
    elif evaluation.ece <= _ROUGHLY_TRUE:
        words = f"Roughly: it is a little {manner}"
    else:
        words = f"No: it is {manner}"
    words += (
        f". What it says and what happens differ by {100 * evaluation.ece:.1f} percentage points "
        f"on average ({100 * evaluation.before_temperature.ece:.1f} before the temperature of "
        f"{evaluation.temperature:.2f})."
    )
    if is_bound_of_search(evaluation.temperature):
        words += " That temperature is the bound of its search: the pictures ask for one beyond it."
    # As far as the figures above tell them apart.
    if round(evaluation.ece, 3) > round(evaluation.before_temperature.ece, 3):
        words += " The temperature made it worse here."
    flatters = " The temperature was fitted on these same pictures, which flatters it a little."
    return words + (flatters if held_out else "")


def _unknown(evaluation: Evaluation) -> str:
    if not evaluation.unknown:
        return (
            "Not tested here: no pictures without a known leaf were given (--unknown FOLDER). "
            "Do not rely on it to refuse a plant that it was not taught."
        )
    tested = [
        f"Of {folder.n} pictures in {name} it would give {percent(folder.answered)} a class's "
        f"name (AUROC {folder.auroc:.3f}; {percent(folder.false_accepts)} pass where 95 % of the "
        "known leaves do)."
        for name, folder in evaluation.unknown.items()
    ]
    return " ".join(tested)


def _not_tested(evaluation: Evaluation, held_out: bool) -> str:
    missing = [label for label in evaluation.classes if label not in evaluation.per_class]
    parts = []
    if held_out:
        parts.append(
            "On pictures that had no part in making it: the best epoch, the temperature and the "
            "thresholds were chosen on these very ones, which come from where the training's do."
        )
    if missing:
        parts.append(f"On {len(missing)} of its classes, for want of pictures: {_list(missing)}.")
    return " ".join([*parts, FIELD_WARNING])


def percent(fraction: float) -> str:
    """A fraction of 1 for a person: one decimal."""
    return f"{100 * fraction:.1f} %"


def _list(labels: list[str]) -> str:
    texts = [leaf_class(label).text for label in labels[:_NAMED_CLASSES]]
    more = len(labels) - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more else "")
