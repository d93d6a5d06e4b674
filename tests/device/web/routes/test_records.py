import csv
import io
import os
import sqlite3
import zipfile
from datetime import timedelta
from typing import Any

import httpx
import pytest
from device_with_page import API, NOON, Kept
from PIL import Image

from plant_device.store.database import NAME
from plant_device.store.store import Store


def _ids(kept: Kept, **query: Any) -> list[int]:
    answer = kept.client.get(f"{API}/records", params=query)
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["records"]]


def _problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert "\n" not in told["detail"]
    return str(told["detail"])


def test_pages_go_by_id_and_tell_what_follows(kept: Kept) -> None:
    first = kept.client.get(f"{API}/records", params={"limit": 5}).json()
    assert ([one["id"] for one in first["records"]], first["next"]) == ([12, 11, 10, 9, 8], 8)
    assert first["total"] == 12
    last = kept.client.get(f"{API}/records", params={"limit": 7, "before": first["next"]}).json()
    assert ([one["id"] for one in last["records"]], last["next"]) == ([7, 6, 5, 4, 3, 2, 1], None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"crop": "Apple"}, [11, 8, 5, 2]),
        ({"label": "Tomato___Late_blight"}, [12, 9, 6, 3]),
        ({"decision": "healthy"}, [10, 7, 4, 1]),
        ({"crop": "Tomato", "decision": "disease", "before": 12}, [9, 6, 3]),
        ({"since": "2026-06-02T00:00:00Z"}, [12, 11, 10, 9]),
        ({"until": "2026-06-01T15:00:00+02:00"}, [1]),
        ({"corrected": "true"}, []),
        ({"corrected": "false", "limit": 2}, [12, 11]),
        ({"crop": "Pear"}, []),
    ],
)
def test_filters(kept: Kept, query: dict[str, Any], expected: list[int]) -> None:
    assert _ids(kept, **query) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"limit": 0}, "limit: input should be greater than or equal to 1, received '0'"),
        ({"before": "x"}, "before: input should be a valid integer"),
        ({"since": "2026-06-01"}, "since: input should have timezone info"),
        ({"decision": "sick"}, "decision: input should be 'disease'"),
        ({"decison": "healthy"}, "'decison' is no name that can be given here (did you mean decis"),
        ({"crop": ["Apple", "Tomato"]}, "expected crop once, received it 2 times"),
        ({"before": str(1 << 63)}, "before: input should be less than or equal to"),
    ],
)
def test_a_wrong_question_is_told_in_a_line(kept: Kept, query: dict[str, Any], words: str) -> None:
    assert words in _problem(kept.client.get(f"{API}/records", params=query), 422)


def test_a_record_is_corrected_noted_and_both_taken_back(kept: Kept) -> None:
    path = f"{API}/records/3"
    changed = kept.client.patch(path, json={"corrected": "not_leaf", "note": "a stone"}).json()
    assert (changed["corrected"], changed["note"]) == ("not_leaf", "a stone")
    assert kept.client.patch(path, json={"note": ""}).json()["corrected"] == "not_leaf"
    assert _ids(kept, corrected="true") == [3]
    assert kept.client.patch(path, json={"corrected": None}).json()["corrected"] is None
    assert kept.client.get(path).json()["note"] == ""
    assert kept.client.patch(path, json={}).status_code == 200
    for wrong in ("../up", "unsure", "", " \u00a0", "a/b"):
        assert "expected a class's name" in _problem(
            kept.client.patch(path, json={"corrected": wrong}), 422
        )
    assert "words is no name that can be given here" in _problem(
        kept.client.patch(path, json={"words": 1}), 422
    )


