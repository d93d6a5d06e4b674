import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plant_device.contract.classes import LeafClass, leaf_class


@pytest.mark.parametrize(
    ("label", "crop", "condition", "healthy", "text"),
    [
        ("Tomato___Late_blight", "Tomato", "Late blight", False, "Tomato: Late blight"),
        ("Tomato___healthy", "Tomato", "healthy", True, "Tomato: healthy"),
        ("Apple___Healthy", "Apple", "Healthy", True, "Apple: Healthy"),
        ("Apple___unhealthy", "Apple", "unhealthy", False, "Apple: unhealthy"),
        (
            "Corn_(maize)___Common_rust_",
            "Corn (maize)",
            "Common rust",
            False,
            "Corn (maize): Common rust",
        ),
        (
            "Pepper,_bell___Bacterial_spot",
            "Pepper, bell",
            "Bacterial spot",
            False,
            "Pepper, bell: Bacterial spot",
        ),
        (
            "Tomato___Spider_mites Two-spotted_spider_mite",
            "Tomato",
            "Spider mites Two-spotted spider mite",
            False,
            "Tomato: Spider mites Two-spotted spider mite",
        ),
        ("rust", "", "rust", False, "rust"),
        ("healthy", "", "healthy", True, "healthy"),
        ("leaf_rust", "", "leaf rust", False, "leaf rust"),
        ("A___B___C", "A", "B C", False, "A: B C"),
    ],
)
def test_a_folder_name_says_crop_condition_and_text(
    label: str, crop: str, condition: str, healthy: bool, text: str
) -> None:
    assert leaf_class(label) == LeafClass(
        label=label, crop=crop, condition=condition, healthy=healthy, text=text
    )


@given(label=st.text(max_size=40))
def test_any_name_is_a_class_and_its_label_is_kept(label: str) -> None:
    read = leaf_class(label)
    assert read.label == label
    assert "_" not in read.text
    assert read.text == " ".join(read.text.split())


def test_a_class_cannot_be_changed_or_carry_more() -> None:
    read = leaf_class("Tomato___healthy")
    with pytest.raises(ValidationError):
        read.healthy = False
    with pytest.raises(ValidationError):
        LeafClass.model_validate(read.model_dump() | {"colour": "green"})
