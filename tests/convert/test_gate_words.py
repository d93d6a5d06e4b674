from __future__ import annotations

import pytest

from plant_convert.gate_words import conversion_sentence, gate_lines, gate_sentence
from plant_device.contract.manifest import Conversion, Gate, RecallDrop

GATE = Gate(
    n=602,
    from_training=27,
    agreement=0.9983,
    min_agreement=0.99,
    macro_f1_drop=0.0012,
    max_macro_f1_drop=0.003,
    greatest_recall_drop=RecallDrop(label="Tomato___rust", drop=0.01),
    max_recall_drop=0.02,
)
CONVERSION = Conversion(
    backend="litert",
    calibration_method="mse",
    calibration_pictures=128,
    dense="per-tensor",
    rank=64,
    share=0.98,
    allow_float=True,
    float_ops=["MUL a", "ADD b"],
)


def test_every_limit_stands_beside_what_was_found() -> None:
    assert gate_lines(GATE).splitlines() == [
        "gate, on 602 pictures, 27 of them from training:",
        "  agreement     99.83% (at least 99.00%)",
        "  macro F1      falls by 0.12 points (may fall by 0.3)",
        "  worst recall  Tomato___rust falls by 1.00 points (may fall by 2)",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"macro_f1_drop": -0.004}, "macro F1 rises by 0.40 points ("),
        ({"macro_f1_drop": 0.0}, "macro F1 stays as it is ("),
        ({"greatest_recall_drop": None}, "worst recall no class has the 50 pictures to tell ("),
        (
            {"greatest_recall_drop": None, "max_recall_drop": 0.0},
            "worst recall no class has the pictures to tell (",
        ),
        (
            {"greatest_recall_drop": None, "max_recall_drop": 5e-324},
            "worst recall no class has the pictures to tell (",
        ),
        ({"from_training": 0}, "on 602 pictures: "),
    ],
)
def test_gains_and_what_cannot_be_told_have_their_own_words(
    changes: dict[str, object], said: str
) -> None:
    assert said in gate_sentence(GATE.model_copy(update=changes))


def test_one_picture_that_is_forgiven_is_told() -> None:
    one_of_80 = GATE.model_copy(update={"n": 80, "agreement": 79 / 80, "macro_f1_drop": 0.02})
    told = "one picture alone is named differently, which is forgiven"
    assert gate_lines(one_of_80).startswith(
        f"gate, on 80 pictures, 27 of them from training: {told}\n"
    )
    assert gate_sentence(one_of_80).endswith(f"; {told}")
    for other in (
        {"agreement": 78 / 80},
        {"min_agreement": 0.98, "max_macro_f1_drop": 0.03},
        {"min_agreement": 1.0, "max_macro_f1_drop": 0.0},
    ):
        assert told not in gate_lines(one_of_80.model_copy(update=other))


def test_a_conversion_is_told_in_one_line() -> None:
    assert conversion_sentence(CONVERSION) == (
        "litert, mse of 128 pictures; convolutions factored, 0.98 of their variance; dense layers "
        "factored, rank 64, per-tensor; float ops allowed, 2 remain"
    )
    plain = CONVERSION.model_copy(
        update={"rank": None, "share": None, "allow_float": False, "float_ops": []}
    )
    assert conversion_sentence(plain).endswith("dense layers whole, per-tensor; float ops none")
