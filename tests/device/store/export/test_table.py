import csv
from pathlib import Path

import pytest
from kept import LINE, MOMENT

from plant_device.store.export.table import write_table
from plant_device.store.store import Store

_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize(
    "words",
    [
        "=HYPERLINK(1)",
        "leaf 3;=HYPERLINK(1);",
        'leaf 3;"=HYPERLINK(1)";',
        "leaf 3\n=HYPERLINK(1);",
        "leaf 3\t@SUM(1)",
        ' \t"=1+1',
        "\n\r;; -1+1",
        "\uff1d1+1",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_words_of_others_are_a_formula_however_a_spreadsheet_cuts_them(
    tmp_path: Path, words: str, delimiter: str
) -> None:
    """The name of a file that somebody sent was one, where cells end at semicolons."""
    table = tmp_path / "records.csv"
    with Store(tmp_path / "store") as store:
        sent = LINE.model_copy(update={"path": f"upload:{words}", "label": words})
        number = store.keep(None, sent, "a" * 64, MOMENT)
        store.note(number, words)
        write_table(store.records(), table)
    with table.open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
    assert len(cells) > 1
    assert not [cell for cell in cells if cell.strip(' \t\r\n"').startswith(_SIGNS)]


def test_other_words_stay_as_they_are(tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    words = 'white mould, 5 - 10 %; "below"\na+b'
    with Store(tmp_path / "store") as store:
        store.note(store.keep(None, LINE, "a" * 64, MOMENT), words)
        write_table(store.records(), table)
    with table.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["note"], row["label"]) == (words, LINE.label)
