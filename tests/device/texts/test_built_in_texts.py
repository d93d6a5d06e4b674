"""The language files that the device brings."""

import re
from typing import get_args

import pytest

from plant_device.classify.decision import Cause, DecisionKind
from plant_device.contract.classes import leaf_class
from plant_device.texts.language_file import read_language_file
from plant_device.texts.languages import language_files
from plant_device.texts.texts import Text, Texts

BUILT_IN = {language: read_language_file(path) for language, path in language_files().items()}
ENGLISH = BUILT_IN["en"]
# As PlantVillage's folders are named, its odd spellings included.
PLANTVILLAGE = """
Apple___Apple_scab
Apple___Black_rot
Apple___Cedar_apple_rust
Apple___healthy
Blueberry___healthy
Cherry_(including_sour)___Powdery_mildew
Cherry_(including_sour)___healthy
Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot
Corn_(maize)___Common_rust_
Corn_(maize)___Northern_Leaf_Blight
Corn_(maize)___healthy
Grape___Black_rot
Grape___Esca_(Black_Measles)
Grape___Leaf_blight_(Isariopsis_Leaf_Spot)
Grape___healthy
Orange___Haunglongbing_(Citrus_greening)
Peach___Bacterial_spot
Peach___healthy
Pepper,_bell___Bacterial_spot
Pepper,_bell___healthy
Potato___Early_blight
Potato___Late_blight
Potato___healthy
Raspberry___healthy
Soybean___healthy
Squash___Powdery_mildew
Strawberry___Leaf_scorch
Strawberry___healthy
Tomato___Bacterial_spot
Tomato___Early_blight
Tomato___Late_blight
Tomato___Leaf_Mold
Tomato___Septoria_leaf_spot
Tomato___Spider_mites Two-spotted_spider_mite
Tomato___Target_Spot
Tomato___Tomato_Yellow_Leaf_Curl_Virus
Tomato___Tomato_mosaic_virus
Tomato___healthy
""".strip().splitlines()
# Of the organisms that English names; epithets are lower case, genera are not.
GENERA = (
    "Venturia|Botryosphaeria|Diplodia|Gymnosporangium|Podosphaera|Cercospora|Puccinia|"
    "Exserohilum|Setosphaeria|Phyllosticta|Guignardia|Phaeomoniella|Phaeoacremonium|"
    "Pseudocercospora|Isariopsis|Xanthomonas|Alternaria|Phytophthora|Diplocarpon|Passalora|"
    "Fulvia|Cladosporium|Septoria|Tetranychus|Corynespora|Bemisia"
)
BINOMIAL = re.compile(rf"\b(?:{GENERA}) (?:[a-z]+-)*[a-z]{{4,}}(?: pv\. [a-z]+)?")


@pytest.fixture(params=BUILT_IN)
def texts(request: pytest.FixtureRequest) -> Texts:
    return BUILT_IN[request.param]


def test_there_are_three_languages() -> None:
    assert list(BUILT_IN) == ["de", "en", "es"]


def test_every_class_of_plantvillage_has_all_its_texts(texts: Texts) -> None:
    assert list(texts.classes) == PLANTVILLAGE
    for label, text in texts.classes.items():
        for key in Text.model_fields:
            assert len(getattr(text, key)) >= 4, (label, key)


def test_every_decision_and_cause_has_a_name_what_it_is_and_what_to_do(texts: Texts) -> None:
    told = {*get_args(Cause), "leaves_disagree"} - {"clear"}
    assert set(texts.decisions) == set(get_args(DecisionKind))
    assert set(texts.causes) == told
    for text in (*texts.decisions.values(), *texts.causes.values()):
        assert text.name
        assert text.what
        assert text.next


def test_every_language_has_the_same_texts(texts: Texts) -> None:
    assert list(texts.by_key()) == list(ENGLISH.by_key())


def test_no_two_classes_have_the_same_name(texts: Texts) -> None:
    assert len({text.name for text in texts.classes.values()}) == len(PLANTVILLAGE)


def test_sentences_end_and_names_do_not(texts: Texts) -> None:
    for key, words in texts.by_key().items():
        is_sentence = key.endswith((".what", ".look", ".next")) and not key.startswith("headings")
        assert words.endswith(".") == is_sentence, key


def test_placeholders_are_those_of_english(texts: Texts) -> None:
    english = ENGLISH.by_key()
    for key, words in texts.by_key().items():
        assert sorted(re.findall("{.*?}", words)) == sorted(re.findall("{.*?}", english[key])), key


@pytest.mark.parametrize("language", ["de", "es"])
def test_nothing_is_left_in_english(language: str) -> None:
    english = ENGLISH.by_key()
    same = [key for key, words in BUILT_IN[language].by_key().items() if words == english[key]]
    assert same == []


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("label", PLANTVILLAGE)
def test_a_translation_tells_the_same_organisms_and_sizes(label: str, language: str) -> None:
    one, other = ENGLISH.classes[label], BUILT_IN[language].classes[label]
    assert sorted(BINOMIAL.findall(other.what)) == sorted(BINOMIAL.findall(one.what))
    for key in ("what", "look", "next"):
        figures = [sorted(re.findall(r"\d+", getattr(text, key))) for text in (one, other)]
        assert figures[0] == figures[1], key


def test_each_illness_names_who_makes_it() -> None:
    for label, text in ENGLISH.classes.items():
        if not leaf_class(label).healthy:
            named = BINOMIAL.search(text.what) or re.search("virus|Liberibacter", text.what)
            assert named, label
