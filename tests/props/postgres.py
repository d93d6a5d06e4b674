"""A real PostgreSQL on loopback."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from mosquitto import free_port

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
FOLDER = Path(shutil.which("initdb") or (_PROGRAMS[-1] / "initdb" if _PROGRAMS else "/")).parent
_OWNERS = ("postgres", "nobody")


class Postgres:
    """A server in a folder of its own, which it wants to own, and not as root."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="plant-edge-postgres-"))
        self._as_owner: list[str] = []
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            owner = pwd.getpwnam(next(name for name in _OWNERS if name in names))
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as_owner = [
                "setpriv",
                f"--reuid={owner.pw_uid}",
                f"--regid={owner.pw_gid}",
                "--clear-groups",
            ]
        self._run("initdb", "--auth=trust", "--username=fleet", "--no-sync", "-E", "UTF8")

    @property
    def database(self) -> str:
        """As libpq takes it."""
        return f"host=127.0.0.1 port={self.port} user=fleet dbname=postgres"

    def start(self) -> "Postgres":
        """Start it, and return when it takes connections."""
        self._run(
            "pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options",
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=",
        )  # fmt: skip
        return self

    def kill(self) -> None:
        """End it as a crash would."""
        self._run("pg_ctl", "stop", "--mode=immediate")

    def remove(self) -> None:
        """End it, and all that it wrote."""
        subprocess.run(self._command("pg_ctl", "stop", "--mode=immediate"), capture_output=True)
        shutil.rmtree(self._folder)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            self._command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert done.returncode == 0, done.stderr

    def _command(self, program: str, *arguments: str) -> list[str]:
        data = ["--pgdata", str(self._folder / "data")]
        return [*self._as_owner, str(FOLDER / program), *arguments[:1], *data, *arguments[1:]]
