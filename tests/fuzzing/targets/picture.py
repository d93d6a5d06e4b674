"""What an upload's process makes of a picture, with the memory that it has."""

import io
from pathlib import Path

import numpy as np
from changes import png_chunk
from PIL import Image
from target import Target

from plant_device.contract.geometry import Geometry, network_input
from plant_device.contract.picture_file import decode_picture
from plant_device.web import uploads

_SIDE = 36


def _read(content: bytes, _: Path) -> object:
    uploads.kind_of(content[:16])
    picture = decode_picture(content, "leaf", uploads._ENOUGH)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    return network_input(uploads._bounded(picture), Geometry(32, 36))


def _seeds() -> list[bytes]:
    noise = np.random.default_rng(0).integers(0, 256, (_SIDE, _SIDE, 4), dtype=np.uint8)
    colour, clear = Image.fromarray(noise[..., :3]), Image.fromarray(noise)
    grey = Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    turned = Image.Exif()
    turned[0x0112] = 6
    return [
        _saved(colour, "JPEG", exif=turned),
        _saved(colour, "JPEG", progressive=True, quality=30),
        _saved(colour.convert("CMYK"), "JPEG", quality=30),
        _saved(colour, "PNG", exif=turned),
        _saved(clear, "PNG"),
        _saved(colour.quantize(8), "PNG", transparency=3),
        _saved(grey, "PNG"),
        _saved(colour, "WEBP", exif=turned),
        _saved(clear, "WEBP", lossless=True),
        _saved(colour, "BMP"),
        _saved(colour.quantize(8), "BMP"),
        *(_saved(colour, "TIFF", compression=kind) for kind in (None, "tiff_lzw", "jpeg")),
        _saved(grey, "TIFF", compression="tiff_adobe_deflate"),
        _saved(colour.convert("1"), "TIFF", compression="group4"),
    ]


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


TARGET = Target(_read, _seeds, memory=uploads._MEMORY, changed=png_chunk)
