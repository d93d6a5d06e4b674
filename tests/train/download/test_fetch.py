"""One file from a real server that cuts, corrupts, lies, redirects and recovers."""

from __future__ import annotations

import fcntl
import hashlib
import json
import resource
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faulty_site import Answer, Site

from plant_device.contract.errors import UserError
from plant_train.download.fetch import RemoteFile, fetch

CONTENT = np.random.default_rng(0).bytes(300_000)
SUM = hashlib.sha256(CONTENT).hexdigest()
OTHER = np.random.default_rng(1).bytes(300_000)
LIMIT = 1_000_000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "files" / "leaves.zip"


def _fetch(target: Path, *urls: str, sha256: str | None = SUM, max_bytes: int = LIMIT) -> str:
    return fetch(RemoteFile(urls, sha256, max_bytes), target, pauses=(0, 0, 0))


def _only_file(target: Path) -> bytes:
    """The content of `target`, which must have nothing beside it."""
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    return target.read_bytes()


def _begun(target: Path, content: bytes, url: str, validator: str | None) -> Path:
    """Leave a part behind, as an interrupted download does."""
    target.parent.mkdir(parents=True)
    partial = target.with_name(f"{target.name}.partial")
    partial.write_bytes(content)
    if validator:
        note = json.dumps({"url": url, "validator": validator})
        partial.with_name(f"{partial.name}.json").write_text(note)
    return partial


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_comes_whole_and_alone(site: Site, target: Path, chunked: bool) -> None:
    url = site.add("/leaves.zip", CONTENT, Answer(chunked=chunked))
    assert _fetch(target, url) == SUM
    assert _only_file(target) == CONTENT


