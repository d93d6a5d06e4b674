import pytest
from pydantic import ValidationError

from plant_device.mqtt.messages import Again


@pytest.mark.parametrize("after", [-1, -(1 << 70), 1 << 63, 10**400])
def test_a_sink_that_asks_for_a_row_that_no_store_can_have_is_not_heard(after: int) -> None:
    assert Again(series="a", stream="record", after=(1 << 63) - 1).after > 0
    with pytest.raises(ValidationError):
        Again.model_validate_json(f'{{"series": "a", "stream": "record", "after": {after}}}')
