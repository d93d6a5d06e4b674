"""All the settings of a run, in one list."""

from pydantic import BaseModel

from plant_train.run import RunRecord


def settings_of(record: RunRecord) -> list[tuple[str, object]]:
    """Every setting of recipe and architecture; those inside another have a dotted name."""
    return [*_flat("", record.recipe), *_flat("", record.options)]


def _flat(name: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if not isinstance(value, dict):
        return [(name, value)]
    prefix = f"{name}." if name else ""
    return [row for key, inner in value.items() for row in _flat(f"{prefix}{key}", inner)]
