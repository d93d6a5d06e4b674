"""The page's files, without a browser."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

PAGE = Path(__file__).parents[4] / "device/plant_device/web/page"
SCRIPTS = sorted((PAGE / "app").rglob("*.js"))
LANGUAGES = ("en", "de", "es")
KEPT_BY_WORKER = {".js", ".css", ".svg", ".png", ".webmanifest"}


def strings(language: str) -> dict[str, str]:
    """The page's own words: a module that exports one object, a line or more an entry."""
    text = (PAGE / f"app/strings/{language}.js").read_text()
    entries = re.findall(r'^  (?:"([^"]+)"|(\w+)): ("(?:[^"\\]|\\.)*"),$', text, re.MULTILINE)
    return {quoted or plain: json.loads(words) for quoted, plain, words in entries}


def test_each_line_of_the_words_was_read() -> None:
    for language in LANGUAGES:
        lines = (PAGE / f"app/strings/{language}.js").read_text().strip().splitlines()
        assert len(strings(language)) == len(lines) - 2


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_words_with_the_same_values(language: str) -> None:
    english, other = strings("en"), strings(language)
    assert list(other) == list(english)
    for key, words in english.items():
        assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", words)), key
        assert other[key].strip(), key


def test_every_word_that_the_page_asks_for_is_there() -> None:
    code = "\n".join(path.read_text() for path in SCRIPTS if path.parent.name != "strings")
    asked = set(re.findall(r'\bt\("([\w.]+)"', code))
    # Both of a choice: t(shared ? "place.stop" : "place.share")
    asked |= {
        key
        for inside in re.findall(r"\bt\(\w[^`()]*\? [^()]*\)", code)
        for key in re.findall(r'"([\w.]+)"', inside)
    }
    assert len(asked) > 100
    assert asked <= set(strings("en"))


def test_every_word_is_asked_for() -> None:
    code = "\n".join(path.read_text() for path in SCRIPTS if path.parent.name != "strings")
    families = re.findall(r"`([\w.]+\.)\$\{", code)
    for key in strings("en"):
        assert f'"{key}"' in code or key.startswith(tuple(families)), key


def test_nothing_makes_html_of_words() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    for path in SCRIPTS:
        assert not re.search(forbidden, path.read_text()), path
        # An attribute of HTML, which the page's policy forbids, and not a property of an element.
        assert not re.search(r"<\w[^>]*\bstyle=", path.read_text()), path


@pytest.mark.parametrize("name", ["index.html", "login.html"])
def test_the_html_has_no_script_or_style_of_its_own(name: str) -> None:
    html = (PAGE / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", html)
    assert not re.search(r"https?://", html)


@pytest.mark.parametrize("name", ["index.html", "login.html"])
def test_what_the_html_names_is_there(name: str) -> None:
    for named in re.findall(r'(?:src|href)="([^"]+)"', (PAGE / name).read_text()):
        assert (PAGE / named).is_file(), named


def test_the_worker_keeps_all_files_of_the_page() -> None:
    listed = re.search(r"const FILES = \[(.*?)\];", (PAGE / "worker.js").read_text(), re.DOTALL)
    assert listed
    kept = set(re.findall(r'"([^"]+)"', listed[1])) - {"./", "login"}
    there = {
        path.relative_to(PAGE).as_posix()
        for path in PAGE.rglob("*")
        if path.suffix in KEPT_BY_WORKER and path.name != "worker.js"
    }
    assert kept == there


def test_the_manifests_icons_have_the_sizes_that_it_says() -> None:
    manifest = json.loads((PAGE / "manifest.webmanifest").read_text())
    pictures = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
    assert {icon["sizes"] for icon in pictures} >= {"192x192", "512x512"}
    for icon in pictures:
        with Image.open(PAGE / icon["src"]) as image:
            assert "x".join(map(str, image.size)) == icon["sizes"]


def test_every_library_has_its_licence() -> None:
    said = (PAGE / "vendor/README.md").read_text()
    for library in (PAGE / "vendor").iterdir():
        if library.suffix in (".js", ".css"):
            assert f"`{library.name}`" in said
    for licence in re.findall(r"`(\w+\.LICENSE)`", said):
        assert (PAGE / "vendor" / licence).stat().st_size > 500
