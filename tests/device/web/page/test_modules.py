"""The page's pure modules, by the engine that runs them."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from device_with_page import Device

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Run = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def run(farm: Device, browser: "Browser") -> Iterator[Run]:
    """Gives what an expression over a module's exports, `m`, is."""
    page = browser.new_page()
    page.goto(f"{farm.url}/manifest.webmanifest")

    def evaluate(module: str, expression: str) -> Any:
        return page.evaluate(f"import('/app/{module}.js').then((m) => {expression})")

    yield evaluate
    page.close()


def test_metres_of_a_place(run: Run) -> None:
    middle = "{ latitude: 60, longitude: 179.999 }"
    metres = run(
        "geography", f"m.metresFrom({middle}, {{ latitude: 60.001, longitude: -179.999 }})"
    )
    # Across the date line; at 60 degrees north a degree of longitude is half of one of latitude.
    assert metres["east"] == pytest.approx(0.002 * 111_320 / 2)
    assert metres["north"] == pytest.approx(111.32)


def test_zooming_leaves_the_point_under_the_finger_where_it_is(run: Run) -> None:
    before, after = run(
        "geography",
        """(() => {
          const view = { east: 40, north: -7, scale: 0.5 };
          const point = { east: 70, north: 12 };
          const at = m.onScreen(view, point, 300, 200);
          return [at, m.onScreen(m.zoomed(view, 3, at, 300, 200), point, 300, 200)];
        })()""",
    )
    assert after == pytest.approx(before)


@pytest.mark.parametrize(
    ("scale", "metres"), [(0.05, 5), (0.1, 10), (0.99, 50), (1, 100), (37, 2000), (0.019, 1)]
)
def test_a_scale_bar_is_a_round_length(run: Run, scale: float, metres: float) -> None:
    bar = run("geography", f"m.scaleBar({scale}, 100)")
    assert bar["metres"] == metres
    assert bar["pixels"] == pytest.approx(metres / scale)
    assert bar["pixels"] <= 100


def test_points_that_cover_each_other_are_one_group(run: Run) -> None:
    groups = run(
        "geography",
        """m.grouped([{ east: 0, north: 0 }, { east: 9, north: 0 }, { east: 11, north: 0 }], 10)
          .map(({ east, members }) => [east, members.length])""",
    )
    assert groups == [[4.5, 2], [11, 1]]


def test_thousands_of_points_have_a_view(run: Run) -> None:
    view = run(
        "geography",
        "m.viewOf(Array.from({ length: 2e5 }, (_, i) => ({ east: i, north: -i })), 296, 296)",
    )
    assert view["east"] == pytest.approx(99_999.5)
    assert view["scale"] == pytest.approx(199_999 / 200)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 100}, "number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        ({"enum": ["a", "b"], "type": "string"}, "choice"),
        ({"type": "boolean"}, "switch"),
        ({"$ref": "#/$defs/Mode"}, "choice"),
    ],
)
def test_a_schema_is_a_field(run: Run, schema: dict[str, object], kind: str) -> None:
    field = run("schema", f"m.fieldOf({schema!r}, {{ Mode: {{ enum: ['x'] }} }})")
    assert field["kind"] == kind
    assert field["optional"] == ("anyOf" in schema)


def test_an_empty_field_is_no_value(run: Run) -> None:
    assert run("schema", "m.valueOf({ kind: 'number' }, '')") is None
    assert run("schema", "m.valueOf({ kind: 'number' }, '2.5')") == 2.5
    assert run("schema", "m.valueOf({ kind: 'switch' }, false)") is False


def test_frames_are_read_however_the_network_cuts_them(run: Run) -> None:
    read = run(
        "frames",
        r"""(async () => {
          const bytes = new TextEncoder().encode(
            ["one", "\r\n\r\ntwo", ""].map((body) =>
              `--x\r\nX-Frame: 1\r\ncontent-length: ${body.length}\r\n\r\n${body}\r\n`,
            ).join(""));
          const found = [];
          for (const piece of [1, 3, bytes.length]) {
            const body = new ReadableStream({ start(stream) {
              for (let at = 0; at < bytes.length; at += piece)
                stream.enqueue(bytes.slice(at, at + piece));
              stream.close();
            } });
            const parts = [];
            for await (const part of m.parts(new Response(body))) parts.push(await part.text());
            found.push(parts);
          }
          return found;
        })()""",
    )
    assert read == [["one", "\r\n\r\ntwo", ""]] * 3


