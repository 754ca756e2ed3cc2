"""Lib's origins: a scheme, a host and a port, and nothing that could lead elsewhere. Plain HTTP is for this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def require_origin(text: str) -> str:
    """Return `scheme://host[:port]`. Raises ValueError for anything more, and for plain HTTP beyond this machine."""
    parts = urlsplit(text.rstrip("/"))
    # Worked out on reading, and may then find that there is nothing to read.
    _ = parts.port
    if not parts.hostname or "@" in parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError("an origin is https:// and a host, with nothing after them")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        raise ValueError("an origin is https://; only this machine may be asked over http://")
    return f"{parts.scheme}://{parts.netloc}"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
