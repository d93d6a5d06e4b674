"""A model file and the page about it: both, or neither."""

from plant_convert.converted import Converted
from plant_convert.report.conversion_page import conversion_page
from plant_device.contract.atomic import atomic_path, write_atomically, write_bytes


def write(converted: Converted) -> None:
    """Write what passed.

    Raises:
        OSError: the disk has no room for both; neither is written.
    """
    page = conversion_page(converted)
    with atomic_path(converted.file) as unfinished:
        write_bytes(unfinished, converted.content)
        write_atomically(converted.page, page)
