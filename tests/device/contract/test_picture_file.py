import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from plant_device.contract.errors import WRONG_INPUT, UserError
from plant_device.contract.picture_file import is_picture_name, read_picture

HEIGHT, WIDTH = 48, 64
RED, GREEN, BLUE, WHITE, BLACK = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (0, 0, 0),
)
# Named by what EXIF 2.3 says of row 0 and column 0 of the stored picture.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


# Each example may write over the picture of the one before.
OVERWRITING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def _quadrants() -> np.ndarray:
    """Red and green above, blue and white below."""
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    half, middle = HEIGHT // 2, WIDTH // 2
    picture[:half, :middle], picture[:half, middle:] = RED, GREEN
    picture[half:, :middle], picture[half:, middle:] = BLUE, WHITE
    return picture


def _refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        read_picture(path)
    assert refused.value.exit_code == WRONG_INPUT
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def _read_or_refused(path: Path) -> np.ndarray | None:
    try:
        return read_picture(path)
    except UserError:
        return None


def _assert_flat(picture: np.ndarray, colour: tuple[int, int, int], tolerance: int = 0) -> None:
    assert picture.dtype == np.uint8
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(picture.astype(int) - colour).max() <= tolerance


def _png(
    width: int, height: int, depth: int, colour_type: int, *chunks: tuple[bytes, bytes]
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", head), *chunks, (b"IEND", b"")):
        checksum = struct.pack(">I", zlib.crc32(name + data))
        content += struct.pack(">I", len(data)) + name + data + checksum
    return content


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "tiff"])
def test_lossless_pictures_come_back_as_they_were(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"leaf.{ending}"
    Image.fromarray(_quadrants()).save(path)
    np.testing.assert_array_equal(read_picture(path), _quadrants())


def test_a_jpeg_comes_back_nearly_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "leaf.jpg"
    Image.fromarray(_quadrants()).save(path, quality=95, subsampling=0)
    assert np.abs(read_picture(path).astype(int) - _quadrants()).max() <= 8


def test_a_lossless_webp_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "leaf.webp"
    Image.fromarray(_quadrants()).save(path, lossless=True)
    np.testing.assert_array_equal(read_picture(path), _quadrants())


def test_the_content_counts_not_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "leaf.jpg"
    Image.fromarray(_quadrants()).save(path, "PNG")
    np.testing.assert_array_equal(read_picture(path), _quadrants())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_picture_is_set_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    path = tmp_path / "leaf"
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](_quadrants())))
    # JPEG and WebP each ignore what only the other knows.
    stored.save(path, kind, exif=exif, quality=95, subsampling=0, lossless=True)
    upright = read_picture(path)
    assert upright.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(upright.astype(int) - _quadrants()).max() <= 8


def test_an_orientation_that_exif_does_not_know_is_no_orientation(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    exif = Image.Exif()
    exif[0x0112] = 42
    Image.fromarray(_quadrants()).save(path, exif=exif)
    np.testing.assert_array_equal(read_picture(path), _quadrants())


def test_exif_that_no_program_could_write_does_not_spoil_a_sound_picture(tmp_path: Path) -> None:
    # Orientation 3, and a resolution unit that is a fraction where EXIF has an integer.
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2)
    exif += struct.pack(">HHIHH", 0x0112, 3, 1, 3, 0)
    exif += struct.pack(">HHII", 0x0128, 5, 1, 38) + struct.pack(">III", 0, 7, 2)
    path = tmp_path / "leaf.jpg"
    turned = Image.fromarray(np.ascontiguousarray(_quadrants()[::-1, ::-1]))
    turned.save(path, quality=95, subsampling=0, exif=exif)
    assert np.abs(read_picture(path).astype(int) - _quadrants()).max() <= 8


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_grey_with_16_bits_keeps_its_upper_8(tmp_path: Path, ending: str) -> None:
    steps = np.array([0, 255, 256, 0x7FFF, 0x8000, 0xFF00, 0xFFFF], dtype=np.uint16)
    grey = np.resize(steps, (HEIGHT, WIDTH))
    path = tmp_path / f"leaf.{ending}"
    Image.fromarray(grey).save(path)
    expected = np.repeat((grey >> 8)[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(read_picture(path), expected)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_colour_with_16_bits_keeps_its_upper_8(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"leaf.{ending}"
    bgr = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint16)
    bgr[:] = (0x01FF, 0x80FF, 0xFEFF)
    assert cv2.imwrite(str(path), bgr)
    _assert_flat(read_picture(path), (0xFE, 0x80, 0x01))


def test_a_turned_16_bit_picture_is_set_upright(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    grey = np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) * 20
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(grey))).save(path, exif=exif)
    np.testing.assert_array_equal(read_picture(path)[:, :, 0], grey >> 8)


