"""What the checks make of the files of a Pi 4, a Pi 5 and a Jetson Orin Nano."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.board.checks import memory, power, processor, system, temperature
from plant_device.board.finding import Asked, Finding

Board = Callable[[str], Asked]
Program = Callable[[str, str], None]


def _one(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


# Board, Python, libc, architecture


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "pi4",
            "Raspberry Pi 4 Model B Rev 1.1, Debian GNU/Linux 12 (bookworm), "
            "Linux 6.6.51+rpt-rpi-v8",
        ),
        (
            "orin",
            "NVIDIA Jetson Orin Nano Developer Kit, Ubuntu 22.04.5 LTS, Linux 5.15.148-tegra",
        ),
    ],
)
def test_a_board_is_told_by_its_name(board: Board, name: str, told: str) -> None:
    assert system.board(board(name)) == Finding("board", "ok", told)


def test_a_machine_without_a_name_is_no_fault(tmp_path: Path) -> None:
    assert system.board(Asked(tmp_path)) == Finding("board", "ok", "Linux of unknown version")


@pytest.mark.parametrize(
    ("version", "implementation", "level"),
    [
        ((3, 10, 12), "CPython", "ok"),
        ((3, 13, 0), "CPython", "ok"),
        ((3, 9, 2), "CPython", "failure"),
        ((3, 11, 9), "PyPy", "failure"),
    ],
)
def test_python(version: tuple[int, ...], implementation: str, level: str) -> None:
    assert system.python(version, implementation).level == level


@pytest.mark.parametrize(
    ("glibc", "level"), [((2, 36), "ok"), ((2, 27), "ok"), ((2, 24), "failure"), (None, "failure")]
)
def test_libc(glibc: tuple[int, ...] | None, level: str) -> None:
    assert system.libc(glibc).level == level


@pytest.mark.parametrize(
    ("machine", "bits", "level"),
    [
        ("aarch64", 64, "ok"),
        ("x86_64", 64, "ok"),
        ("armv7l", 32, "failure"),
        # A 64-bit kernel below a 32-bit Raspberry Pi OS.
        ("aarch64", 32, "failure"),
    ],
)
def test_architecture(machine: str, bits: int, level: str) -> None:
    finding = system.architecture(machine, bits)
    assert finding.level == level
    assert bool(finding.to_do) == (level != "ok")


def test_this_machine_is_looked_at() -> None:
    findings = system.check(Asked())
    assert [finding.name for finding in findings] == ["board", "Python", "libc", "architecture"]
    assert {finding.level for finding in findings} == {"ok"}, findings


# Processor


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pi4", "4 x Cortex-A72, no dot products of int8: slower"),
        ("pi5", "4 x Cortex-A76, dot products of int8 (asimddp)"),
        ("orin", "6 x Cortex-A78AE, dot products of int8 (asimddp)"),
    ],
)
def test_cores_and_their_dot_products_are_told(board: Board, name: str, told: str) -> None:
    assert processor.check(board(name)) == [Finding("processor", "ok", told)]


def test_an_x86_processor_is_told_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    block = "processor\t: {}\nmodel name\t: Intel N100\nflags\t\t: fpu sse avx2 avx_vnni\n"
    (tmp_path / "proc/cpuinfo").write_text("\n".join(block.format(core) for core in range(4)))
    assert _one(processor.check(Asked(tmp_path))).what == (
        "4 x Intel N100, dot products of int8 (avx_vnni)"
    )


def test_an_unreadable_processor_is_a_warning(tmp_path: Path) -> None:
    assert _one(processor.check(Asked(tmp_path))).level == "warning"


# Memory


@pytest.mark.parametrize(
    ("name", "level", "told"),
    [
        ("pi4", "ok", "3.5 GB available of 4.0 GB"),
        ("orin", "warning", "208 MB available of 8.0 GB"),
    ],
)
def test_memory(board: Board, name: str, level: str, told: str) -> None:
    finding = _one(memory.check(board(name)))
    assert (finding.level, finding.what) == (level, told)


def test_too_little_memory_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 437000 kB\nMemAvailable: 61000 kB\n")
    assert _one(memory.check(Asked(tmp_path))).level == "failure"


# Temperature and power


@pytest.mark.parametrize(
    ("name", "level", "told"),
    [("pi4", "ok", "49 °C"), ("pi5", "warning", "81 °C"), ("orin", "ok", "52 °C")],
)
def test_temperature(board: Board, name: str, level: str, told: str) -> None:
    finding = _one(temperature.check(board(name)))
    assert (finding.level, finding.what) == (level, told)
    assert bool(finding.to_do) == (level != "ok")


def test_a_very_hot_board_is_a_failure(tmp_path: Path) -> None:
    sensor = tmp_path / "sys/class/thermal/thermal_zone0/temp"
    sensor.parent.mkdir(parents=True)
    sensor.write_text("91000\n")
    assert _one(temperature.check(Asked(tmp_path))).level == "failure"


def test_a_pi_that_had_too_little_power_is_warned_of(board: Board) -> None:
    supply, speed = power.check(board("pi4"))
    assert (supply.level, supply.what) == ("warning", "under-voltage since the start, not now")
    assert "power supply" in supply.to_do
    assert (speed.level, speed.what) == ("warning", "throttling since the start, not now")
    assert speed.to_do.startswith("mend the power first; then give it a heat sink")


def test_a_pi_that_has_too_little_power_fails(board: Board, program: Program) -> None:
    finding = _one(power.check(board("pi5")))
    assert (finding.level, finding.what) == ("failure", "under-voltage now")


def test_a_pi_that_is_only_hot_is_cooled(tmp_path: Path, program: Program) -> None:
    program("vcgencmd", "echo throttled=0xe0008")
    supply, speed = power.check(Asked(tmp_path))
    assert supply.what == "no under-voltage since the start"
    assert (speed.level, speed.what) == ("warning", "throttling now")
    assert speed.to_do.startswith("give it a heat sink")


def test_a_sound_pi_is_ok(tmp_path: Path, program: Program) -> None:
    program("vcgencmd", "echo throttled=0x0")
    assert [finding.level for finding in power.check(Asked(tmp_path))] == ["ok", "ok"]


def test_without_the_right_to_ask_the_group_is_named(tmp_path: Path, program: Program) -> None:
    program("vcgencmd", 'echo "VCHI initialization failed"; exit 255')
    finding = _one(power.check(Asked(tmp_path)))
    assert finding.level == "warning"
    assert "usermod -aG video" in finding.to_do


def test_a_jetsons_events_are_warned_of(board: Board, program: Program) -> None:
    finding = _one(power.check(board("orin")))
    assert finding.level == "warning"
    assert finding.what.endswith("oc1 0, oc2 15, oc3 37")
    assert "nvpmodel" in finding.to_do


def test_a_board_that_tells_nothing_has_no_line(tmp_path: Path, program: Program) -> None:
    assert power.check(Asked(tmp_path)) == []