def test_a_file_that_is_there_needs_no_network(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    assert _fetch(target, "http://127.0.0.1:9/leaves.zip") == SUM


def test_a_file_that_is_there_with_another_sum_is_kept_and_told(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(OTHER)
    with pytest.raises(UserError, match=f"expected sha256 {SUM} of .*: move the file away"):
        _fetch(target, site.add("/leaves.zip", CONTENT))
    assert _only_file(target) == OTHER


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("chunked", [False, True])
def test_connections_cut_at_random_places_are_taken_up_where_they_were_cut(
    site: Site, target: Path, seed: int, chunked: bool
) -> None:
    places = np.random.default_rng(seed).integers(1, 45_000, 6).tolist()
    cuts = [Answer(cut_after=place, chunked=chunked) for place in places]
    assert _fetch(target, site.add("/leaves.zip", CONTENT, *cuts)) == SUM
    assert _only_file(target) == CONTENT
    starts = [0 if asked is None else int(asked[6:-1]) for asked in site.ranges]
    assert len(starts) == 7
    assert starts == sorted(starts)
    if not chunked:
        # Nothing that arrived is asked for again.
        assert starts == [0, *np.cumsum(places).tolist()]


def test_a_server_that_hangs_up_is_asked_again(site: Site, target: Path) -> None:
    assert _fetch(target, site.add("/leaves.zip", CONTENT, *[Answer(hang_up=True)] * 3)) == SUM
    assert len(site.requests) == 4


def test_a_server_without_ranges_starts_anew_and_comes_to_an_end(site: Site, target: Path) -> None:
    answers = [Answer(cut_after=100_000), Answer(cut_after=200_000, ranges=False)]
    site.otherwise = Answer(ranges=False)
    assert _fetch(target, site.add("/leaves.zip", CONTENT, *answers)) == SUM
    assert _only_file(target) == CONTENT


def test_a_server_that_always_cuts_at_the_same_place_is_given_up(site: Site, target: Path) -> None:
    site.otherwise = Answer(cut_after=1000, ranges=False)
    with pytest.raises(UserError, match=r"leaves\.zip: 127\.0\.0\.1 cut the connection"):
        _fetch(target, site.add("/leaves.zip", CONTENT))
    assert len(site.requests) == 5


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_again(site: Site, target: Path, status: int) -> None:
    answers = [Answer(status=status, body=b"later")] * 3
    assert _fetch(target, site.add("/leaves.zip", CONTENT, *answers)) == SUM
    assert len(site.requests) == 4


def test_a_server_that_stays_in_trouble_is_given_up(site: Site, target: Path) -> None:
    site.otherwise = Answer(status=503, body=b"later")
    with pytest.raises(UserError, match=r"127\.0\.0\.1 answers 503 .*say --from "):
        _fetch(target, site.add("/leaves.zip", CONTENT))
    assert len(site.requests) == 4
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_asked_again_but_the_next_mirror_is(
    site: Site, target: Path, status: int
) -> None:
    refused = site.add("/first", CONTENT, Answer(status=status, body=b"no"))
    assert _fetch(target, refused, site.add("/second", CONTENT)) == SUM
    assert [request.path for request in site.requests] == ["/first", "/second"]


def test_a_part_is_continued_from_another_mirror_when_the_sum_will_tell(
    site: Site, target: Path
) -> None:
    first = site.add("/first", CONTENT, Answer(cut_after=50_000), Answer(status=404, body=b"gone"))
    assert _fetch(target, first, site.add("/second", CONTENT)) == SUM
    assert site.ranges == [None, "bytes=50000-", "bytes=50000-"]


def test_a_changed_file_is_not_glued_to_an_old_half(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT)
    _begun(target, OTHER[:100_000], url, _tag(OTHER))
    _fetch(target, url, sha256=None)
    assert _only_file(target) == CONTENT
    assert site.requests[0].headers["If-Range"] == _tag(OTHER)


def test_an_unchanged_file_is_continued_though_nobody_published_its_sum(
    site: Site, target: Path
) -> None:
    url = site.add("/leaves.zip", CONTENT)
    _begun(target, CONTENT[:100_000], url, _tag(CONTENT))
    _fetch(target, url, sha256=None)
    assert _only_file(target) == CONTENT
    assert site.ranges == ["bytes=100000-"]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_sum_and_validator_a_part_is_not_trusted(
    site: Site, target: Path, etag: str
) -> None:
    site.otherwise = Answer(etag=etag)
    url = site.add("/leaves.zip", CONTENT, Answer(cut_after=100_000, etag=etag))
    _fetch(target, url, sha256=None)
    assert _only_file(target) == CONTENT
    assert site.ranges == [None, None]


def test_a_date_serves_where_there_is_no_etag(site: Site, target: Path) -> None:
    date = "Sun, 22 Nov 2026 04:00:00 GMT"
    site.otherwise = Answer(etag="", headers={"Last-Modified": date})
    url = site.add(
        "/leaves.zip", CONTENT, Answer(cut_after=9, etag="", headers={"Last-Modified": date})
    )
    _fetch(target, url, sha256=None)
    assert site.requests[1].headers["If-Range"] == date


def test_a_wrong_older_half_is_fetched_anew_once(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT)
    _begun(target, OTHER[:100_000], url, None)
    assert _fetch(target, url) == SUM
    assert site.ranges == ["bytes=100000-", None]


def test_all_of_it_that_was_not_renamed_yet_is_only_checked(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT)
    _begun(target, CONTENT, url, _tag(CONTENT))
    assert _fetch(target, url) == SUM
    assert site.ranges == [f"bytes={len(CONTENT)}-"]


def test_more_than_the_file_has_is_dropped(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT)
    _begun(target, CONTENT + b"more", url, _tag(CONTENT))
    assert _fetch(target, url, sha256=None) == SUM
    assert _only_file(target) == CONTENT


def test_a_wrong_sum_names_both_and_leaves_nothing_bad(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT, Answer(corrupt_at=123_456))
    target.parent.mkdir()
    (target.parent / "mine.txt").write_text("mine")
    broken = bytearray(CONTENT)
    broken[123_456] ^= 0xFF
    received = hashlib.sha256(broken).hexdigest()
    with pytest.raises(UserError, match=f"expected sha256 {SUM}, received {received}"):
        _fetch(target, url)
    assert [path.name for path in target.parent.iterdir()] == ["mine.txt"]
    assert _fetch(target, url) == SUM


def test_after_a_wrong_sum_the_next_mirror_is_asked_from_the_start(
    site: Site, target: Path
) -> None:
    first = site.add("/first", CONTENT, Answer(corrupt_at=5))
    assert _fetch(target, first, site.add("/second", CONTENT)) == SUM
    assert site.ranges == [None, None]


def test_an_unpublished_sum_is_recorded_and_compared_ever_after(
    site: Site, target: Path, own_data_folder: Path
) -> None:
    url = site.add("/leaves.zip", CONTENT).replace("http://", "http://me:secret@")
    _fetch(target, url, sha256=None)
    record = own_data_folder / "download-sums.json"
    assert json.loads(record.read_text()) == {f"{site.url}/leaves.zip": SUM}
    target.unlink()
    site.add("/leaves.zip", OTHER)
    with pytest.raises(UserError, match=f"expected sha256 {SUM}, as recorded on first use in .*"):
        _fetch(target, url, sha256=None)
    site.add("/leaves.zip", CONTENT)
    assert _fetch(target, url, sha256=None) == SUM


@pytest.mark.parametrize("damage", ["[]", "{", '{"http://x": 3}'])
def test_a_damaged_record_of_sums_is_told(
    site: Site, target: Path, own_data_folder: Path, damage: str
) -> None:
    own_data_folder.mkdir()
    (own_data_folder / "download-sums.json").write_text(damage)
    with pytest.raises(UserError, match=r"download-sums.json, received something else"):
        _fetch(target, site.add("/leaves.zip", CONTENT), sha256=None)


def _page() -> Answer:
    return Answer(body=b"<html>log in</html>", headers={"Content-Type": "text/html"})


def _length(value: str) -> Answer:
    return Answer(headers={"Content-Length": value})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_page(), "gives a web page instead of the file"),
        (Answer(headers={"Content-Encoding": "gzip"}), "encoded as 'gzip', though asked not to"),
        (_length("99999999999999999"), "promises 99,999,999,999,999,999 bytes, expected at most"),
        (_length("1" * 30), "promises a senseless length: '1111"),
        (_length("-5"), "promises a senseless length: '-5'"),
        (_length("many"), "promises a senseless length: 'many'"),
        (Answer(body=bytes(LIMIT + 1)), "promises 1,000,001 bytes, expected at most 1,000,000"),
        (Answer(body=bytes(LIMIT + 1), chunked=True), "gives more than the expected 1,000,000"),
        (Answer(status=204, body=b""), "answers 204"),
        (Answer(status=206), "gives another range than was asked for"),
    ],
)
def test_what_is_not_the_file_is_refused_in_one_line(
    site: Site, target: Path, answer: Answer, reason: str
) -> None:
    site.otherwise = answer
    with pytest.raises(UserError, match=reason) as refusal:
        _fetch(target, site.add("/leaves.zip", CONTENT))
    assert "\n" not in str(refusal.value)
    assert not target.exists()


