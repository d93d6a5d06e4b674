"""Records as GeoJSON (RFC 7946), for a map."""

import json
from collections.abc import Iterable
from pathlib import Path

from plant_device.contract.atomic import atomic_path
from plant_device.store.export.lines import record_line
from plant_device.store.record import Record


def write_geojson(records: Iterable[Record], path: Path) -> int:
    """Write records as features, a line each, atomically and one after the other.

    A record whose place is not known has a feature without geometry, as the RFC has it.

    Returns:
        How many there were.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    number = 0
    with atomic_path(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for record in records:
            file.write(",\n" if number else "\n")
            file.write(json.dumps(_feature(record), ensure_ascii=False))
            number += 1
        file.write("\n]}\n")
    return number


def _feature(record: Record) -> dict[str, object]:
    place = record.place
    point = place and {"type": "Point", "coordinates": [place.longitude, place.latitude]}
    line = record_line(record).model_dump(exclude_none=True)
    return {"type": "Feature", "id": record.id, "geometry": point, "properties": line}
