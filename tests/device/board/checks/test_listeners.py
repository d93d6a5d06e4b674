import os
import socket
from pathlib import Path

import pytest

from plant_device.board.checks.listeners import Listener, check, listeners
from plant_device.board.finding import Asked

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
HEAD += "inode\n"
ME = os.getuid()


def _line(local: str, inode: int, state: str = "0A", user: int = ME) -> str:
    """A line of /proc/net/tcp, as proc(5) has it."""
    return (
        f"   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {user:5d} "
        f"       0 {inode} 1 0000000000000000 100 0 0 10 0\n"
    )


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Ports 22 of another user, 8080 of plant-device, 631 of this machine alone, 5432 in use."""
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/tcp").write_text(
        HEAD
        + _line("00000000:0016", 1, user=ME + 1)
        + _line("0100007F:0277", 2)
        + _line("0500A8C0:1538", 3, state="01")
        + _line("0500A8C0:1F90", 4)
    )
    (tmp_path / "proc/net/tcp6").write_text(
        HEAD
        + _line("00000000000000000000000001000000:0277", 5)
        + _line("0000000000000000FFFF00000100007F:0278", 6)
        + _line("00000000000000000000000000000000:0BB8", 7)
    )
    for process, inode, name, words in (
        (101, 4, "python3", "python3\0-m\0plant_device\0run"),
        (102, 7, "node", "node\0server.js"),
    ):
        folder = tmp_path / f"proc/{process}"
        (folder / "fd").mkdir(parents=True)
        (folder / "fd/3").symlink_to(f"socket:[{inode}]")
        (folder / "comm").write_text(f"{name}\n")
        (folder / "cmdline").write_text(words)
    return tmp_path


def test_what_others_can_reach_is_found_with_its_program(machine: Path) -> None:
    assert listeners(Asked(machine), ME) == [
        Listener("::", 3000, "node"),
        Listener("192.168.0.5", 8080, "plant-device"),
    ]


def test_ours_is_a_warning(machine: Path) -> None:
    (finding,) = check(Asked(machine))
    assert finding.level == "warning"
    assert "plant-device on 192.168.0.5 port 8080" in finding.what


def test_other_programs_are_told_only(machine: Path) -> None:
    (machine / "proc/101/cmdline").write_text("nginx\0")
    (finding,) = check(Asked(machine))
    assert (finding.level, finding.to_do) == ("ok", "")
    assert "node on :: port 3000" in finding.what


def test_a_machine_without_listeners_is_ok(tmp_path: Path) -> None:
    (finding,) = check(Asked(tmp_path))
    assert (finding.level, finding.what) == (
        "ok",
        "nothing of this user can be reached from the network",
    )


def test_a_real_listener_of_this_process_is_found() -> None:
    # No connection is accepted; the port is closed again at once.
    with (
        socket.create_server(("0.0.0.0", 0)) as everywhere,
        socket.create_server(("127.0.0.1", 0)) as here,
    ):
        found = {each.port: each for each in listeners(Asked(), ME)}
        assert found[everywhere.getsockname()[1]].address == "0.0.0.0"
        assert here.getsockname()[1] not in found
