"""An outcome in the words of a language: pure functions, tested directly."""

from plant_device.classify.classifier import Classified
from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.contract.classes import LeafClass
from plant_device.contract.plain import plain
from plant_device.texts.texts import Text, Texts


def class_name(leaf: LeafClass, texts: Texts) -> str:
    """A class's name; of one without texts the model file's own."""
    return _of_class(leaf, texts).name or plain(leaf.text)


def sentence(outcome: Classified, texts: Texts) -> str:
    """What was found in a picture, in a line."""
    best, probability = outcome.prediction.top[0]
    named = class_name(best, texts)
    if outcome.decision.kind in ("disease", "healthy"):
        return f"{named} ({probability:.0%})"
    why = _of_cause(outcome, texts).name
    if outcome.decision.kind == "unsure":
        why += f"; {texts.headings.nearest}: {named}, {probability:.0%}"
    return f"{_of_decision(outcome, texts).name} ({why})"


def caption(outcome: Classified, texts: Texts) -> str:
    """What was found in a picture, for below it: without the cause, which may be seen."""
    if outcome.decision.kind in ("disease", "healthy"):
        return sentence(outcome, texts)
    best, probability = outcome.prediction.top[0]
    nearest = f"{texts.headings.nearest}: {class_name(best, texts)}, {probability:.0%}"
    return f"{_of_decision(outcome, texts).name} ({nearest})"


def answer_in_words(answer: Answer | None, texts: Texts) -> str:
    """What frames say together; None where they disagree."""
    if answer is None:
        return f"{texts.decisions['unsure'].name} ({texts.causes['frames_disagree'].name})"
    return class_name(answer.leaf, texts) if answer.leaf else texts.decisions[answer.kind].name


def leaf_in_words(number: int, leaves: int, answer: Answer | None, texts: Texts) -> str:
    """How far an inspection is, after so many of its leaves."""
    words = texts.inspection
    told = f"{_counted(words.leaf, leaves, number)}: {answer_in_words(answer, texts)}"
    return f"{told}; {words.another}" if number < leaves else told


def verdict_in_words(verdict: Verdict, texts: Texts) -> str:
    """What the leaves of an inspection say together, with their votes."""
    unsure = texts.decisions["unsure"].name
    told = f"{unsure} ({texts.causes['leaves_disagree'].name})"
    if verdict.answer:
        told = answer_in_words(verdict.answer, texts)
    votes = ", ".join(
        f"{answer_in_words(answer, texts) if answer else unsure} {number}"
        for answer, number in verdict.votes
    )
    inspection = texts.inspection
    words = inspection.verdict_of_one if verdict.leaves == 1 else inspection.verdict
    return f"{_counted(words, verdict.leaves)}: {told} ({votes})"


def explanation(outcome: Classified, texts: Texts) -> list[str]:
    """What it is, what to look for and what to do next, a line each.

    Where a class or a cause has no words of its own, those of its decision are told.
    """
    named = outcome.decision.kind in ("disease", "healthy")
    own = _of_class(outcome.prediction.top[0][0], texts) if named else _of_cause(outcome, texts)
    general = _of_decision(outcome, texts)
    return in_lines(
        Text(
            what=own.what or general.what,
            look=own.look or general.look,
            next=own.next or general.next,
        ),
        texts,
    )


def in_lines(text: Text, texts: Texts) -> list[str]:
    """What it is, what to look for and what to do next, each with its heading."""
    headings = texts.headings
    lines = (
        (headings.what, text.what),
        (headings.look, text.look),
        (headings.next, text.next),
    )
    return [f"{heading}: {words}" for heading, words in lines if words]


def _counted(words: str, leaves: int, number: int = 0) -> str:
    # Not by str.format: the words are a user's, who may mistype a brace.
    return words.replace("{leaves}", str(leaves)).replace("{number}", str(number))


def _of_class(leaf: LeafClass, texts: Texts) -> Text:
    return texts.classes.get(leaf.label, Text())


def _of_cause(outcome: Classified, texts: Texts) -> Text:
    return texts.causes.get(outcome.decision.cause, Text())


def _of_decision(outcome: Classified, texts: Texts) -> Text:
    return texts.decisions[outcome.decision.kind]