def test_a_page_in_place_of_the_rest_keeps_the_part_that_is_there(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT, _page())
    partial = _begun(target, CONTENT[:100_000], url, _tag(CONTENT))
    with pytest.raises(UserError, match="gives a web page"):
        _fetch(target, url)
    assert partial.read_bytes() == CONTENT[:100_000]
    assert _fetch(target, url) == SUM
    assert site.ranges[-1] == "bytes=100000-"


def test_a_length_beyond_the_content_is_a_cut(site: Site, target: Path) -> None:
    answer = Answer(headers={"Content-Length": str(len(CONTENT) + 500)})
    assert _fetch(target, site.add("/leaves.zip", CONTENT, answer)) == SUM
    assert _only_file(target) == CONTENT


def test_an_end_that_may_be_a_cut_is_not_believed_without_a_sum(site: Site, target: Path) -> None:
    silent = Answer(headers={"Content-Length": None, "Connection": "close"})
    url = site.add("/leaves.zip", CONTENT, silent)
    with pytest.raises(UserError, match="does not say how long the file is"):
        _fetch(target, url, sha256=None)


def test_redirects_are_followed_with_the_place_to_go_on(site: Site, target: Path) -> None:
    moved = Answer(status=302, body=b"", headers={"Location": "/elsewhere"})
    site.add("/elsewhere", CONTENT, Answer(cut_after=70_000))
    assert _fetch(target, site.add("/leaves.zip", b"", moved, moved)) == SUM
    assert site.ranges == [None, None, "bytes=70000-", "bytes=70000-"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/leaves.zip", "redirects more than 10 times"),
        ("file:///etc/passwd", "is no usable address"),
    ],
)
def test_redirects_that_lead_nowhere_are_refused(
    site: Site, target: Path, location: str, reason: str
) -> None:
    site.otherwise = Answer(status=302, body=b"", headers={"Location": location})
    with pytest.raises(UserError, match=reason):
        _fetch(target, site.add("/leaves.zip", CONTENT))


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1/x", "http://[::1/x", "://", "x"])
@pytest.mark.parametrize("sha256", [SUM, None])
def test_an_address_that_is_none_is_one_line(target: Path, url: str, sha256: str | None) -> None:
    with pytest.raises(UserError, match=r"cannot download leaves\.zip: .* is no usable address"):
        _fetch(target, url, sha256=sha256)


