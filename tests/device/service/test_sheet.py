import resource
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified
from plant_device.classify.decision import Decision, DecisionKind, Prediction
from plant_device.contract.classes import leaf_class
from plant_device.service.sheet import PictureSheet
from plant_device.texts.languages import language_files, load_texts
from plant_device.texts.texts import Text

ENGLISH = load_texts("en")
WIDTH, PICTURE, TEXT = 220, 220, 58
HEIGHT = PICTURE + TEXT
KINDS: list[DecisionKind] = ["disease", "healthy", "unsure", "not_leaf"]


def _frame(index: int) -> Frame:
    """A frame whose colour tells its index: 0 to 4095, in sixteenths of blue, green and red."""
    digits = [index % 16, index // 16 % 16, index // 256]
    return Frame(
        index, "test", np.full((36, 48, 3), [16 * d + 8 for d in digits], dtype=np.uint8), 0.1
    )


def _outcome(
    kind: DecisionKind = "disease", label: str = "Apple___scab", probability: float = 0.5
) -> Classified:
    top = ((leaf_class(label), probability),)
    return Classified(Prediction(top, energy=1.0), Decision(kind, "clear", "a reason"), ms=1.0)


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as sheet:
        sheet.load()
        return np.array(sheet.convert("RGB"))


def _cells(path: Path) -> list[np.ndarray]:
    pixels = _pixels(path)
    return [
        pixels[top : top + HEIGHT, left : left + WIDTH]
        for top in range(0, pixels.shape[0], HEIGHT)
        for left in range(0, pixels.shape[1], WIDTH)
    ]


def _indexes(path: Path) -> list[int]:
    """Which frames the sheet shows, by the colours of its cells; white cells are empty."""
    middles = [cell[PICTURE // 2, WIDTH // 2].astype(int) for cell in _cells(path)]
    shown = [middle for middle in middles if (middle != 255).any()]
    return [int(blue // 16 + green // 16 * 16 + red // 16 * 256) for red, green, blue in shown]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=st.integers(1, 400))
def test_the_frames_on_a_sheet_are_evenly_spaced_and_at_most_24(
    tmp_path: Path, frames: int
) -> None:
    sheet = PictureSheet(ENGLISH)
    for index in range(frames):
        sheet.add(_frame(index), _outcome())
    path = tmp_path / "sheet.png"
    sheet.write(path)
    indexes = _indexes(path)
    assert len(indexes) <= 24
    assert len(indexes) >= min(frames, 12)
    assert indexes[0] == 0
    step = indexes[1] if len(indexes) > 1 else 1
    assert indexes == list(range(0, frames, step))[: len(indexes)]
    assert frames - 1 - indexes[-1] < 2 * step, "the end of the session is on the sheet"


@pytest.mark.parametrize(
    ("frames", "shown"),
    [
        (1, [0]),
        (24, list(range(24))),
        (25, list(range(0, 25, 2))),
        (48, list(range(0, 48, 2))),
        (49, list(range(0, 49, 4))),
        (200, list(range(0, 200, 16))),
    ],
)
def test_known_sessions_show_known_frames(tmp_path: Path, frames: int, shown: list[int]) -> None:
    sheet = PictureSheet(ENGLISH)
    for index in range(frames):
        sheet.add(_frame(index), _outcome())
    sheet.write(tmp_path / "sheet.png")
    assert _indexes(tmp_path / "sheet.png") == shown


@pytest.mark.parametrize(("frames", "rows"), [(0, 1), (1, 1), (6, 1), (7, 2), (24, 4), (60, 3)])
def test_a_sheet_has_six_columns_and_as_many_rows_as_it_needs(
    tmp_path: Path, frames: int, rows: int
) -> None:
    sheet = PictureSheet(ENGLISH)
    for index in range(frames):
        sheet.add(_frame(index), _outcome())
    sheet.write(tmp_path / "sheet.jpg")
    assert _pixels(tmp_path / "sheet.jpg").shape == (rows * HEIGHT, 6 * WIDTH, 3)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG"), ("a.PNG", "PNG"), ("a", "JPEG")],
)
def test_the_ending_chooses_the_kind_of_file(tmp_path: Path, name: str, kind: str) -> None:
    sheet = PictureSheet(ENGLISH)
    sheet.add(_frame(0), _outcome())
    sheet.write(tmp_path / name)
    with Image.open(tmp_path / name) as written:
        assert written.format == kind
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_sheet_that_finds_no_room_on_the_disk_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jpg"
    path.write_text("old")
    sheet = PictureSheet(ENGLISH)
    sheet.add(_frame(0), _outcome())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores SIGXFSZ, so that a write beyond the limit is an OSError.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            sheet.write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.jpg"]


def test_a_cell_shows_the_middle_square_of_the_frame_in_its_colours(tmp_path: Path) -> None:
    picture = np.full((60, 100, 3), (0, 0, 255), dtype=np.uint8)
    picture[:, 20:80] = (255, 0, 0)
    sheet = PictureSheet(ENGLISH)
    sheet.add(Frame(0, "test", picture, 0.1), _outcome())
    sheet.write(tmp_path / "sheet.png")
    shown = _cells(tmp_path / "sheet.png")[0][5 : PICTURE - 5, 5 : WIDTH - 5]
    assert (shown == (0, 0, 255)).all()


def test_the_frame_around_a_picture_tells_the_decision(tmp_path: Path) -> None:
    sheet = PictureSheet(ENGLISH)
    for index, kind in enumerate(KINDS):
        sheet.add(_frame(index), _outcome(kind))
    sheet.write(tmp_path / "sheet.png")
    borders = [tuple(cell[2, 2]) for cell in _cells(tmp_path / "sheet.png")[:4]]
    assert len(set(borders)) == 4
    for cell, border in zip(_cells(tmp_path / "sheet.png"), borders, strict=False):
        assert (cell[:5, :WIDTH] == border).all()
        assert (cell[:PICTURE, :5] == border).all()
        assert (cell[PICTURE:].reshape(-1, 3) == border).all(axis=1).any(), "the text's colour"


def test_letters_that_the_font_lacks_are_drawn_without_their_accents(tmp_path: Path) -> None:
    for number, name in enumerate(["Größe: año über", "Grosse: ano uber"]):
        named = ENGLISH.model_copy(update={"classes": {"Apple___scab": Text(name=name)}})
        sheet = PictureSheet(named)
        sheet.add(_frame(0), _outcome())
        sheet.write(tmp_path / f"{number}.png")
    one, other = (_pixels(tmp_path / f"{number}.png") for number in (0, 1))
    assert (one == other).all()


@pytest.mark.parametrize("language", language_files())
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_fits_below_its_picture_to_its_last_word(
    tmp_path: Path, kind: DecisionKind, language: str
) -> None:
    texts = load_texts(language)
    longest = sorted(texts.classes, key=lambda label: -len(texts.classes[label].name))[:8]

    def captions(probability: float) -> list[np.ndarray]:
        sheet = PictureSheet(texts)
        for place, label in enumerate(longest):
            frame = Frame(1_000_000 + place, "test", _frame(0).picture, 0.1)
            sheet.add(frame, _outcome(kind, label, probability))
        sheet.write(tmp_path / "sheet.png")
        cells = _cells(tmp_path / "sheet.png")[: len(longest)]
        return [cell[PICTURE + 1 :] for cell in cells]

    for label, text, other in zip(longest, captions(0.77), captions(0.11), strict=True):
        assert (text != 255).any()
        assert (text[:, -2:] == 255).all(), f"{label} runs out of its cell at the right"
        assert (text[-2:] == 255).all(), f"{label} runs out of its cell below"
        assert (text != other).any(), f"the probability, the last word, is missing: {label}"
