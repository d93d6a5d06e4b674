"""`MODEL_CARD.md`: what has to travel with a model that is given away."""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from plant_device.contract.classes import leaf_class
from plant_train.judge.evaluation import Evaluation
from plant_train.judge.verdict import FIELD_WARNING, percent, verdict
from plant_train.report.settings import settings_of
from plant_train.run import RunRecord

_TEMPLATE = "model_card.md.j2"


def model_card(
    name: str, record: RunRecord, held_out: Evaluation, others: Sequence[Evaluation]
) -> str:
    """The card of a finished run, under the headings of Hugging Face's template.

    Every number in it comes from the record and the evaluations.

    Args:
        held_out: of the pictures that the run was tuned on.
        others: of further data sets, such as a test set.
    """
    # Markdown, not HTML: `plain` escapes what comes from outside.
    environment = Environment(
        loader=PackageLoader("plant_train", "report/templates"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = percent
    environment.filters["plain"] = _plain
    environment.filters["words"] = lambda label: leaf_class(label).text
    assert record.result is not None
    return environment.get_template(_TEMPLATE).render(
        name=name,
        record=record,
        result=record.result,
        # Not the whole path: that is the trainer's own, and a card is published.
        source=", ".join("/".join(Path(root).parts[-2:]) for root in record.data.roots),
        settings=settings_of(record),
        evaluations=[held_out, *others],
        findings=[
            ("held-out pictures of the training data", verdict(held_out, held_out=True)),
            *((f"the data set {one.data}", verdict(one, held_out=False)) for one in others),
        ],
        field_warning=FIELD_WARNING,
    )


def _plain(text: object) -> str:
    """Text from outside that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_\[\]|<>#~$])", r"\\\1", " ".join(str(text).split()))
