"""Files of a page, as an app answers with them."""

import gzip
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from plant_device.contract.errors import UserError
from plant_device.web.static_files import static_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page" / "app").mkdir(parents=True)
    (tmp_path / "secret.js").write_text("secret")
    (tmp_path / "page" / "index.html").write_text("<!doctype html>")
    (tmp_path / "page" / "app" / "main.js").write_text("x = 1;\n" * 100)
    (tmp_path / "page" / "app" / "main.py").write_text("not the page's")
    (tmp_path / "page" / "leaf.png").write_bytes(b"\x89PNG")
    (tmp_path / "page" / "app.webmanifest").write_text("{}")
    return tmp_path / "page"


def test_only_files_of_the_page_are_there(folder: Path) -> None:
    assert set(static_files(folder)) == {
        "index.html",
        "app/main.js",
        "leaf.png",
        "app.webmanifest",
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("app/main.js", "text/javascript; charset=utf-8"),
        ("leaf.png", "image/png"),
        ("app.webmanifest", "application/manifest+json"),
    ],
)
def test_each_is_served_as_what_it_is(folder: Path, name: str, kind: str) -> None:
    answer = static_files(folder)[name].response(Headers())
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    assert bytes(answer.body) == (folder / name).read_bytes()


def test_what_a_browser_has_is_not_sent_again(folder: Path) -> None:
    file = static_files(folder)["app/main.js"]
    tag = file.response(Headers()).headers["etag"]
    again = file.response(Headers({"if-none-match": tag}))
    assert (again.status_code, again.body) == (304, b"")
    (folder / "app" / "main.js").write_text("y = 2;")
    newer = static_files(folder)["app/main.js"].response(Headers({"if-none-match": tag}))
    assert newer.status_code == 200


def test_text_is_packed_for_who_takes_that_and_pictures_are_not(folder: Path) -> None:
    takes = Headers({"accept-encoding": "gzip, br"})
    packed = static_files(folder)["app/main.js"].response(takes)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == (folder / "app" / "main.js").read_bytes()
    assert "content-encoding" not in static_files(folder)["leaf.png"].response(takes).headers


def test_a_page_that_was_not_installed_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected the page's files in "):
        static_files(tmp_path / "nowhere")


def test_a_file_that_lies_packed_is_served_under_its_plain_name(tmp_path: Path) -> None:
    plain = b"let leaves = 1\n" * 999
    (tmp_path / "large.js.gz").write_bytes(gzip.compress(plain))
    file = static_files(tmp_path)["large.js"]
    for takes in ({"accept-encoding": "gzip"}, {}):
        answer = file.response(Headers(takes))
        packed = answer.headers.get("content-encoding") == "gzip"
        assert packed is bool(takes)
        assert answer.media_type == "text/javascript; charset=utf-8"
        body = bytes(answer.body)
        assert (gzip.decompress(body) if packed else body) == plain
