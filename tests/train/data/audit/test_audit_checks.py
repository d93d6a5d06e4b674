"""Each check on a data set in which everything is wrong that it looks for, and on a whole one."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from plant_device.contract.errors import UserError
from plant_train.data.audit import CHECKS, Audit, audit
from plant_train.data.audit.background import finding_of
from plant_train.data.audit.finding import Finding
from plant_train.data.audit.unreadable import content
from plant_train.data.class_names import ClassNames
from plant_train.judge.background_probe import BackgroundProbe

FAULTS = (
    "cut.jpg",
    "empty.jpg",
    "error.jpg",
    "gif.jpg",
    "heic.jpg",
    "link.jpg",
    "text.jpg",
    "tiny.png",
)


def _write_broken(root: Path, leaves: Path) -> None:
    """Copy three classes of `leaves`, and put one of every fault into the first."""
    names = [folder.name for folder in sorted(leaves.iterdir()) if folder.is_dir()][:3]
    for part, chosen in (("train", slice(0, 12)), ("val", slice(12, 15)), ("test", slice(15, 18))):
        for name in names:
            (root / part / name).mkdir(parents=True)
            for path in sorted((leaves / name).iterdir())[chosen]:
                # Of its own name in each class, that the names tell nothing.
                shutil.copy(path, root / part / name / f"{path.stem} of {name}.jpg")
    (root / "train" / "Empty").mkdir()
    here, there = root / "train" / names[0], root / "train" / names[1]
    pictures = sorted(here.iterdir())
    whole = pictures[0].read_bytes()
    (here / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (here / "empty.jpg").write_bytes(b"")
    (here / "error.jpg").write_text("<html>404</html>")
    (here / "heic.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(60))
    (here / "text.jpg").write_text("a leaf")
    frames = [Image.open(path).convert("RGB") for path in pictures[1:4]]
    frames[0].save(here / "gif.jpg", "GIF", save_all=True, append_images=frames[1:])
    Image.new("RGB", (8, 8)).save(here / "tiny.png")
    frames[0].save(here / "film.webp", save_all=True, append_images=frames[1:])
    frames[1].save(here / "png.jpg", "PNG")
    (here / "phone.heic").write_bytes(b"")
    (here / "link.jpg").symlink_to("nowhere")
    shutil.copy(pictures[4], there / "conflict.jpg")
    shutil.copy(pictures[5], here / "copy.jpg")
    shutil.copy(pictures[6], root / "val" / names[0] / "leaked.jpg")
    turned = Image.open(pictures[7]).transpose(Image.Transpose.ROTATE_90)
    turned.save(root / "test" / names[0] / "turned.jpg", quality=60)
    pictures[8].rename(here / "X Leaf 7.1.jpg")
    shutil.move(pictures[9], root / "test" / names[0] / "X Leaf 7.2.jpg")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Audit:
    root = tmp_path_factory.mktemp("audit") / "broken"
    _write_broken(root, sample_data / "train")
    return audit([root])


@pytest.fixture(scope="module")
def whole(sample_data: Path) -> Audit:
    return audit([sample_data])


def _finding(audit: Audit, check: str) -> Finding:
    return next(finding for finding in audit.findings if finding.check == check)


def _names(finding: Finding) -> list[set[str]]:
    return [{Path(path).name for path in example.pictures} for example in finding.examples]


def test_what_was_audited_is_told(broken: Audit, whole: Audit) -> None:
    assert broken.parts == {"train": 47, "validation": 10, "test": 11}
    assert (broken.pictures, broken.classes, broken.leaks) == (68, 4, True)
    assert whole.parts == {"train": 240, "test": 32}
    assert (whole.pictures, whole.classes, whole.leaks) == (272, 8, False)


def test_there_is_a_finding_of_every_check(broken: Audit, whole: Audit) -> None:
    names = [finding.check for finding in broken.findings]
    assert len(set(names)) == len(CHECKS)
    assert names == [finding.check for finding in whole.findings]
    assert all(finding.summary and finding.title for finding in broken.findings + whole.findings)


def test_a_whole_data_set_is_found_good(whole: Audit) -> None:
    severities = {finding.check: finding.severity for finding in whole.findings}
    # The sample's pictures have 64 pixels here, and grounds that depend on nothing.
    assert severities.pop("picture_sizes") == "note"
    assert severities.pop("background") in {"good", "note"}
    assert set(severities.values()) == {"good"}


def test_leaves_and_copies_in_several_parts_are_leaks(broken: Audit) -> None:
    finding = _finding(broken, "leaks")
    assert finding.severity == "leak"
    assert finding.count == 3
    assert finding.figures["between"] == {"train and test": 2, "train and validation": 1}
    sets = _names(finding)
    assert {"X Leaf 7.1.jpg", "X Leaf 7.2.jpg"} in sets
    assert any("turned.jpg" in names and len(names) == 2 for names in sets)
    assert any("leaked.jpg" in names and len(names) == 2 for names in sets)


def test_every_file_that_training_refuses_is_listed_with_what_it_is(broken: Audit) -> None:
    finding = _finding(broken, "unreadable")
    assert finding.severity == "warning"
    texts = {Path(one.pictures[0]).name: one.text for one in finding.examples}
    assert tuple(sorted(texts)) == FAULTS
    assert finding.count == len(FAULTS)
    assert "damaged or truncated" in texts["cut.jpg"]
    assert "received 8 x 8" in texts["tiny.png"]
    assert texts["empty.jpg"] == "it is an empty file"
    assert texts["heic.jpg"] == "it is a HEIC photograph"
    assert texts["error.jpg"].startswith("it is HTML")
    assert texts["text.jpg"] == "it is text"
    assert re.search(r"^it is a link to .*, where nothing is$", texts["link.jpg"])


def test_wrong_endings_films_and_files_that_are_passed_over_are_listed(broken: Audit) -> None:
    finding = _finding(broken, "kinds")
    assert finding.severity == "note"
    texts = {Path(one.pictures[0]).name: one.text for one in finding.examples}
    assert texts == {
        "film.webp": "3 frames",
        "gif.jpg": "named .jpg, it is GIF",
        "png.jpg": "named .jpg, it is PNG",
        "phone.heic": "no training looks at it",
    }
    assert finding.figures["ignored"] == {".heic": 1}


def test_equal_files_are_listed_and_label_conflicts_come_first(broken: Audit) -> None:
    finding = _finding(broken, "exact_duplicates")
    assert finding.severity == "warning"
    assert finding.count == 3
    assert finding.figures["label_conflicts"] == 1
    sets = _names(finding)
    assert "conflict.jpg" in sets[0]
    assert {name for names in sets for name in names} >= {"copy.jpg", "leaked.jpg"}
    assert all(len(names) == 2 for names in sets)


def test_pictures_that_look_the_same_are_listed_and_equal_files_are_not(broken: Audit) -> None:
    sets = _names(_finding(broken, "near_duplicates"))
    found = {name for names in sets for name in names}
    assert {"turned.jpg", "film.webp", "png.jpg"} <= found
    assert not {"conflict.jpg", "copy.jpg", "leaked.jpg"} & found


def test_class_sizes_and_empty_classes_are_counted(broken: Audit) -> None:
    sizes = _finding(broken, "class_sizes").figures
    table = sizes["pictures"]
    assert isinstance(table, dict)
    assert sum(table.values()) == 68
    assert table["Empty"] == 0
    filled = [size for size in table.values() if size]
    assert sizes["imbalance"] == pytest.approx(max(filled) / min(filled), abs=1e-3)
    empty = _finding(broken, "empty_classes")
    assert empty.severity == "warning"
    assert empty.figures["empty_folders"] == 1
    # One class, whatever the number of parts that lack it.
    assert empty.count == 1
    assert empty.summary == ("1 class has no picture in some part, 1 class folder is empty.")
    assert [one.text for one in empty.examples] == [
        f"Empty: no picture in {part}" for part in ("train", "validation", "test")
    ]


@pytest.mark.parametrize("sizes", [(5,), (5, 1)], ids=["one class", "a class of one picture"])
def test_class_sizes_that_training_refuses_are_a_warning(
    tmp_path: Path, sample_data: Path, sizes: tuple[int, ...]
) -> None:
    folders = sorted((sample_data / "train").glob("*/"))
    for folder, size in zip(folders, sizes, strict=False):
        (tmp_path / folder.name).mkdir()
        for path in sorted(folder.iterdir())[:size]:
            shutil.copy(path, tmp_path / folder.name)
    finding = _finding(audit([tmp_path]), "class_sizes")
    assert finding.severity == "warning"
    assert "two classes at least, and two pictures of each" in finding.advice


def test_picture_sizes_are_summarised(broken: Audit) -> None:
    finding = _finding(broken, "picture_sizes")
    # All that can be identified, the tiny one and the films too.
    assert finding.count == 63
    assert finding.figures["shortest"] == 8
    assert finding.figures["median"] == 64


def test_backgrounds_that_tell_the_class_are_a_warning(tmp_path: Path, sample_data: Path) -> None:
    for number, folder in enumerate(sorted((sample_data / "train").glob("*/"))[:6]):
        (tmp_path / folder.name).mkdir()
        for path in sorted(folder.iterdir())[:10]:
            picture = Image.new("RGB", (80, 80), (40 * number, 100, 200 - 30 * number))
            picture.paste(Image.open(path).convert("RGB"), (8, 8))
            picture.save(tmp_path / folder.name / path.name, quality=95)
    finding = _finding(audit([tmp_path]), "background")
    assert finding.severity == "warning"
    assert finding.figures["accuracy"] == 1
    assert finding.figures["chance"] == pytest.approx(1 / 6, abs=1e-4)
    assert "6.0 times better than guessing" in finding.summary


@pytest.mark.parametrize(
    ("n", "right", "classes", "severity"),
    [
        (500, 0.21, 5, "good"),
        # Nearly twice the guess is something, if it is not chance.
        (500, 0.386, 5, "note"),
        (5753, 0.05, 38, "note"),
        (50, 0.24, 5, "good"),
        (5753, 0.301, 38, "warning"),
        (500, 0.7, 5, "warning"),
        # Five times the guess cannot be among two classes.
        (500, 0.9, 2, "warning"),
        (500, 0.65, 2, "note"),
        (500, 1.0, 2, "warning"),
        (60, 0.55, 2, "good"),
    ],
)
def test_what_a_border_says_is_judged_alike_for_any_number_of_classes(
    n: int, right: float, classes: int, severity: str
) -> None:
    finding = finding_of(BackgroundProbe(n, right, right, 1 / classes, 1 / classes))
    assert finding.severity == severity
    assert ("little better than guessing" in finding.summary) == (severity == "good")


def test_several_data_sets_are_one_and_names_are_ours(tmp_path: Path, sample_data: Path) -> None:
    for name, source in (("one", "Corn___healthy"), ("two", "Corn___common_rust")):
        shutil.copytree(sample_data / "test" / source, tmp_path / name / source)
    names = ClassNames(tmp_path / "names.csv", {"Corn___common_rust": "Corn___rust"})
    found = audit([tmp_path / "one", tmp_path / "two"], names)
    assert found.parts == {"whole": 8}
    assert _finding(found, "class_sizes").figures["pictures"] == {
        "Corn___healthy": 4,
        "Corn___rust": 4,
    }


def test_nothing_but_faults_is_audited_too(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "text.jpg").write_text("x")
    found = audit([tmp_path])
    assert not found.leaks
    assert _finding(found, "unreadable").count == 1
    assert _finding(found, "background").count == 0


def test_names_that_are_not_utf8_are_audited(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / os.fsdecode(b"\xff.jpg")).write_bytes(b"\xff")
    found = audit([tmp_path])
    assert _finding(found, "unreadable").examples[0].pictures == [f"{tmp_path}/a/\\xff.jpg"]
    assert Audit.model_validate_json(found.model_dump_json()) == found


def test_a_missing_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is none$"):
        audit([tmp_path / "gone"])


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
        (b"\xff\xd8\xff\xe0", ""),
        (b"\0\0\0\x20ftypmif1", "a HEIC photograph"),
    ],
)
def test_contents_are_known_by_their_first_bytes(head: bytes, words: str) -> None:
    assert content(head).startswith(words)
    assert bool(content(head)) == bool(words)
