"""Picture files, which are untrusted: bounded, upright, RGB, 8 bits a channel."""

import io
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.jpeg_scans import has_more_scans

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
MIN_SIDE = 32
MAX_PIXELS = 64_000_000
# libtiff's limit too (LIBTIFF_JPEG_MAX_ALLOWED_SCAN_NUMBER); usual are 1 and 10.
_MAX_SCANS = 100
# As many as its pixels have unpacked.
_MAX_JPEG_BYTES = 3 * MAX_PIXELS
# A JPEG file with further pictures behind the first is an MPO to Pillow.
_JPEG = ("JPEG", "MPO")
_REDUCIBLE = ("L", "LA", "P", "RGB", "RGBA", "CMYK")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")

# EXIF's orientation, and what sets such a picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow warns of large pictures, which are an error here, and of odd EXIF, which is harmless.
warnings.filterwarnings("ignore", module=r"PIL\.")


def is_picture_name(path: Path) -> bool:
    """Whether the name promises a picture: a known ending, and not a hidden file."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def read_picture(path: Path, enough: int | None = None) -> Picture:
    """Decode a picture file to RGB uint8 [H, W, 3].

    EXIF orientation is applied; 16 bits become their upper 8; grey and CMYK become RGB;
    transparent pixels are laid on white. The size is checked before anything is decoded.

    Args:
        enough: pixels on the shorter side that the caller can use: of a picture that has a multiple
            of them squares are averaged, which takes less memory; a JPEG file is decoded to a half,
            a quarter or an eighth at once, which is faster. None gives every pixel.

    Raises:
        UserError: the file is missing, no file but a pipe or a device, not a picture, truncated,
            smaller than 32 pixels on a side, larger than 64 million pixels, or than memory has room
            for, or a JPEG of more than 100 scans.
    """
    return _decoded(path, path, enough)


def decode_picture(content: bytes, name: str, enough: int | None = None) -> Picture:
    """Decode what would be the content of a picture file, as `read_picture` does.

    Args:
        name: of the picture, for messages.
        enough: as of `read_picture`.

    Raises:
        UserError: as of `read_picture`.
    """
    return _decoded(io.BytesIO(content), name, enough)


def require_picture_size(content: bytes, name: str) -> None:
    """Refuse by the size in its head a picture that another decoder than `decode_picture` takes.

    Raises:
        UserError: it is no picture, smaller than 32 pixels on a side, or larger than 64 million, or
            a JPEG of more than 100 scans.
    """
    with _opened(io.BytesIO(content), name):
        pass


def _decoded(file: Path | io.BytesIO, path: Path | str, enough: int | None) -> Picture:
    with _opened(file, path) as image:
        if enough:
            # Of no effect but on JPEG, where the decoder leaves out fine frequencies.
            image.draft(None, (enough, enough))
        image.load()
        turn = _turn(image)
        pixels = _reduced(image, enough) if enough else image
        return _rgb(pixels if turn is None else pixels.transpose(turn))


@contextmanager
def _opened(file: Path | io.BytesIO, path: Path | str) -> Iterator[Image.Image]:
    """The picture, its size checked; what goes wrong within is the file's fault."""
    try:
        if isinstance(file, Path):
            _check_kind(file)
        with Image.open(file, formats=_FORMATS) as image:
            _check_size(path, image.size)
            if image.format in _JPEG:
                _check_scans(path, file)
            yield image
    except UserError:
        raise
    except MemoryError:
        raise UserError(
            f"expected a picture that there is memory for, received a larger one: {path}"
        ) from None
    except FileNotFoundError:
        raise UserError(f"expected a picture at {path}, received: no such file") from None
    except UnidentifiedImageError:
        raise UserError(
            f"expected a JPEG, PNG, WebP, BMP or TIFF picture, received: {path}, "
            "which is none of these"
        ) from None
    except Image.DecompressionBombError:
        raise UserError(
            f"expected a picture of at most {MAX_PIXELS:,} pixels, received a larger one: {path}"
        ) from None
    except (PermissionError, IsADirectoryError) as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:
        # Pillow's decoders raise almost anything on damaged files, AssertionError included.
        raise UserError(
            f"expected a whole picture, received a damaged or truncated one: {path} ({error})"
        ) from None


def _check_kind(file: Path) -> None:
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        # Nobody may ever write to the pipe.
        raise UserError(f"expected a picture file, received a pipe or a device: {file}")


def _check_scans(path: Path | str, file: Path | io.BytesIO) -> None:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            content = opened.read(_MAX_JPEG_BYTES + 1)
    else:
        content = file.getvalue()
    if len(content) > _MAX_JPEG_BYTES:
        raise UserError(
            f"expected a JPEG picture of at most {_MAX_JPEG_BYTES:,} bytes, received a larger one: "
            f"{path}"
        )
    if has_more_scans(content, _MAX_SCANS):
        raise UserError(
            f"expected a JPEG picture of at most {_MAX_SCANS} scans, received one of more: {path}; "
            "save it anew in a photo program"
        )


def _check_size(path: Path | str, size: tuple[int, int]) -> None:
    width, height = size
    if min(width, height) < MIN_SIDE:
        raise UserError(
            f"expected a picture of at least {MIN_SIDE} x {MIN_SIDE} pixels, "
            f"received {width} x {height}: {path}"
        )
    if width * height > MAX_PIXELS:
        raise UserError(
            f"expected a picture of at most {MAX_PIXELS:,} pixels, "
            f"received {width} x {height}: {path}"
        )


def _reduced(image: Image.Image, enough: int) -> Image.Image:
    """Smaller by a whole number, where it has so many pixels."""
    factor = min(image.size) // enough
    if factor < 2 or image.mode not in _REDUCIBLE:
        return image
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.reduce(factor)


def _turn(image: Image.Image) -> Image.Transpose | None:
    # ImageOps.exif_transpose also writes the EXIF anew, and fails where a camera wrote it oddly.
    return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))


def _rgb(image: Image.Image) -> Picture:
    if image.mode.startswith("I"):
        # Grey with 16 bits: Pillow's own conversion would clip instead of scale.
        # In place: a copy of 64 million of them is a quarter of what an upload may take.
        upper = np.asarray(image) >> 8
        grey = np.clip(upper, 0, 255, out=upper).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(image.convert("RGB"), dtype=np.uint8)
