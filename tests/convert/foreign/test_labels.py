from __future__ import annotations

from pathlib import Path

import pytest

from plant_convert.foreign.labels import read_labels
from plant_device.contract.errors import UserError


def test_a_label_a_line_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    # As an editor on Windows leaves it.
    file.write_bytes("\ufeffTomato___rust\r\nApple, green\r\n\r\n".encode())
    assert read_labels(file) == ("Tomato___rust", "Apple, green")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a\nb\na\n", "line 3: a stands in line 1 already"),
        (b"a\n\nb\n", "line 2: expected a label of 1 to 200 printable characters, received: ''"),
        (b"a\nb\x07\n", r"line 2: expected a label .*'b\\x07'"),
        (b"a\n" + b"b" * 201, "line 2: expected a label of 1 to 200"),
        (b"a\n", "expected 2 to 10,000 labels in .*, one a line, received 1$"),
        (b"", "line 1: expected a label"),
        (b"\xff\xfe", "expected labels in UTF-8"),
        (b"\n".join(b"%d" % number for number in range(10_001)), "received 10001$"),
        (b"a" * 1_000_001, "of at most 1,000,000 bytes"),
    ],
)
def test_what_is_no_labels_file_is_refused_by_line(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read_labels(tmp_path / "labels.txt")


def test_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"expected a labels file at .*there is none"):
        read_labels(tmp_path / "none.txt")
