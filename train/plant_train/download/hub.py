"""Addresses of files on the Hugging Face hub."""

import os

_HUB = "https://huggingface.co"
# Bytes of another's server, fit only for files whose sum is known.
_MIRROR = "https://hf-mirror.com"
# The variable of huggingface_hub, for sites with a mirror of their own.
_ENDPOINT_VARIABLE = "HF_ENDPOINT"


def hub_addresses(path: str) -> tuple[str, ...]:
    """Where the hub's file `path` (`OWNER/REPO/resolve/REVISION/FILE`) is, to be tried in turn."""
    endpoint = os.environ.get(_ENDPOINT_VARIABLE)
    hosts = (endpoint.rstrip("/"),) if endpoint else (_HUB, _MIRROR)
    return tuple(f"{host}/{path}" for host in hosts)
