"""What `plant-device bench` found, for machines and for a table."""

from pydantic import BaseModel, ConfigDict

STAGES = ("capture", "geometry", "inference", "decision", "store")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StageTimes(_Part):
    """Milliseconds of one stage."""

    median: float
    p95: float
    p99: float


class Run(_Part):
    """The stages with one number of threads; `delegate` is None where the processor computed."""

    threads: int
    delegate: str | None
    stages: dict[str, StageTimes]


class Measured(_Part):
    """The line of `plant-device bench --json`. Documented in docs/json.md.

    `bytes` are those of the model file, `memory_bytes` the most that this process took.
    """

    board: str
    runtime: str
    model: str
    bytes: int
    calls: int
    runs: list[Run]
    memory_bytes: int
    celsius_before: float | None
    celsius_after: float | None


def table_head() -> str:
    """Two lines: the head of a Markdown table for `table_rows`."""
    columns = ("board", "runtime", "model", "MB", "threads", *STAGES, "memory MB", "°C")
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def table_rows(measured: Measured) -> list[str]:
    """A line for each number of threads; times in ms as `median / p95 / p99`."""
    heat = f"{_degrees(measured.celsius_before)} → {_degrees(measured.celsius_after)}"
    return [
        "| {} |".format(
            " | ".join(
                (
                    measured.board,
                    measured.runtime,
                    measured.model,
                    f"{measured.bytes / 1e6:.1f}",
                    f"{run.threads}{', delegate' if run.delegate else ''}",
                    *(_times(run.stages.get(stage)) for stage in STAGES),
                    f"{measured.memory_bytes / 1e6:.0f}",
                    heat,
                )
            )
        )
        for run in measured.runs
    ]


def _times(stage: StageTimes | None) -> str:
    return f"{stage.median:.2f} / {stage.p95:.2f} / {stage.p99:.2f}" if stage else "–"


def _degrees(celsius: float | None) -> str:
    return "?" if celsius is None else f"{celsius:.0f}"