def test_what_a_person_corrected_to_is_what_a_record_counts_as(kept: Kept) -> None:
    def counted(**query: str) -> dict[tuple[str, str], int]:
        rows = kept.client.get(f"{API}/records/counts", params=query).json()
        return {
            (row["label"], row["decision"]): sum(
                one["count"]
                for one in rows
                if (one["label"], one["decision"]) == (row["label"], row["decision"])
            )
            for row in rows
        }

    path = f"{API}/records/3"
    changed = kept.client.patch(path, json={"corrected": "Tomato___healthy"}).json()
    assert (changed["decision"], changed["kind"]) == ("disease", "healthy")
    assert changed["label"] == "Tomato___Late_blight"
    assert _ids(kept, decision="healthy") == [10, 7, 4, 3, 1]
    assert 3 not in _ids(kept, decision="disease")
    for by in ("label", "day"):
        assert counted(by=by) == {
            ("Tomato___healthy", "healthy"): 5,
            ("Tomato___Late_blight", "disease"): 3,
            ("Apple___scab", "disease"): 4,
        }
    kept.client.patch(path, json={"corrected": "not_leaf"})
    assert _ids(kept, decision="not_leaf") == [3]
    kept.client.patch(path, json={"corrected": None})
    assert 3 in _ids(kept, decision="disease")


def test_a_deleted_record_is_nowhere_and_comes_back(kept: Kept) -> None:
    before = kept.client.get(f"{API}/records/5").json()
    assert kept.client.delete(f"{API}/records/5").status_code == 204
    assert 5 not in _ids(kept)
    for answer in (
        kept.client.get(f"{API}/records/5"),
        kept.client.get(f"{API}/records/5/picture"),
        kept.client.patch(f"{API}/records/5", json={"note": "x"}),
        kept.client.delete(f"{API}/records/5"),
    ):
        assert _problem(answer, 404) == "expected a record's number, there is no record 5"
    assert kept.client.post(f"{API}/records/5/restore").json() == before
    assert kept.client.get(f"{API}/records/5").json() == before
    _problem(kept.client.post(f"{API}/records/99/restore"), 404)


