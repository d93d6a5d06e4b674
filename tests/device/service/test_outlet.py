import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.live.orders import Order, Say
from plant_device.service import outlet as outlet_module
from plant_device.service.outlet import Outlet

SECONDS = 20.0


class Service:
    """What an outlet's process says, and what is told of its end."""

    def __init__(self) -> None:
        self.said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.told: queue.SimpleQueue[str] = queue.SimpleQueue()

    def carry_out(self, order: Order) -> tuple[object, bytes]:
        if not isinstance(order, Say):
            raise UserError("expected words")
        self.said.put(order.words)
        return None, b""


@pytest.fixture
def begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, Service], Outlet]]:
    """Starts an outlet whose process does as it is told."""
    outlets: list[Outlet] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(outlet_module, "_RETRY_SECONDS", 0.01)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=":")

    def start(probe: str, service: Service) -> Outlet:
        monkeypatch.setenv("PROBE", probe)
        outlet = Outlet(
            "probe", "outlet_probe", {"settings": 1}, service.carry_out, service.told.put
        )
        outlets.append(outlet)
        outlet.start()
        return outlet

    yield start
    for outlet in outlets:
        outlet.stop()


def test_a_process_hears_how_it_begins_and_its_orders_are_carried_out(
    begin: Callable[[str, Service], Outlet],
) -> None:
    service = Service()
    outlet = begin("waits", service)
    assert service.said.get(timeout=SECONDS) == "here with 1"
    outlet.stop()
    assert service.told.empty()


@pytest.mark.parametrize(
    ("probe", "told"),
    [
        ("fails", "probe: the port is taken; it is started again"),
        ("killed", "probe: its process ended with exit code -9; it is started again"),
        ("floods", "probe: its process ended with exit code -15; it is started again"),
    ],
)
def test_a_process_that_ends_is_told_of_and_started_again(
    begin: Callable[[str, Service], Outlet], probe: str, told: str
) -> None:
    service = Service()
    begin(probe, service)
    assert [service.said.get(timeout=SECONDS) for _ in range(2)] == ["here with 1"] * 2
    assert service.told.get(timeout=SECONDS) == told


def test_what_fails_again_and_again_is_told_once(
    begin: Callable[[str, Service], Outlet],
) -> None:
    service = Service()
    begin("fails", service)
    for _ in range(3):
        service.said.get(timeout=SECONDS)
    service.told.get(timeout=SECONDS)
    assert service.told.empty()
