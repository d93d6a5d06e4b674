"""Requests that another site makes a browser send.

Two locks: a browser tells where a request comes from, and a page of another site cannot read the
cookie whose value must be sent along (OWASP, Cross-Site Request Forgery Prevention).
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = ("same-origin", "none")


def csrf_token(session: str) -> str:
    """What requests of a session must send along; nobody can make it without the session's id."""
    return hmac.new(session.encode(errors="replace"), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(given: str, session: str) -> bool:
    """Whether it is the session's; takes as long wherever they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), csrf_token(session).encode())


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page sends this. Programs say nothing.

    `Origin`'s host is held against `Host`, not its scheme, which differs behind a proxy that ends
    TLS (as Go's net/http.CrossOriginProtection does).
    """
    if headers.get("sec-fetch-site", "none") not in _OWN_SITES:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True
