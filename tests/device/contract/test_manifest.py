from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from plant_device.contract.geometry import Geometry
from plant_device.contract.manifest import FORMAT_VERSION, Manifest

Fields = dict[str, Any]


@pytest.fixture
def fields(manifest: Manifest) -> Fields:
    return manifest.model_dump(mode="json")


def test_a_manifest_survives_json(manifest: Manifest) -> None:
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_labels_stand_in_the_order_of_the_logits(manifest: Manifest) -> None:
    assert manifest.labels == [leaf.label for leaf in manifest.classes]


def test_the_geometry_is_that_of_the_input(manifest: Manifest) -> None:
    assert manifest.geometry == Geometry(input_side=32, stored_side=36)


def test_a_manifest_is_of_this_format_unless_it_says_otherwise(fields: Fields) -> None:
    del fields["format_version"]
    assert Manifest.model_validate(fields).format_version == FORMAT_VERSION


def test_a_manifest_cannot_be_changed(manifest: Manifest) -> None:
    with pytest.raises(ValidationError):
        manifest.name = "other"


def _twice(fields: Fields) -> None:
    fields["classes"][1] = fields["classes"][0]


def _one_class(fields: Fields) -> None:
    fields["classes"] = fields["classes"][:1]
    for vector in fields["self_test"]:
        vector["logits"] = vector["logits"][:1]


def _short_logits(fields: Fields) -> None:
    fields["self_test"][1]["logits"].pop()


def _set(*path_and_value: Any) -> Callable[[Fields], None]:
    *path, last, value = path_and_value

    def change(fields: Fields) -> None:
        part: Any = fields
        for key in path:
            part = part[key]
        part[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_twice, "a class label appears twice"),
        (_one_class, "at least 2 items"),
        (_short_logits, "has not one logit a class"),
        (_set("input", "side", 37), "input.side is larger than input.stored_side"),
        (_set("input", "side", 0), "greater than or equal to 1"),
        (_set("input", "stored_side", 1025), "less than or equal to 1024"),
        (_set("input", "channels", "BGR"), "'RGB'"),
        (_set("input", "dtype", "float32"), "'uint8'"),
        (_set("self_test", []), "at least 1 item"),
        (_set("self_test", 0, "picture", "../../etc/passwd"), "should match pattern"),
        (_set("self_test", 0, "picture", "self_test/0.png\n"), "should match pattern"),
        (_set("self_test", 0, "logits", 0, 128), "less than or equal to 127"),
        (_set("self_test", 0, "logits", 0, -129), "greater than or equal to -128"),
        (_set("temperature", 0), "greater than 0"),
        (_set("temperature", 5e-324), "temperature is below 0.001"),
        (_set("thresholds", "unsure", 1.01), "less than or equal to 1"),
        (_set("thresholds", "unsure", -0.01), "greater than or equal to 0"),
        (_set("flatbuffer", "sha256", "A" * 64), "should match pattern"),
        (_set("flatbuffer", "sha256", "a" * 63), "should match pattern"),
        (_set("flatbuffer", "bytes", 0), "greater than 0"),
        (_set("held_out", "agreement", 1.5), "less than or equal to 1"),
        (_set("gate", "macro_f1_drop", -1.5), "greater than or equal to -1"),
        (_set("gate", "greatest_recall_drop", {"label": "Rust"}), "Field required"),
        (_set("gate", None), "format 2 asks for gate"),
        (_set("conversion", None), "format 2 asks for conversion"),
        (_set("conversion", "rank", 0), "greater than or equal to 1"),
        (_set("name", ""), "at least 1 character"),
        (_set("name", "n" * 201), "at most 200 characters"),
        (_set("made_by", "versions", {"python": None}), "valid string"),
    ],
)
def test_a_manifest_that_cannot_be_true_is_refused(
    fields: Fields, change: Callable[[Fields], None], complaint: str
) -> None:
    Manifest.model_validate(fields)
    change(fields)
    with pytest.raises(ValidationError, match=complaint):
        Manifest.model_validate(fields)


@pytest.mark.parametrize(
    "key",
    [
        "name",
        "version",
        "architecture",
        "input",
        "classes",
        "temperature",
        "thresholds",
        "held_out",
        "made_by",
        "runtime_min",
        "flatbuffer",
        "self_test",
    ],
)
def test_no_part_may_be_missing(fields: Fields, key: str) -> None:
    del fields[key]
    with pytest.raises(ValidationError, match="Field required"):
        Manifest.model_validate(fields)