@pytest.mark.parametrize(
    ("mode", "stored", "seen"),
    [
        ("L", 77, (77, 77, 77)),
        ("1", 1, WHITE),
        ("LA", (40, 255), (40, 40, 40)),
        ("LA", (40, 0), WHITE),
        ("LA", (0, 128), (127, 127, 127)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), WHITE),
        ("RGBA", (255, 0, 0, 128), (255, 127, 127)),
    ],
)
def test_grey_becomes_rgb_and_transparent_pixels_lie_on_white(
    tmp_path: Path, mode: str, stored: int | tuple[int, ...], seen: tuple[int, int, int]
) -> None:
    path = tmp_path / "leaf.png"
    Image.new(mode, (WIDTH, HEIGHT), stored).save(path)
    _assert_flat(read_picture(path), seen)


def test_a_palette_gives_its_colours_and_its_transparent_entry_white(tmp_path: Path) -> None:
    picture = Image.new("P", (WIDTH, HEIGHT), 1)
    picture.putpalette([*RED, *GREEN, *BLUE])
    picture.paste(2, (0, 0, WIDTH // 2, HEIGHT))
    opaque, transparent = tmp_path / "opaque.png", tmp_path / "transparent.png"
    picture.save(opaque)
    picture.save(transparent, transparency=1)
    for path, right in ((opaque, GREEN), (transparent, WHITE)):
        seen = read_picture(path)
        assert (seen[:, : WIDTH // 2] == BLUE).all()
        assert (seen[:, WIDTH // 2 :] == right).all()


def test_the_transparent_colour_of_an_rgb_png_becomes_white(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    Image.fromarray(_quadrants()).save(path, transparency=RED)
    seen = read_picture(path)
    assert (seen[: HEIGHT // 2, : WIDTH // 2] == WHITE).all()
    assert (seen[: HEIGHT // 2, WIDTH // 2 :] == GREEN).all()


def test_transparent_webp_pixels_lie_on_white(tmp_path: Path) -> None:
    path = tmp_path / "leaf.webp"
    Image.new("RGBA", (WIDTH, HEIGHT), (200, 0, 0, 0)).save(path, lossless=True, exact=True)
    _assert_flat(read_picture(path), WHITE)


@pytest.mark.parametrize("ending", ["jpg", "tif"])
@pytest.mark.parametrize(
    ("ink", "seen"),
    [
        ((0, 255, 255, 0), RED),
        ((255, 0, 255, 0), GREEN),
        ((255, 255, 0, 0), BLUE),
        ((0, 0, 0, 0), WHITE),
        ((0, 0, 0, 255), BLACK),
    ],
)
def test_cmyk_becomes_rgb(
    tmp_path: Path, ending: str, ink: tuple[int, ...], seen: tuple[int, int, int]
) -> None:
    path = tmp_path / f"leaf.{ending}"
    Image.new("CMYK", (WIDTH, HEIGHT), ink).save(path)
    _assert_flat(read_picture(path), seen, tolerance=4)


def test_the_picture_can_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    Image.fromarray(_quadrants()).save(path)
    assert read_picture(path).flags.writeable


def test_the_smallest_picture_has_32_pixels_a_side(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    Image.new("RGB", (32, 32), RED).save(path)
    assert read_picture(path).shape == (32, 32, 3)
    for size in ((31, 200), (200, 31), (1, 1)):
        Image.new("RGB", size, RED).save(path)
        assert f"at least 32 x 32 pixels, received {size[0]} x {size[1]}" in _refusal(path)


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 20_000), (10_000, 10_000), (8_001, 8_000), (32, 2_000_001)]
)
def test_a_picture_of_too_many_pixels_is_refused_before_it_takes_memory(
    tmp_path: Path, width: int, height: int
) -> None:
    path = tmp_path / "bomb.png"
    # A whole and valid picture of few bytes: one bit a pixel, all black.
    pixels = zlib.compress(bytes((1 + -(-width // 8)) * height), 1)
    path.write_bytes(_png(width, height, 1, 0, (b"IDAT", pixels)))
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from plant_device.contract.errors import UserError\n"
        "from plant_device.contract.picture_file import read_picture\n"
        "pages = int(Path('/proc/self/statm').read_text().split()[0])\n"
        "limit = pages * resource.getpagesize() + (32 << 20)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "try:\n"
        "    read_picture(Path(sys.argv[1]))\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        # OpenBLAS's threads take memory when they come to run, and crash where there is none.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.stderr == ""
    assert "expected a picture of at most 64,000,000 pixels" in told.stdout
    assert str(path) in told.stdout
    assert told.stdout.count("\n") == 1


def test_text_named_jpg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaf.jpg"
    path.write_text("This is not a leaf.\n" * 100)
    assert _refusal(path).startswith("expected a JPEG, PNG, WebP, BMP or TIFF picture")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    path.touch()
    assert "none of these" in _refusal(path)


def test_gif_and_svg_are_refused_whatever_their_name(tmp_path: Path) -> None:
    gif, svg = tmp_path / "leaf.png", tmp_path / "leaf.jpg"
    Image.fromarray(_quadrants()).save(gif, "GIF")
    svg.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>')
    assert "none of these" in _refusal(gif)
    assert "none of these" in _refusal(svg)


def test_a_missing_picture_is_refused(tmp_path: Path) -> None:
    assert "no such file" in _refusal(tmp_path / "leaf.jpg")


def test_a_folder_in_place_of_a_picture_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "leaf.jpg"
    folder.mkdir()
    assert "directory" in _refusal(folder).lower()


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "leaf.jpg"
    os.mkfifo(pipe)
    assert "received a pipe or a device" in _refusal(pipe)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaf.tif"
    Image.fromarray(np.zeros((HEIGHT, WIDTH), dtype=np.float32)).save(path)
    assert "floating-point" in _refusal(path)


def test_a_png_with_a_text_that_unpacks_to_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    pixels = zlib.compress(bytes((1 + WIDTH) * HEIGHT))
    text = b"note\0\0" + zlib.compress(bytes(8 << 20))
    path.write_bytes(_png(WIDTH, HEIGHT, 8, 0, (b"zTXt", text), (b"IDAT", pixels)))
    _refusal(path)


def test_a_palette_png_without_its_palette_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    pixels = zlib.compress(bytes((1 + WIDTH) * HEIGHT))
    path.write_bytes(_png(WIDTH, HEIGHT, 8, 3, (b"IDAT", pixels)))
    _refusal(path)


@settings(OVERWRITING, max_examples=150)
@given(
    name=st.sampled_from([b"pHYs", b"iCCP", b"tEXt", b"zTXt", b"tRNS", b"PLTE", b"eXIf", b"fcTL"]),
    content=st.binary(max_size=30),
    colour_type=st.sampled_from([0, 2, 3, 4, 6]),
    first=st.booleans(),
)
def test_a_png_with_a_senseless_chunk_is_read_or_refused_but_never_a_crash(
    tmp_path: Path, name: bytes, content: bytes, colour_type: int, first: bool
) -> None:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    pixels = (b"IDAT", zlib.compress(bytes((1 + WIDTH * channels) * HEIGHT)))
    chunks = [(name, content), pixels] if first else [pixels, (name, content)]
    path = tmp_path / "leaf.png"
    path.write_bytes(_png(WIDTH, HEIGHT, 8, colour_type, *chunks))
    picture = _read_or_refused(path)
    assert picture is None or picture.shape == (HEIGHT, WIDTH, 3)


def _encoded(kind: str) -> bytes:
    content = io.BytesIO()
    grain = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x011A] = 6, "maker", 72
    Image.fromarray(grain).save(content, kind, **({} if kind == "BMP" else {"exif": exif}))
    return content.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused(tmp_path: Path, kind: str, kept: float) -> None:
    path = tmp_path / "leaf.jpg"
    whole = _encoded(kind)
    path.write_bytes(whole[: int(len(whole) * kept)])
    _refusal(path)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(OVERWRITING, max_examples=150)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "TIFF"]),
    places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6),
    values=st.lists(st.integers(0, 255), min_size=6, max_size=6),
    early=st.booleans(),
)
def test_a_damaged_picture_is_read_or_refused_but_never_a_crash(
    tmp_path: Path, kind: str, places: list[float], values: list[int], early: bool
) -> None:
    content = bytearray(_encoded(kind))
    reach = min(len(content), 250) if early else len(content)
    for place, value in zip(places, values, strict=False):
        content[int(place * reach)] = value
    path = tmp_path / "leaf.jpg"
    path.write_bytes(content)
    picture = _read_or_refused(path)
    if picture is not None:
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        assert picture.shape[2] == 3


def test_a_jpeg_is_decoded_to_an_eighth_at_least_where_that_is_enough(tmp_path: Path) -> None:
    large = Image.fromarray(_quadrants()).resize((1280, 960), Image.Resampling.NEAREST)
    large.save(tmp_path / "large.jpg", quality=95)
    large.save(tmp_path / "large.png")
    for enough, expected in ((100, (120, 160)), (121, (240, 320)), (900, (960, 1280))):
        picture = read_picture(tmp_path / "large.jpg", enough)
        assert picture.shape == (*expected, 3)
        small = np.array(large.resize(expected[::-1], Image.Resampling.BOX))
        # All but the rows and columns where colours meet.
        assert np.mean(np.abs(picture.astype(int) - small).max(axis=2) < 24) > 0.95
    assert read_picture(tmp_path / "large.png", 100).shape == (107, 143, 3)
    assert read_picture(tmp_path / "large.png", 500).shape == (960, 1280, 3)


def test_a_truncated_jpeg_is_refused_at_any_size(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (640, 640, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "cut.jpg")
    whole = (tmp_path / "cut.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) * 9 // 10])
    with pytest.raises(UserError, match="damaged or truncated"):
        read_picture(tmp_path / "cut.jpg", 64)


@pytest.mark.parametrize(
    ("name", "promises"),
    [
        ("leaf.jpg", True),
        ("leaf.JPEG", True),
        ("a.b.tiff", True),
        ("leaf.webp", True),
        ("leaf.gif", False),
        ("leaf.svg", False),
        ("notes.txt", False),
        ("jpg", False),
        (".hidden.jpg", False),
        (".partial-12-leaf.jpg", False),
    ],
)
def test_a_name_promises_a_picture_by_its_ending(name: str, promises: bool) -> None:
    assert is_picture_name(Path("folder") / name) is promises


def test_a_name_that_is_not_utf8_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"bl\xe4tt.png")
    with path.open("wb") as file:
        Image.fromarray(_quadrants()).save(file, "PNG")
    np.testing.assert_array_equal(read_picture(path), _quadrants())


def test_a_picture_that_memory_has_no_room_for_is_told_so(tmp_path: Path) -> None:
    Image.new("RGB", (9_000, 7_000)).save(tmp_path / "x.png", compress_level=1)
    told = subprocess.run(
        [sys.executable, "-c", _WITH_LITTLE_MEMORY, str(tmp_path / "x.png")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.startswith("expected a picture that there is memory for"), told.stderr


_WITH_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import read_picture
used = [line for line in open("/proc/self/status") if line.startswith("VmData")][0].split()[1]
resource.setrlimit(resource.RLIMIT_DATA, ((int(used) << 10) + (100 << 20),) * 2)
try:
    read_picture(Path(sys.argv[1]))
except UserError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGB", (200, 100, 50)), ("P", 3), ("RGBA", (0, 0, 0, 0))]
)
def test_a_lossless_picture_is_averaged_where_fewer_pixels_are_enough(
    tmp_path: Path, mode: str, colour: int | tuple[int, ...]
) -> None:
    image = Image.new(mode, (300, 200), colour)
    if mode == "P":
        image.putpalette([0, 0, 0] * 3 + [200, 100, 50] + [0, 0, 0] * 252)
    image.save(tmp_path / "x.png")
    picture = read_picture(tmp_path / "x.png", 60)
    assert picture.shape == (67, 100, 3)
    whole = read_picture(tmp_path / "x.png")
    assert (picture[0, 0] == whole[0, 0]).all()
