"""The server's process: how it begins, what it shows, how it ends; with a certificate too."""

import hashlib
import os
import random
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import httpx
from device_with_page import API, PATIENCE, Device, running, until

from plant_device.contract.atomic import is_running

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def _server_of(device: Device) -> int:
    (server,) = [
        child
        for child in _children(device.process.pid)
        if b"server_process" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return server


def test_a_server_that_is_killed_is_there_again_with_its_sessions(
    model_path: Path, tmp_path: Path
) -> None:
    # Another port each time would be another device to a browser.
    with (
        running(model_path, tmp_path / "store", f"0.0.0.0:{_lasting_port()}") as device,
        device.client() as client,
    ):
        client.post(f"{API}/session", json={"token": device.token()})
        os.kill(_server_of(device), signal.SIGKILL)
        until(lambda: _is_let_in(client))
        assert client.get(f"{API}/status").json()["camera"]["state"] == "running"
    assert any("it is started again" in line for line in device.said)


def test_a_service_that_ends_ends_its_streams_whole(model_path: Path, tmp_path: Path) -> None:
    with (
        running(model_path, tmp_path / "store", "127.0.0.1:0") as device,
        device.client() as client,
        client.stream("GET", f"{API}/live") as live,
    ):
        lines = live.iter_lines()
        next(lines)
        device.process.send_signal(signal.SIGTERM)
        # One that is cut off has no last chunk, which raises.
        for _ in lines:
            pass


def _lasting_port() -> int:
    """A free port that no client has: who asks again and again at one of those meets themselves.

    A connection from a port to itself is one in TCP (RFC 9293, 3.5), and Linux draws clients' ports
    from 32768 on.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError


def _is_let_in(client: httpx.Client) -> bool:
    try:
        return bool(client.get(f"{API}/session").json()["authenticated"])
    except httpx.TransportError:
        return False


def test_the_server_ends_with_the_service_however_that_ends(
    model_path: Path, tmp_path: Path
) -> None:
    with running(model_path, tmp_path / "store", "127.0.0.1:0") as device:
        server = _server_of(device)
        with device.client() as client, client.stream("GET", f"{API}/live"):
            device.process.kill()
            device.process.wait()
            until(lambda: not is_running(server) or _state(server) == "Z")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def _said(model: Path, words: str, *options: object) -> str:
    """What a device says that has these words in it; it classifies on until it has said them."""
    with subprocess.Popen(
        [sys.executable, "-m", "plant_device", "run", "--model", model, "--source", "synthetic:",
         *map(str, options)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if words in line:
                break
        process.terminate()
        said += process.stderr.read()
    return said


def test_a_port_that_is_taken_is_told_and_stops_no_classification(
    model_path: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        said = _said(model_path, "cannot listen", "--store", tmp_path / "store", "--web", listen)
    assert f"cannot listen at {listen}: Address already in use; choose another --web" in said
    assert re.search("^(disease|healthy|unsure|not_leaf) [1-9]", said, re.MULTILINE)


def test_the_token_command_shows_token_address_and_code(
    guarded: Device, plant_device: Command
) -> None:
    shown = plant_device("token", "--store", guarded.store).stdout
    assert f":{guarded.port}\n" in shown
    assert "token: " in shown
    assert "▀" in shown
    kept = guarded.store / "web"
    assert stat.S_IMODE((kept / "token").stat().st_mode) == 0o600
    assert plant_device("token", "--state", kept).stdout == shown
    neither = plant_device("token")
    assert (neither.returncode, neither.stderr.count("\n")) == (2, 1)
    assert "expected --store DIR or --state DIR, received neither" in neither.stderr


def test_a_device_with_its_own_certificate_is_trusted_by_whoever_trusts_its_authority(
    model_path: Path, tmp_path: Path, plant_device: Command
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[web]\nself_signed = true\n")
    with running(model_path, tmp_path / "store", "0.0.0.0:0", "--config", str(settings)) as device:
        assert device.url.startswith("https://")
        with device.client() as client:
            answer = client.get("/certificate.crt")
            login = client.post(f"{API}/session", json={"token": device.token()})
        assert answer.headers["content-type"] == "application/x-x509-ca-cert"
        assert all("Secure" in cookie for cookie in login.headers.get_list("set-cookie"))
        assert b"PRIVATE" not in answer.content
        trusting = ssl.create_default_context(cadata=answer.text)
        with httpx.Client(verify=trusting, timeout=PATIENCE, trust_env=False) as client:
            for name in ("127.0.0.1", "localhost"):
                url = f"https://{name}:{device.port}/healthz"
                assert client.get(url).status_code == HTTPStatus.OK
        told = plant_device("certificate", "--store", device.store).stdout
        der = ssl.PEM_cert_to_DER_cert(answer.text)
        assert hashlib.sha256(der).hexdigest().upper() in told.replace(":", "")
        for name in ("authority.key", "server.key"):
            assert stat.S_IMODE((device.store / "web" / name).stat().st_mode) == 0o600
        with socket.create_connection(("127.0.0.1", device.port), PATIENCE) as plain:
            # No handshake ever comes.
            assert plain.recv(1) == b""


def test_a_certificate_that_is_none_is_told(model_path: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    none = tmp_path / "no.pem"
    none.write_text("no certificate")
    settings.write_text(f'[web]\ncertificate = "{none}"\nkey = "{none}"\n')
    words = "expected a certificate and its key as PEM files without a password"
    assert words in _said(model_path, words, "--config", settings, "--web", "127.0.0.1:0")


def test_the_network_is_not_let_in_without_a_place_for_a_token(
    model_path: Path, plant_device: Command
) -> None:
    told = plant_device(
        "run", "--model", model_path, "--source", "synthetic:", "--web", "0.0.0.0:0"
    )
    assert told.returncode == 2
    assert "expected a folder for the token: start plant-device run with --store" in told.stderr


def test_a_certificate_that_is_not_there_is_told_at_once(
    model_path: Path, tmp_path: Path, plant_device: Command
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[web]\ncertificate = "no.pem"\nkey = "no.key"\n')
    told = plant_device(
        *("run", "--config", settings, "--model", model_path, "--source", "synthetic:"),
        *("--web", "127.0.0.1:0"),
    )
    assert told.returncode == 2
    assert "expected a file for web.certificate, there is none at" in told.stderr