def test_a_picture_is_served_as_it_is_and_smaller_and_not_twice(kept: Kept) -> None:
    url = kept.client.get(f"{API}/records/2").json()["picture_url"]
    whole, small = kept.client.get(url), kept.client.get(url, params={"width": 100})
    for answer, size in ((whole, (640, 480)), (small, (100, 75))):
        assert answer.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert picture.size == size
    again = kept.client.get(url, headers={"if-none-match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert whole.headers["etag"] != small.headers["etag"]


def test_a_record_without_its_picture_says_so(kept: Kept) -> None:
    record = kept.client.get(f"{API}/records/1").json()
    assert record["picture_url"] is None
    assert "has no picture" in _problem(kept.client.get(f"{API}/records/1/picture"), 404)
    with Store(kept.folder) as store:
        name = store.record(2).picture
    (kept.folder / str(name)).unlink()
    assert "no longer has it" in _problem(kept.client.get(f"{API}/records/2/picture"), 404)
    (kept.folder / str(kept.client.get(f"{API}/records/3").json()["picture"])).write_bytes(b"no")
    damaged = kept.client.get(f"{API}/records/3/picture", params={"width": 64})
    assert "is damaged" in _problem(damaged, 404)


@pytest.mark.parametrize("named", ["../secret.jpg", "pictures/link.jpg", "pictures/pipe.jpg"])
def test_a_picture_outside_of_the_stores_folder_is_no_records(kept: Kept, named: str) -> None:
    secret = kept.folder.parent / "secret.jpg"
    secret.write_bytes(b"secret")
    (kept.folder / "pictures" / "link.jpg").symlink_to(secret)
    os.mkfifo(kept.folder / "pictures" / "pipe.jpg")
    database = sqlite3.connect(kept.folder / NAME)
    with database:
        database.execute("UPDATE records SET picture = ? WHERE id = 2", [named])
    database.close()
    answer = kept.client.get(f"{API}/records/2/picture")
    assert b"secret" not in answer.content
    assert answer.status_code == 404


def test_counts_by_class_and_by_the_askers_day(kept: Kept) -> None:
    def counts(**query: Any) -> list[tuple[Any, ...]]:
        rows = kept.client.get(f"{API}/records/counts", params=query).json()
        return [(row.get("day"), row["label"], row["decision"], row["count"]) for row in rows]

    late, scab, healthy = "Tomato___Late_blight", "Apple___scab", "Tomato___healthy"
    assert set(counts()) == {
        (None, late, "disease", 4),
        (None, scab, "disease", 4),
        (None, healthy, "healthy", 4),
    }
    # Noon and on, 90 minutes apart: eight until midnight UTC, of which two are tomorrow in Berlin.
    by_day = counts(by="day")
    assert {day: sum(row[3] for row in by_day if row[0] == day) for day, *_ in by_day} == {
        "2026-06-02": 4,
        "2026-06-01": 8,
    }
    berlin = counts(by="day", utc_offset=120)
    assert sum(row[3] for row in berlin if row[0] == "2026-06-01") == 7
    since = (NOON + timedelta(hours=13)).isoformat()
    assert sum(row[3] for row in counts(by="day", since=since)) == 3
    assert counts(by="day", crop="Pear") == []


def test_places_are_geojson_of_those_that_have_one(kept: Kept) -> None:
    kept.client.delete(f"{API}/records/12")
    told = kept.client.get(f"{API}/records/places").json()
    assert told["type"] == "FeatureCollection"
    assert [feature["id"] for feature in told["features"]] == [10, 8, 6, 4, 2]
    assert told["features"][0]["geometry"] == {"type": "Point", "coordinates": [20.0, 52.0]}
    assert told["features"][0]["properties"]["label"] == "Tomato___healthy"


def test_exports_hold_what_was_asked_for_and_leave_nothing(kept: Kept) -> None:
    def taken(form: str, **query: str) -> httpx.Response:
        answer = kept.client.get(f"{API}/records/export", params={"format": form, **query})
        assert answer.status_code == 200, answer.text
        assert f"-records.{form}" in answer.headers["content-disposition"]
        return answer

    rows = list(csv.DictReader(io.StringIO(taken("csv", crop="Apple").text)))
    assert [row["id"] for row in rows] == ["11", "8", "5", "2"]
    assert len(taken("geojson").json()["features"]) == 12
    kept.client.patch(f"{API}/records/4", json={"corrected": "Grape___rot"})
    with zipfile.ZipFile(io.BytesIO(taken("zip", corrected="true").content)) as archive:
        assert archive.namelist() == ["Grape___rot/record-00000004.jpg"]
        assert archive.testzip() is None
    assert list((kept.folder / ".exports").iterdir()) == []


def test_an_export_of_a_mistyped_question_is_none(kept: Kept) -> None:
    answer = kept.client.get(f"{API}/records/export", params={"correctd": "true"})
    assert "(did you mean corrected?)" in _problem(answer, 422)


def test_an_inspection_has_its_verdict_and_its_leaves(kept: Kept) -> None:
    verdict = {"decision": "healthy", "label": "Tomato___healthy", "leaves": 2, "votes": []}
    with Store(kept.folder) as store:
        store.keep_verdict(f'{{"verdict": {str(verdict).replace(chr(39), chr(34))}}}', [4, 7])
    told = kept.client.get(f"{API}/inspections/1").json()
    assert told["verdict"]["label"] == "Tomato___healthy"
    assert [record["id"] for record in told["records"]] == [4, 7]
    assert "there is no inspection 2" in _problem(kept.client.get(f"{API}/inspections/2"), 404)


def test_a_store_that_is_gone_is_a_problem_not_a_bug(kept: Kept) -> None:
    for path in (kept.folder / NAME, kept.folder / f"{NAME}-wal", kept.folder / f"{NAME}-shm"):
        path.unlink(missing_ok=True)
    assert "there is no records.db" in _problem(kept.client.get(f"{API}/records"), 409)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{'a': 1}", "expected JSON, received what is none: Expecting property name"),
        (b"[" * 30_000, "expected a body that can be read, received another one"),
        (b'{"note": null}', "note: input should be a valid string, received null"),
        (b'{"note": "\\u001b[2J"}', "note: expected letters and line breaks, received '\\x1b[2J'"),
        (b'{"note": true}', "note: input should be a valid string, received true"),
        (b"", "expected a body, received none"),
        (b"[]", "expected an object, received []"),
    ],
)
def test_a_body_that_is_wrong_is_told_in_a_line(kept: Kept, body: bytes, words: str) -> None:
    headers = {"content-type": "application/json"}
    answer = kept.client.patch(f"{API}/records/3", content=body, headers=headers)
    assert words in _problem(answer, 422)


def test_a_body_without_its_kind_is_told(kept: Kept) -> None:
    answer = kept.client.patch(f"{API}/records/3", content=b'{"note": "x"}')
    assert "expected the header Content-Type: application/json, received 'none'" in _problem(
        answer, 422
    )
