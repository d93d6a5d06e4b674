"""The certificate that a device makes itself."""

import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from no_room import no_room

from plant_device.contract.errors import UserError
from plant_device.web.certificate import own_certificate

NOW = datetime(2027, 3, 1, tzinfo=timezone.utc)


def _chain(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


def test_it_is_made_once(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, ["192.168.4.1"], NOW)
    content = first.chain.read_bytes()
    own_certificate(tmp_path, ["192.168.4.1"], NOW + timedelta(days=500))
    assert first.chain.read_bytes() == content


@pytest.mark.parametrize(
    ("addresses", "later"),
    [
        (["192.168.4.1", "10.0.0.7"], timedelta()),
        (["192.168.4.1"], timedelta(days=750)),
        (["192.168.4.1"], timedelta(days=-300)),
    ],
)
def test_it_is_renewed_below_the_same_authority(
    tmp_path: Path, addresses: list[str], later: timedelta
) -> None:
    first = own_certificate(tmp_path, ["192.168.4.1"], NOW)
    assert first.authority
    (former, authority), key = _chain(first.chain), first.authority.read_bytes()
    again = own_certificate(tmp_path, addresses, NOW + later)
    server, same = _chain(again.chain)
    assert server != former
    assert same == authority
    assert first.authority.read_bytes() == key
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=825)


def test_a_clock_that_fell_back_years_makes_none_that_is_not_valid_yet(tmp_path: Path) -> None:
    own = own_certificate(tmp_path, [], datetime(1970, 1, 1, tzinfo=timezone.utc))
    server, _ = _chain(own.chain)
    assert server.not_valid_before_utc == datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_the_authority_speaks_for_nobody_else(tmp_path: Path) -> None:
    own = own_certificate(tmp_path, ["192.168.4.1", "8.8.8.8"], NOW)
    server, authority = _chain(own.chain)
    named = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(one) for one in named.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "::1", "192.168.4.1"}
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = limits.value.permitted_subtrees or []
    assert any(isinstance(one, x509.DNSName) for one in permitted)
    policy = PolicyBuilder().store(Store([authority])).time(NOW)
    policy.build_server_verifier(x509.DNSName("localhost")).verify(server, [])
    with pytest.raises(VerificationError):
        policy.build_server_verifier(x509.DNSName("bank.example")).verify(server, [])


@pytest.mark.parametrize("name", ["authority.key", "authority.crt", "server.crt"])
def test_damaged_files_are_told(tmp_path: Path, name: str) -> None:
    own_certificate(tmp_path, [], NOW)
    (tmp_path / name).write_text("damaged")
    with pytest.raises(UserError, match=r"is damaged .*: delete its \.crt and \.key files"):
        own_certificate(tmp_path, [], NOW)


def test_one_that_cannot_be_renewed_serves_on(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, ["192.168.4.1"], NOW)
    before = (first.chain.read_bytes(), first.key.read_bytes())
    with no_room():
        own_certificate(tmp_path, ["192.168.4.1", "10.0.0.7"], NOW)
    assert (first.chain.read_bytes(), first.key.read_bytes()) == before
    renewed = own_certificate(tmp_path, ["192.168.4.1", "10.0.0.7"], NOW)
    assert renewed.chain.read_bytes() != before[0]
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(renewed.chain, renewed.key)


def test_one_that_cannot_be_made_is_none(tmp_path: Path) -> None:
    with no_room(), pytest.raises(OSError, match=r"\d bytes"):
        own_certificate(tmp_path, [], NOW)
