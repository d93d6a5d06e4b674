import pytest

from plant_device.classify.classifier import Classified
from plant_device.classify.decision import Cause, Decision, DecisionKind, Prediction
from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import vote
from plant_device.contract.classes import leaf_class
from plant_device.texts.languages import load_texts
from plant_device.texts.texts import Text, Texts, layered
from plant_device.texts.words import (
    answer_in_words,
    caption,
    explanation,
    leaf_in_words,
    sentence,
    verdict_in_words,
)

LATE_BLIGHT, HEALTHY = leaf_class("Tomato___Late_blight"), leaf_class("Tomato___healthy")
OWN = leaf_class('Reis___"Blast", 葉/枯病')
ENGLISH, GERMAN, SPANISH = load_texts("en"), load_texts("de"), load_texts("es")


def _outcome(kind: DecisionKind, cause: Cause = "clear", label: str = "") -> Classified:
    best = leaf_class(label) if label else HEALTHY if kind == "healthy" else LATE_BLIGHT
    prediction = Prediction(((best, 0.876), (HEALTHY, 0.124)), energy=3.0)
    return Classified(prediction, Decision(kind, cause, "in figures"), ms=1.0)


OUTCOMES = [
    _outcome("disease"),
    _outcome("healthy"),
    _outcome("unsure", "too_dark"),
    _outcome("not_leaf", "unlike_training"),
]


@pytest.mark.parametrize(
    ("texts", "sentences"),
    [
        (
            ENGLISH,
            [
                "Tomato: late blight (88%)",
                "Tomato: healthy (88%)",
                "unsure (too dark; nearest: Tomato: late blight, 88%)",
                "not a leaf (unlike the leaves it has learned)",
            ],
        ),
        (
            GERMAN,
            [
                "Tomate: Kraut- und Braunfäule (88%)",
                "Tomate: gesund (88%)",
                "unsicher (zu dunkel; am nächsten: Tomate: Kraut- und Braunfäule, 88%)",
                "kein Blatt (anders als die gelernten Blätter)",
            ],
        ),
        (
            SPANISH,
            [
                "Tomate: tizón tardío (mildiu) (88%)",
                "Tomate: sana (88%)",
                "dudosa (demasiado oscura; lo más parecido: Tomate: tizón tardío (mildiu), 88%)",
                "no es una hoja (distinta de las hojas aprendidas)",
            ],
        ),
    ],
    ids=["en", "de", "es"],
)
def test_a_sentence_tells_the_decision_in_its_language(texts: Texts, sentences: list[str]) -> None:
    assert [sentence(outcome, texts) for outcome in OUTCOMES] == sentences


def test_a_caption_tells_the_nearest_class_instead_of_the_cause() -> None:
    assert [caption(outcome, GERMAN) for outcome in OUTCOMES] == [
        "Tomate: Kraut- und Braunfäule (88%)",
        "Tomate: gesund (88%)",
        "unsicher (am nächsten: Tomate: Kraut- und Braunfäule, 88%)",
        "kein Blatt (am nächsten: Tomate: Kraut- und Braunfäule, 88%)",
    ]


@pytest.mark.parametrize(
    ("answer", "english", "spanish"),
    [
        (
            Answer("disease", LATE_BLIGHT),
            "Tomato: late blight",
            "Tomate: tizón tardío (mildiu)",
        ),
        (Answer("unsure"), "unsure", "dudosa"),
        (Answer("not_leaf"), "not a leaf", "no es una hoja"),
        (None, "unsure (frames disagree)", "dudosa (las imágenes no coinciden)"),
    ],
)
def test_what_is_shown_has_words(answer: Answer | None, english: str, spanish: str) -> None:
    assert answer_in_words(answer, ENGLISH) == english
    assert answer_in_words(answer, SPANISH) == spanish


def test_leaves_that_vote_are_told_one_by_one_and_together() -> None:
    ill, unsure = Answer("disease", LATE_BLIGHT), Answer("unsure")
    assert leaf_in_words(2, 3, ill, ENGLISH) == "leaf 2 of 3: Tomato: late blight; now another leaf"
    assert (
        leaf_in_words(3, 3, None, GERMAN) == "Blatt 3 von 3: unsicher (Bilder widersprechen sich)"
    )
    assert verdict_in_words(vote([ill, ill, None]), ENGLISH) == (
        "3 leaves: Tomato: late blight (Tomato: late blight 2, unsure 1)"
    )
    assert verdict_in_words(vote([ill, unsure, None]), SPANISH) == (
        "3 hojas: dudosa (las hojas no coinciden) (dudosa 2, Tomate: tizón tardío (mildiu) 1)"
    )
    assert verdict_in_words(vote([ill]), ENGLISH) == (
        "1 leaf: Tomato: late blight (Tomato: late blight 1)"
    )


def test_a_mistyped_placeholder_is_told_as_it_stands() -> None:
    words = ENGLISH.inspection.model_copy(update={"leaf": "{nr} of {leaves} {"})
    texts = ENGLISH.model_copy(update={"inspection": words})
    assert leaf_in_words(1, 1, None, texts).startswith("{nr} of 1 {: unsure")


def test_a_class_without_texts_has_the_model_files_name_and_its_decisions_words() -> None:
    outcome = _outcome("disease", label=OWN.label)
    assert sentence(outcome, GERMAN) == 'Reis: "Blast", 葉/枯病 (88%)'
    general = GERMAN.decisions["disease"]
    assert explanation(outcome, GERMAN) == [
        f"Was es ist: {general.what}",
        f"Was tun: {general.next}",
    ]


def test_a_model_files_name_for_a_class_does_not_steer_the_terminal() -> None:
    assert "?[2J" in sentence(_outcome("disease", label="Rice___\x1b[2J"), GERMAN)


def test_a_class_of_a_users_own_is_told_as_far_as_it_has_texts() -> None:
    own = ENGLISH.model_copy(update={"classes": {OWN.label: Text(look="Diamonds.")}})
    outcome = _outcome("disease", label=OWN.label)
    lines = explanation(outcome, layered(own, ENGLISH))
    assert lines[1] == "Look for: Diamonds."
    assert [line.partition(":")[0] for line in lines] == ["What it is", "Look for", "What to do"]


def test_a_disease_is_explained_by_what_it_is_its_signs_and_what_to_do() -> None:
    text = GERMAN.classes["Tomato___Late_blight"]
    assert explanation(OUTCOMES[0], GERMAN) == [
        f"Was es ist: {text.what}",
        f"Worauf achten: {text.look}",
        f"Was tun: {text.next}",
    ]


def test_a_refusal_is_explained_by_its_cause() -> None:
    text = SPANISH.causes["too_dark"]
    assert explanation(OUTCOMES[2], SPANISH) == [f"Qué es: {text.what}", f"Qué hacer: {text.next}"]