@pytest.mark.parametrize("place", ["127.0.0.1:9", "[::1", "127.0.0.1:nine"])
def test_no_message_shows_a_password(target: Path, place: str) -> None:
    with pytest.raises(UserError) as refusal:
        _fetch(target, f"http://me:secret@{place}/leaves.zip")
    assert "secret" not in str(refusal.value)


def _closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_lost_network_is_tried_again_once_there_was_an_answer(site: Site, target: Path) -> None:
    nowhere = Answer(
        status=302, body=b"", headers={"Location": f"http://127.0.0.1:{_closed_port()}/"}
    )
    url = site.add("/leaves.zip", CONTENT, Answer(cut_after=1000), nowhere, nowhere)
    assert _fetch(target, url) == SUM
    assert len(site.requests) == 4


def test_no_network_names_the_way_without_it(target: Path) -> None:
    with pytest.raises(UserError) as refusal:
        _fetch(target, f"http://127.0.0.1:{_closed_port()}/x", "http://leaves.invalid/x")
    assert str(refusal.value) == (
        "cannot download leaves.zip: 127.0.0.1 cannot be reached (no network?); leaves.invalid "
        "cannot be reached (no network?); without network, bring it and say --from "
        "(docs/download.md)"
    )


def test_a_full_disk_names_the_file_and_keeps_what_is_there(
    site: Site, target: Path, with_file_size_limit: Callable[[int], None]
) -> None:
    url = site.add("/leaves.zip", CONTENT)
    with_file_size_limit(100_000)
    with pytest.raises(OSError, match=r"File too large: .*leaves\.zip\.partial"):
        _fetch(target, url)
    with_file_size_limit(resource.RLIM_INFINITY)
    assert _fetch(target, url) == SUM
    assert site.ranges[-1] is not None


@pytest.fixture
def with_file_size_limit() -> Callable[[int], None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores SIGXFSZ, so that a write beyond the limit is an OSError.
    return lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))


def test_a_file_that_does_not_fit_on_the_disk_is_not_begun(site: Site, target: Path) -> None:
    site.otherwise = Answer(headers={"Content-Length": str(10**17)})
    with pytest.raises(UserError, match=r"expected 100000000000 MB free in .*: make room"):
        _fetch(target, site.add("/leaves.zip", CONTENT), max_bytes=10**18)


def test_two_processes_do_not_write_the_same_file(site: Site, target: Path) -> None:
    url = site.add("/leaves.zip", CONTENT)
    partial = _begun(target, b"", url, None)
    with partial.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="another process is downloading"):
            _fetch(target, url)
    assert _fetch(target, url) == SUM
