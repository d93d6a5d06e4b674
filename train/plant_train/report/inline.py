"""Pictures that stand in a page itself, as data addresses."""

import base64
import io

import cv2
import numpy as np
from PIL import Image

from plant_device.contract.geometry import Picture


def inline_photo(picture: Picture, side: int) -> str:
    """An RGB square [S, S, 3] as a JPEG of at most `side` pixels."""
    if len(picture) > side:
        scaled = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
        picture = np.asarray(scaled, dtype=np.uint8)
    return _inline(picture, "jpeg", quality=80)


def inline_drawing(picture: Picture) -> str:
    """An RGB picture [H, W, 3] as a PNG, exact to the pixel."""
    return _inline(picture, "png", optimize=True)


def _inline(picture: Picture, kind: str, **options: object) -> str:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"
