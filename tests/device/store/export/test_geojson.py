import json
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.store.clock import Moment
from plant_device.store.export.geojson import write_geojson
from plant_device.store.place.place import Place
from plant_device.store.store import Store

MOMENT = Moment(datetime(2026, 6, 1, tzinfo=timezone.utc), 10.0, "boot", certain=True)
LINE = ClassifiedLine(
    path="usb:0",
    decision="disease",
    cause="clear",
    reason="",
    label='Mais___"Beulenbrand"',
    probability=0.75,
    top=[TopEntry(label="x", probability=0.75)],
    energy=1.0,
    ms=1.0,
)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    picture = np.zeros((40, 40, 3), np.uint8)
    with Store(tmp_path / "store") as store:
        store.keep(picture, LINE, "m", MOMENT, Place(-33.5, 151.25, "gpsd", 4.0))
        store.keep(picture, LINE, "m", MOMENT)
        assert write_geojson(store.records(), tmp_path / "map.geojson") == 2
    return tmp_path / "map.geojson"


def test_a_record_is_a_point_east_first_and_one_without_a_place_has_none(written: Path) -> None:
    found = json.loads(written.read_text(encoding="utf-8"))
    assert found["type"] == "FeatureCollection"
    without, with_place = found["features"]
    assert (without["id"], without["geometry"]) == (2, None)
    assert with_place["geometry"] == {"type": "Point", "coordinates": [151.25, -33.5]}
    assert with_place["properties"]["label"] == LINE.label
    assert with_place["properties"]["place"]["accuracy"] == 4.0


def test_nothing_is_an_empty_collection(tmp_path: Path) -> None:
    assert write_geojson([], tmp_path / "map.geojson") == 0
    assert json.loads((tmp_path / "map.geojson").read_text())["features"] == []


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="needs GDAL")
def test_gdal_reads_it(written: Path) -> None:
    told = subprocess.run(
        ["ogrinfo", "-so", "-al", str(written)], capture_output=True, text=True, check=True
    )
    assert "Feature Count: 2" in told.stdout
