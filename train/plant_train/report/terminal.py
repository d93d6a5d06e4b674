"""An evaluation as text for a person at a terminal."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from plant_device.contract.classes import leaf_class
from plant_train.judge.evaluation import Evaluation
from plant_train.judge.verdict import FIELD_WARNING, confusions, percent, worst_classes

_CONFUSIONS = 10
_COVERAGES = 6


def print_evaluation(evaluation: Evaluation) -> None:
    """Print it on stdout, as wide as the terminal is."""
    # No markup and no emoji: class names come from folders, and may look like either.
    Console(markup=False, emoji=False, highlight=False).print(_page(evaluation))


def _page(evaluation: Evaluation) -> Group:
    parts: list[RenderableType] = [
        _headline(evaluation),
        _titled(
            "Classes, worst first (recall with its 95 % Wilson interval)", _classes(evaluation)
        ),
    ]
    if confusions(evaluation):
        parts.append(_titled("Taken for another", _confusions(evaluation)))
    parts.append(_titled("Answering only the surest", _coverage(evaluation)))
    if evaluation.unknown:
        parts.append(
            _titled(f"Unknown pictures, by {evaluation.unknown_score}", _unknown(evaluation))
        )
    parts.append(Text(f"\n{FIELD_WARNING}"))
    return Group(*parts)


def _headline(evaluation: Evaluation) -> Table:
    low, high = evaluation.top1_interval
    before = evaluation.before_temperature
    present, known = len(evaluation.per_class), len(evaluation.classes)
    crops = {1: "centre crop, as on the device"}.get(
        evaluation.crops, f"mean logits of {evaluation.crops} crops"
    )
    named = percent(evaluation.answered)
    if evaluation.answered_top1 is not None:
        named += f", right for {percent(evaluation.answered_top1)} of them"
    drawn = ", ".join(
        f"{leaf_class(label).text} ({evaluation.predictions[label]} answers)"
        for label in evaluation.attractors
    )
    return _grid(
        ("pictures", f"{evaluation.n} of {evaluation.data} ({crops})"),
        ("top-1", f"{percent(evaluation.top1)}  ({percent(low)} to {percent(high)})"),
        (
            "top-1 of fewer",
            f"{percent(evaluation.top1_of_present)} if only classes of {evaluation.data} may be "
            f"named, {percent(evaluation.top1_of_crop)} if only those of the picture's crop",
        ),
        ("top-5", percent(evaluation.top5)),
        ("macro F1", f"{evaluation.macro_f1:.4f}  over {present} of {known} classes with pictures"),
        ("weighted F1", f"{evaluation.weighted_f1:.4f}  by support, Mohanty's mean F1"),
        ("log loss", f"{evaluation.log_loss:.4f}  before temperature {before.log_loss:.4f}"),
        ("ECE", f"{evaluation.ece:.4f}  before temperature {before.ece:.4f}"),
        ("device names a class", named),
        ("attractor classes", drawn or "none"),
    )


def _classes(evaluation: Evaluation) -> Table:
    table = _columns("class", "F1", "precision", "recall", "", "pictures", "answers")
    for label in worst_classes(evaluation):
        one, (low, high) = evaluation.per_class[label], evaluation.recall_intervals[label]
        table.add_row(
            leaf_class(label).text,
            f"{one.f1:.3f}",
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
            f"{low:.2f}–{high:.2f}",
            str(one.support),
            str(evaluation.predictions[label]),
        )
    return table


def _confusions(evaluation: Evaluation) -> Table:
    table = _columns("true class", "answer", "pictures")
    table.columns[1].justify = "left"
    for pair in confusions(evaluation)[:_CONFUSIONS]:
        table.add_row(
            leaf_class(pair.truth).text,
            leaf_class(pair.answer).text,
            f"{pair.pictures} of {evaluation.per_class[pair.truth].support}",
        )
    return table


def _coverage(evaluation: Evaluation) -> Table:
    table = _columns("answered", "right", "from probability")
    for point in evaluation.coverage[:_COVERAGES]:
        table.add_row(percent(point.coverage), percent(point.accuracy), f"{point.probability:.3f}")
    return table


def _unknown(evaluation: Evaluation) -> Table:
    table = _columns("folder", "pictures", "AUROC", "false accepts at 95 %", "device names a class")
    for name, folder in evaluation.unknown.items():
        table.add_row(
            name,
            str(folder.n),
            f"{folder.auroc:.4f}",
            percent(folder.false_accepts),
            percent(folder.answered),
        )
    return table


def _titled(title: str, content: Table) -> Group:
    return Group(Text(f"\n{title}", style="bold"), content)


def _grid(*rows: tuple[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(*row)
    return table


def _columns(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table
