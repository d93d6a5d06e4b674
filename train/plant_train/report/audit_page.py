"""An audit as one self-contained page, with small pictures of what was found."""

import base64
import io
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from plant_device.contract.atomic import write_atomically
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import read_picture
from plant_train.data.audit import Audit
from plant_train.data.audit.finding import worst
from plant_train.data.audit.in_words import in_short

_TEMPLATE = "audit.html.j2"
_EXAMPLES = 6
_PICTURES = 4
_THUMBNAIL = 96


def write_audit_page(audit: Audit, file: Path) -> None:
    """Write the page of an audit, while its pictures are where they were."""
    environment = Environment(
        loader=PackageLoader("plant_train", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    page = environment.get_template(_TEMPLATE).render(
        audit=audit,
        worst=worst(audit.findings),
        in_short=in_short(audit),
        examples=_EXAMPLES,
        pictures=_PICTURES,
        thumbnail=_thumbnail,
        name_of=lambda path: "/".join(Path(path).parts[-3:]),
    )
    write_atomically(file, page)


def _thumbnail(path: str) -> str | None:
    """A data URL of a small JPEG; None for what is no picture."""
    try:
        image = Image.fromarray(read_picture(Path(path), _THUMBNAIL))
    except UserError:
        return None
    image.thumbnail((_THUMBNAIL, _THUMBNAIL))
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=75)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.getvalue()).decode()}"
