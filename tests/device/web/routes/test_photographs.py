"""Pictures that people send to a real device: whatever they are, it answers in a line."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from device_with_page import API, Device
from PIL import Image

Jpeg = Callable[..., bytes]


@pytest.fixture(scope="module")
def client(device: Device) -> Iterator[httpx.Client]:
    with device.client() as client:
        yield client


def _sent(
    client: httpx.Client, content: bytes, name: str = "leaf.jpg", **form: Any
) -> httpx.Response:
    return client.post(f"{API}/classify", files={"picture": (name, content)}, data=form)


def _refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


def _png(width: int, height: int) -> bytes:
    """A PNG file that promises so many pixels, 1 bit each, and begins to give them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_is_classified_kept_and_shown(client: httpx.Client, jpeg: Jpeg) -> None:
    place = {"latitude": "52.5", "longitude": "-11.25", "accuracy": "4"}
    answer = _sent(client, jpeg(640, 480), "my leaf.jpg", **place)
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    record, line = answer.json()["record"], answer.json()["line"]
    assert line["path"] == record["path"] == "upload:my leaf.jpg"
    assert record["place"] == {
        "latitude": 52.5,
        "longitude": -11.25,
        "accuracy": 4.0,
        "origin": "phone",
    }
    assert client.get(f"{API}/records/{record['id']}").json() == record
    with Image.open(io.BytesIO(client.get(record["picture_url"]).content)) as kept:
        assert kept.size == (640, 480)


def test_one_that_is_not_to_be_kept_is_not(client: httpx.Client, jpeg: Jpeg) -> None:
    answer = _sent(client, jpeg(64, 64), keep="false")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["record"] is None
    assert answer.json()["line"]["decision"] in ("disease", "healthy", "unsure", "not_leaf")


def test_a_phones_twenty_megapixels_are_taken_upright_and_kept_smaller(
    client: httpx.Client, jpeg: Jpeg
) -> None:
    answer = _sent(client, jpeg(5472, 3648, orientation=6))
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    picture = client.get(answer.json()["record"]["picture_url"]).content
    with Image.open(io.BytesIO(picture)) as kept:
        width, height = kept.size
    assert height > width >= 1024
    assert height < 3000


def test_heic_is_refused_with_what_to_do(client: httpx.Client) -> None:
    for brand in (b"heic", b"mif1"):
        head = b"\0\0\0\x18ftyp" + brand + bytes(100)
        words = _refused(_sent(client, head, "IMG_1.HEIC"), 415)
        assert "received HEIC: on an iPhone choose Settings, Camera, Formats" in words


def test_avif_is_refused_in_words_of_its_own(client: httpx.Client) -> None:
    words = _refused(_sent(client, b"\0\0\0\x18ftypavif" + bytes(100), "leaf.avif"), 415)
    assert words.endswith("received AVIF: save it as JPEG, or send a screenshot of it")


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"Dear all, this is a text.", "leaf.jpg"), (b"", "leaf.jpg"), (b"<svg/>", "leaf.svg")],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(
    client: httpx.Client, content: bytes, name: str
) -> None:
    words = _refused(_sent(client, content, name), 415)
    assert words.startswith("expected a JPEG, PNG, WebP, BMP or TIFF picture, received leaf.")


def test_damaged_pictures_are_refused(client: httpx.Client, jpeg: Jpeg) -> None:
    whole = jpeg(640, 480)
    for content in (whole[: len(whole) // 2], whole[:20], b"\xff\xd8\xff" + bytes(1000)):
        _refused(_sent(client, content), 422)


@pytest.mark.parametrize("size", [(8_100, 8_100), (30_000, 30_000), (2_000_000_000, 40)])
def test_a_small_file_of_a_huge_picture_is_refused(
    client: httpx.Client, size: tuple[int, int]
) -> None:
    words = _refused(_sent(client, _png(*size)), 422)
    assert "expected a picture of at most 64,000,000 pixels" in words


def test_one_that_is_too_small_is_refused(client: httpx.Client, jpeg: Jpeg) -> None:
    assert "at least 32 x 32 pixels" in _refused(_sent(client, jpeg(20, 20)), 422)


def test_one_of_too_many_bytes_is_refused(client: httpx.Client) -> None:
    assert "expected at most 25,0" in _refused(_sent(client, bytes(26_000_000)), 413)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"latitude": "91", "longitude": "0"}, "latitude: input should be less than or equal"),
        ({"latitude": "nan", "longitude": "0"}, "latitude: input should be a finite number"),
        ({"latitude": "52"}, "expected longitude too"),
        ({"accuracy": "5"}, "expected latitude too"),
        ({"kep": "false"}, "'kep' is no name that can be given here (did you mean keep?)"),
        ({"keep": "perhaps"}, "keep: input should be a valid boolean"),
    ],
)
def test_a_wrong_form_is_told(
    client: httpx.Client, jpeg: Jpeg, form: dict[str, str], words: str
) -> None:
    assert words in _refused(_sent(client, jpeg(64, 64), **form), 422)


def test_a_request_without_a_picture_is_told(client: httpx.Client) -> None:
    assert "picture" in _refused(client.post(f"{API}/classify", data={"keep": "true"}), 422)
    text = client.post(f"{API}/classify", data={"picture": "leaf.jpg"})
    assert _refused(text, 422) == "picture: expected a file, received a text"
    broken = client.post(
        f"{API}/classify",
        content=b"--x\r\nno form",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert broken.status_code == 422
    assert broken.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("a\x1b[31mb.jpg", "a[31mb.jpg"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_files_name_is_but_a_name(client: httpx.Client, jpeg: Jpeg, name: str, kept: str) -> None:
    answer = _sent(client, jpeg(64, 64), name, keep="false")
    path = answer.json()["line"]["path"]
    assert path.startswith("upload:")
    assert "/" not in path
    assert "\x1b" not in path
    if "\x1b" not in name:
        assert path == f"upload:{kept}"


def test_one_picture_at_a_time(device: Device, jpeg: Jpeg) -> None:
    content = jpeg(5472, 3648)

    def send(number: int) -> int:
        with device.client() as client:
            return _sent(client, content, keep="false").status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(send, range(4)))
    assert HTTPStatus.OK in statuses
    assert set(statuses) <= {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}
    assert HTTPStatus.TOO_MANY_REQUESTS in statuses


def test_the_devices_camera_takes_one_too(client: httpx.Client) -> None:
    answer = client.post(f"{API}/photograph")
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    record = answer.json()
    assert record["path"] == "synthetic:"
    assert client.get(f"{API}/records/{record['id']}").json() == record


def test_a_png_of_as_many_pixels_as_may_be_is_taken(client: httpx.Client) -> None:
    content = io.BytesIO()
    Image.new("RGB", (9_000, 7_000)).save(content, "PNG", compress_level=1)
    answer = _sent(client, content.getvalue(), "leaf.png", keep="false")
    assert answer.status_code == HTTPStatus.OK, answer.text
