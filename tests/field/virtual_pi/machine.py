"""The emulator with a system in it: started, talked to, and cut from its power."""

import os
import select
import socket
import subprocess
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from virtual_pi.drives import Drive
from virtual_pi.guest_files import SHELL_LISTENS
from virtual_pi.image import Image

# Emulation is slow, and where others have the processor first very slow; what takes longer hangs.
_PATIENCE = 4 * 3600.0
_MARK = "=====answered====="


@dataclass(frozen=True)
class Answer:
    """What a command in the guest came to: its exit code, and all that it printed."""

    code: int
    output: str


class Machine(AbstractContextManager["Machine"]):
    """A Cortex-A72 with two cores, 1 GB, a disk, a folder of the host at /host, and no way out.

    At the end of its context it loses its power.

    Args:
        image: whose kernel it starts.
        drive: its disk.
        folder: `console.log` (the kernel's words) and `acknowledged` (what the guest wrote to
            its second console) are added to there; seen in the guest as /host.
        root_flags: how ext4 is mounted.
        page_port: of this host's loopback, which then leads to the guest's 8080: its network has
            nothing else. 0: it has none.
    """

    def __init__(
        self,
        image: Image,
        drive: Drive,
        folder: Path,
        root_flags: str = "",
        page_port: int = 0,
    ) -> None:
        self._image = image
        self._drive = drive
        self._folder = folder
        self._root_flags = root_flags
        self._page_port = page_port
        self._received = b""
        self._listens = False
        self._emulator: subprocess.Popen[bytes]
        self._monitor: socket.socket

    def __enter__(self) -> "Machine":
        # A socket with a name would need a path of at most 107 characters.
        self._monitor, emulators = socket.socketpair()
        with emulators:
            self._emulator = subprocess.Popen(
                self._command(emulators.fileno()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                pass_fds=(emulators.fileno(),),
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut_power()

    @property
    def acknowledged(self) -> Path:
        """What the guest wrote to its second console, of all starts in this folder."""
        return self._folder / "acknowledged"

    def run(self, command: str) -> Answer:
        """Run a command in the guest's shell, as root, and wait for it."""
        self.begin(command)
        mark = f"\n{_MARK} ".encode()
        while (at := self._received.find(mark)) < 0 or b"\n" not in self._received[at + 1 :]:
            self._receive()
        output, _, rest = self._received.partition(mark)
        code, _, self._received = rest.partition(b"\n")
        return Answer(int(code), output.decode(errors="replace"))

    def done(self, command: str) -> str:
        """Run a command that must end well; what it printed."""
        answer = self.run(command)
        assert answer.code == 0, f"{command}\n{answer.output}"
        return answer.output

    def begin(self, command: str) -> None:
        """Start a command as soon as the shell listens, and do not wait for it."""
        assert self._emulator.stdin
        if not self._listens:
            self._received = self._received_after(f"{SHELL_LISTENS}\n".encode())
            self._listens = True
        line = f"{{ {command}\n}} < /dev/null 2>&1; printf '\\n{_MARK} %s\\n' $?\n"
        self._emulator.stdin.write(line.encode())

    def goes_on_for(self, seconds: float) -> None:
        """Let it run so long."""
        try:
            code = self._emulator.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"the emulator ended by itself with exit code {code}")

    def acknowledges(self, lines: int) -> float:
        """Wait until so many lines have been acknowledged; how many seconds that took."""
        began = time.monotonic()
        while line_count(self.acknowledged) < lines:
            waited = time.monotonic() - began
            assert waited < _PATIENCE, f"no {lines} lines in {self.acknowledged}"
            self.goes_on_for(0.05)
        return time.monotonic() - began

    def press_button(self) -> None:
        """Pulse line 3 of its GPIO chip, where QEMU's `virt` has its power button.

        Nothing shuts it down for that: its kernel has no driver of buttons (`gpio_keys`).
        """
        self._monitor.sendall(b"system_powerdown\n")
        said = b""
        # The line as it was edited, and once that is done the next prompt.
        while not said.endswith(b"system_powerdown\x1b[K\r\n(qemu) "):
            part = self._monitor.recv(4096)
            assert part, f"the emulator ended; the kernel's words: {self._folder}/console.log"
            said += part

    def cut_power(self) -> None:
        """Kill it, and its disk with it."""
        self._emulator.kill()
        self._emulator.wait()
        self._drive.cut()
        self._monitor.close()
        for stream in (self._emulator.stdin, self._emulator.stdout):
            assert stream
            stream.close()

    def _received_after(self, mark: bytes) -> bytes:
        while mark not in self._received:
            self._receive()
        return self._received.partition(mark)[2]

    def _receive(self) -> None:
        assert self._emulator.stdout
        ready, _, _ = select.select([self._emulator.stdout], [], [], _PATIENCE)
        assert ready, f"no answer within {_PATIENCE:g} s; the kernel's words: {self._folder}"
        part = os.read(self._emulator.stdout.fileno(), 1 << 16)
        assert part, f"the emulator ended; the kernel's words: {self._folder}/console.log"
        self._received += part

    def _command(self, monitor: int) -> list[str]:
        image = self._image
        options = f"rootflags={self._root_flags}" if self._root_flags else ""
        return [
            # It would go on, and take a core, where the tests were killed.
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-aarch64", "-M", "virt", "-accel", "tcg,thread=multi"),
            *("-cpu", "cortex-a72", "-smp", "2", "-m", "1024"),
            *("-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor"),
            *("-nodefaults", "-display", "none", "-no-reboot", *self._network()),
            *("-kernel", str(image.kernel), "-initrd", str(image.initrd)),
            *("-append", f"console=ttyAMA0 quiet panic=-1 {options}"),
            *("-drive", f"{self._drive.attach()},if=none,id=disk"),
            *("-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci"),
            *("-chardev", f"file,id=console,path={self._folder}/console.log,append=on"),
            *("-serial", "chardev:console"),
            *("-device", "virtio-serial-pci"),
            *("-chardev", "stdio,id=shell,signal=off"),
            *("-device", "virtconsole,chardev=shell"),
            *("-chardev", f"file,id=acknowledged,path={self.acknowledged},append=on"),
            *("-device", "virtconsole,chardev=acknowledged"),
            "-virtfs",
            f"local,path={self._folder},mount_tag=host,security_model=none,multidevs=remap",
        ]

    def _network(self) -> list[str]:
        if not self._page_port:
            return ["-nic", "none"]
        forwarded = f"hostfwd=tcp:127.0.0.1:{self._page_port}-:8080"
        return [
            *("-netdev", f"user,id=network,restrict=on,{forwarded}"),
            # Nobody boots from it: without its ROM, which is in a package of its own.
            *("-device", "virtio-net-pci,netdev=network,romfile="),
        ]


def line_count(path: Path) -> int:
    """Whole lines of a file, which may not be there yet."""
    return path.read_bytes().count(b"\n") if path.exists() else 0
