"""Published weights by name: fetched, copied, found again, and never with another sum."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from faulty_site import Answer, Site

from plant_device.contract.errors import UserError
from plant_train.download.fetch import RemoteFile
from plant_train.download.published_weights import (
    PUBLISHED,
    PublishedWeights,
    download_weights,
    find,
)

CONTENT = b"weights" * 5000
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def tiny(site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """One more entry, `tiny`, on the server of the test; its address."""
    url = site.add("/models/tiny.pth", CONTENT)
    entry = PublishedWeights("tiny.pth", RemoteFile((url,), SUM, 1 << 20), "nobody")
    monkeypatch.setitem(PUBLISHED, "tiny", entry)
    return url


def test_weights_go_to_the_users_data_folder_and_are_found_there(
    own_data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert find("tiny") is None
    path = download_weights("tiny")
    assert capsys.readouterr().err == "tiny.pth: nobody\n"
    assert path == own_data_folder / "weights" / "tiny.pth"
    assert path.read_bytes() == CONTENT
    assert find("tiny") == path


def test_the_second_call_asks_nobody(site: Site) -> None:
    assert download_weights("tiny") == download_weights("tiny")
    assert len(site.requests) == 1


def test_a_cut_is_taken_up_by_the_next_call(site: Site) -> None:
    site.answers["/models/tiny.pth"] = [
        Answer(cut_after=20_000),
        Answer(status=404, body=b"gone"),
    ]
    with pytest.raises(UserError, match="answers 404"):
        download_weights("tiny")
    assert download_weights("tiny").read_bytes() == CONTENT
    assert site.ranges[-1] == "bytes=20000-"


def test_out_is_a_file_or_a_folder(tmp_path: Path) -> None:
    assert download_weights("tiny", tmp_path / "mine.pth") == tmp_path / "mine.pth"
    assert download_weights("tiny", tmp_path) == tmp_path / "tiny.pth"
    assert (tmp_path / "mine.pth").read_bytes() == (tmp_path / "tiny.pth").read_bytes() == CONTENT


def test_a_file_that_was_brought_is_checked_and_copied(site: Site, tmp_path: Path) -> None:
    brought = tmp_path / "usb" / "renamed.bin"
    brought.parent.mkdir()
    brought.write_bytes(CONTENT)
    assert download_weights("tiny", source=str(brought)).read_bytes() == CONTENT
    assert site.requests == []


def test_another_file_that_was_brought_is_refused_with_both_sums(tmp_path: Path) -> None:
    brought = tmp_path / "other.pth"
    brought.write_bytes(b"other")
    other = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(UserError, match=f"expected sha256 {SUM} of .*, found {other}: it is anoth"):
        download_weights("tiny", source=str(brought))
    assert find("tiny") is None


@pytest.mark.parametrize("brought", [True, False])
def test_a_file_that_is_there_with_another_sum_is_kept_and_told(
    tmp_path: Path, brought: bool
) -> None:
    (tmp_path / "brought.pth").write_bytes(CONTENT)
    (tmp_path / "mine.pth").write_bytes(b"mine")
    source = str(tmp_path / "brought.pth") if brought else None
    with pytest.raises(UserError, match=f"expected sha256 {SUM} of .*: move the file away"):
        download_weights("tiny", tmp_path / "mine.pth", source)
    assert (tmp_path / "mine.pth").read_bytes() == b"mine"


def test_a_file_that_was_not_brought_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no file$"):
        download_weights("tiny", source=str(tmp_path / "missing.pth"))


def test_another_address_must_give_the_same_bytes(site: Site) -> None:
    with pytest.raises(UserError, match=f"expected sha256 {SUM}, received"):
        download_weights("tiny", source=site.add("/else", b"other"))
    assert download_weights("tiny", source=site.add("/same", CONTENT)).read_bytes() == CONTENT


def test_an_unknown_name_lists_the_known_the_nearest_first() -> None:
    with pytest.raises(UserError, match=r"\(alexnet-owt, alexnet, .*\), received: alexnet-otw$"):
        download_weights("alexnet-otw")
    assert find("alexnet-otw") is None


def test_the_published_sums_are_those_in_the_file_names() -> None:
    named = {
        entry.file_name.rpartition("-")[2][:8]: entry.remote.sha256
        for name, entry in PUBLISHED.items()
        if entry.file_name.endswith(".pth") and name != "tiny"
    }
    assert len(named) == 4
    assert all(sha256 and sha256.startswith(first) for first, sha256 in named.items())
    assert all(len(entry.remote.sha256 or "") == 64 for entry in PUBLISHED.values())
