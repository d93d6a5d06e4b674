"""A certificate that the device makes itself, for a network that knows no other.

An authority of its own, which a person may have a phone trust once, and below it the server's
certificate, which is made anew when it grows old or the device has got another name or address.
The authority cannot speak for the internet: its names are limited to this device's, and its
addresses to private networks (RFC 5280, 4.2.1.10).
"""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plant_device.contract.atomic import write_atomically, write_privately
from plant_device.contract.errors import UserError

# The board's clock may be wrong, so it counts for nothing but renewal. Before this there was no
# such program; browsers of Apple take no certificate of a server for more than 825 days.
_EARLIEST = datetime(2026, 1, 1, tzinfo=timezone.utc)
_AUTHORITY_DAYS = 3650 * 2
_SERVER_DAYS = 800
_RENEW_DAYS = 100
_PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
_PRIVATE_6 = ("::1/128", "fc00::/7", "fe80::/10")


@dataclass(frozen=True)
class Certificate:
    """The files of a server's certificate with its chain, its key, and its authority, if own."""

    chain: Path
    key: Path
    authority: Path | None = None

    def are_there(self) -> bool:
        """Whether a server can begin with these files."""
        return self.chain.exists() and self.key.exists()


def own_certificate(folder: Path, addresses: list[str], now: datetime) -> Certificate:
    """The certificate in a folder, made or renewed where it must be.

    Args:
        addresses: the device's own.
        now: by the board's clock.

    Raises:
        UserError: the files are damaged.
        OSError: they cannot be written.
    """
    files = Certificate(folder / "server.crt", folder / "server.key", folder / "authority.crt")
    key_path = folder / "authority.key"
    assert files.authority
    try:
        if not key_path.exists():
            _make_authority(files.authority, key_path)
        authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        names = _names(addresses)
        if not (files.are_there() and _holds(files.chain, names, now)):
            try:
                _make_server(files, authority, key, names, now)
            except OSError:
                # Where the disk takes no other one, the one before serves on.
                if not files.are_there():
                    raise
    except (ValueError, FileNotFoundError) as error:
        raise UserError(
            f"the certificate in {folder} is damaged ({error}): delete its .crt and .key files, "
            "and have your phones trust the new one"
        ) from None
    return files


def fingerprint(path: Path) -> str:
    """The SHA-256 of a certificate, as browsers show it.

    Raises:
        UserError: that is no certificate.
    """
    try:
        digest = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256())
    except (OSError, ValueError):
        raise UserError(f"expected a certificate (PEM) at {path}") from None
    return ":".join(f"{byte:02X}" for byte in digest)


def _names(addresses: list[str]) -> list[x509.GeneralName]:
    host = socket.gethostname()
    names = dict.fromkeys(["localhost", host, f"{host.partition('.')[0]}.local"])
    networks = map(ipaddress.ip_network, (*_PRIVATE, *_PRIVATE_6))
    private = list(networks)
    found = [ipaddress.ip_address(one) for one in dict.fromkeys(["127.0.0.1", "::1", *addresses])]
    return [
        *(x509.DNSName(name) for name in names),
        *(
            x509.IPAddress(one)
            for one in found
            if any(one.version == network.version and one in network for network in private)
        ),
    ]


def _make_authority(path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Plant Edge {host}"[:64])])
    limits = [x509.DNSName(one) for one in ("localhost", host, f"{host.partition('.')[0]}.local")]
    networks = [x509.IPAddress(ipaddress.ip_network(one)) for one in (*_PRIVATE, *_PRIVATE_6)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_EARLIEST)
        .not_valid_after(_EARLIEST + timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints([*limits, *networks], None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_atomically(path, certificate.public_bytes(serialization.Encoding.PEM))
    write_privately(key_path, _pem(key))


def _make_server(
    files: Certificate,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    names: list[x509.GeneralName],
    now: datetime,
) -> None:
    key = _server_key(files)
    begin = max(_EARLIEST, now - timedelta(days=1))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Plant Edge device")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(min(begin + timedelta(days=_SERVER_DAYS), authority.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write_atomically(files.chain, certificate.public_bytes(pem) + authority.public_bytes(pem))


def _server_key(files: Certificate) -> ec.EllipticCurvePrivateKey:
    """The one that there is, so that the chain before goes with it, or else a new one's file."""
    if files.are_there():
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key
    # A chain whose key is another one would stop the server.
    files.chain.unlink(missing_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    write_privately(files.key, _pem(key))
    return key


def _holds(path: Path, names: list[x509.GeneralName], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        set(names) <= set(known)
        and certificate.not_valid_before_utc <= max(now, _EARLIEST)
        and now < certificate.not_valid_after_utc - timedelta(days=_RENEW_DAYS)
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