def test_a_stream_without_lengths_is_refused(run: Run) -> None:
    told = run(
        "frames",
        r"""m.parts(new Response("--x\r\nContent-Type: image/jpeg\r\n\r\nabc")).next()
          .then(() => "read", (error) => error.message)""",
    )
    assert told == "a part without Content-Length"


def test_a_stream_is_slow_once_its_frames_are_rare_for_long(run: Run) -> None:
    slow = run(
        "pace",
        """[10, 1].map((perSecond) => {
          const pace = m.streamPace(0);
          let slow = false;
          for (let second = 1; second <= 6 && !slow; second++) {
            for (let frame = 0; frame < perSecond; frame++) pace.frame();
            slow = pace.slow(second * 1000);
          }
          return slow;
        })""",
    )
    assert slow == [False, True]


def test_a_day_is_this_phones(run: Run) -> None:
    asked = run("record_list", "m.asParameters({ day: '2026-03-29', decision: 'unsure' })")
    hours = run(
        "record_list",
        f"(Date.parse('{asked['until']}') - Date.parse('{asked['since']}')) / 3600000",
    )
    assert asked["decision"] == "unsure"
    assert "day" not in asked
    # 23 where the clocks go forward that day.
    assert hours in (23, 24)


@pytest.mark.parametrize(
    ("frame", "shown", "expected"),
    [
        (
            {"decision": "disease", "label": "a", "cause": "clear"},
            {"decision": "disease", "label": "a", "cause": "steady"},
            {"decision": "disease", "label": "a", "cause": "clear", "likely": 0.88},
        ),
        (
            {"decision": "disease", "label": "b", "cause": "clear"},
            {"decision": "disease", "label": "a", "cause": "steady"},
            {"decision": "disease", "label": "a", "cause": "frames_disagree", "likely": None},
        ),
        (
            {"decision": "unsure", "label": "a", "cause": "blurred"},
            {"decision": "unsure", "cause": "steady"},
            {"decision": "unsure", "label": "a", "cause": "blurred", "likely": 0.88},
        ),
        (
            {"decision": "healthy", "label": "b", "cause": "clear"},
            {"decision": "unsure", "cause": "steady"},
            {"decision": "unsure", "label": "b", "cause": "frames_disagree", "likely": 0.88},
        ),
        (
            {"decision": "healthy", "label": "b", "cause": "clear"},
            {"decision": "not_leaf", "cause": "steady"},
            {"decision": "not_leaf", "label": "b", "cause": "frames_disagree", "likely": 0.88},
        ),
        (
            {"decision": "disease", "label": "a", "cause": "clear"},
            {"decision": "unsure", "cause": "frames_disagree"},
            {"decision": "unsure", "label": "a", "cause": "frames_disagree", "likely": 0.88},
        ),
    ],
)
def test_what_is_shown_and_its_figure_are_of_one_answer(
    run: Run, frame: dict[str, str], shown: dict[str, str], expected: dict[str, object]
) -> None:
    line = {**frame, "probability": 0.88, "shown": shown}
    assert run("parts/decision", f"m.outcomeOf({json.dumps(line)})") == expected


@pytest.mark.parametrize(("leaves", "stands"), [(0, True), (1, False), (5, False)])
def test_a_verdict_stands_until_the_next_plants_first_leaf(
    run: Run, leaves: int, stands: bool
) -> None:
    leaf = {"decision": "healthy", "label": "a"}
    inspection = {
        "asked": 6,
        "leaves": [leaf] * leaves,
        "verdict": {**leaf, "leaves": 6, "votes": [{"label": "a", "leaves": 6}]},
    }
    drawn = run(
        "parts/inspection",
        f"""import('/app/preact.js').then(({{ html, render }}) => {{
          const place = document.createElement("div");
          render(html`<${{m.Inspection}} inspection=${{{json.dumps(inspection)}}} />`, place);
          return [place.querySelector(".verdict-card") !== null,
                  place.querySelectorAll(".dots .healthy").length];
        }})""",
    )
    assert drawn == [stands, leaves]
