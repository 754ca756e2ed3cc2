"""Config's gate to production: what a desk on the internet is given, and every unsafe value refused in one sentence."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from config import env
from config.env import SettingError
from config.first_start import DATABASE_NAMES, data_folder
from lib.keyring import parse_key

_SECRET_KEY_CHARACTERS = 50
# What people type where a random value belongs.
_PLACEHOLDERS = (
    "django-insecure",
    "insecure",
    "change",
    "demo",
    "example",
    "secret",
    "tests-only",
    "test",
    "password",
)
_FEWEST_CHARACTERS = 10
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_OUTWARD = ("VAPI_BASE_URL", "HEALTHCARE_CRM_ENDPOINT", "AUDIT_ANCHOR_BUCKET")
_TLS = "sslmode=verify-full"


@dataclass(frozen=True)
class Production:
    """The values `config.settings.tls` builds on; none of them is unsafe. `databases` is in the order of DATABASE_NAMES."""

    secret_key: str = field(repr=False)
    host: str
    origin: str
    databases: tuple[str, ...] = field(repr=False)
    redis_url: str = field(repr=False)


def read_production(*, field_keys: list[str], index_keys: list[str], vapi_secrets: list[str]) -> Production:
    """Read and judge the environment of a production desk. Raises SettingError at the first thing that is not safe."""
    _refuse_demo()
    secret_key = _secret_key()
    _check_keys(field_keys, index_keys)
    if not vapi_secrets:
        raise SettingError("VAPI_SERVER_SECRET is not set; without it no report can be accepted.")
    for secret in vapi_secrets:
        if _looks_typed(secret):
            raise SettingError("VAPI_SERVER_SECRET was typed; make one with `openssl rand -hex 32` and tell VAPI.")
    signing_keys = env.secrets("AUDIT_SIGNING_KEY")
    secrets = [secret_key, *field_keys, *index_keys, *vapi_secrets, *signing_keys]
    if len(set(secrets)) != len(secrets):
        raise SettingError(
            "one secret stands in two places; give SECRET_KEY, FIELD_ENCRYPTION_KEY, FIELD_INDEX_KEY,"
            " AUDIT_SIGNING_KEY and VAPI_SERVER_SECRET a value of their own each."
        )
    host, origin = _public_address()
    databases = tuple(_database(name) for name in DATABASE_NAMES)
    if len({env.database(url, name=name)["USER"] for name, url in zip(DATABASE_NAMES, databases, strict=True)}) != 4:
        raise SettingError(
            f"{', '.join(DATABASE_NAMES)} must be four different database logins; with the owner's, the application"
            " could change its own trail."
        )
    for name in _OUTWARD:
        if (url := env.text(name)) and env.split_url(url, name=name).scheme != "https":
            raise SettingError(f"{name} must start with https://; patient data and keys travel over it.")
    if not env.flag("RINGBACK_BEHIND_PROXY"):
        raise SettingError("RINGBACK_BEHIND_PROXY must be 1: a proxy of yours in front ends TLS and says so.")
    return Production(secret_key, host, origin, databases, _redis_url())


def _refuse_demo() -> None:
    if env.flag("DEBUG"):
        raise SettingError("DEBUG is on; remove it, because debug pages show what people said to anybody.")
    if env.is_set(os.environ, "RINGBACK_DEMO_PASSWORD"):
        raise SettingError("RINGBACK_DEMO_PASSWORD is set; remove it, production has no demo accounts.")
    accounts = data_folder(os.environ) / "demo-accounts.json"
    if accounts.exists():
        raise SettingError(
            f"{accounts} lists demo accounts; give production a database and a RINGBACK_DATA that never were a demo."
        )


def _secret_key() -> str:
    value = env.required("SECRET_KEY")
    if len(value) < _SECRET_KEY_CHARACTERS or _looks_typed(value):
        raise SettingError("SECRET_KEY needs at least 50 random characters; make one with `openssl rand -hex 32`.")
    return value


def _check_keys(field_keys: list[str], index_keys: list[str]) -> None:
    for name, texts in (("FIELD_ENCRYPTION_KEY", field_keys), ("FIELD_INDEX_KEY", index_keys)):
        # Of 32 random bytes all are below 128 once in four thousand million; of typed ones always.
        if any(parse_key(text).material.isascii() for text in texts):
            raise SettingError(f"{name} was typed; make one with `openssl rand -base64 32`.")


def _looks_typed(value: str) -> bool:
    return value.lower().startswith(_PLACEHOLDERS) or len(set(value)) < _FEWEST_CHARACTERS


def _public_address() -> tuple[str, str]:
    """Host and origin of PUBLIC_URL: one host, because a wildcard would let a forged Host header into our links."""
    parts = env.split_url(env.required("PUBLIC_URL"), name="PUBLIC_URL")
    if parts.scheme != "https" or not parts.hostname:
        raise SettingError("PUBLIC_URL must be the https:// address that staff and VAPI use.")
    if not _HOST_NAME.fullmatch(parts.hostname):
        raise SettingError("PUBLIC_URL must name one host, without wildcards.")
    if parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingError("PUBLIC_URL must be https:// and a host, with nothing after them.")
    return parts.hostname, f"https://{parts.netloc}"


def _database(name: str) -> str:
    url = env.required(name)
    # What the driver will get, not what the text seems to say: an option given twice, a second host or `hostaddr`
    # must not lead around the socket.
    entry = env.database(url, name=name)
    options = entry["OPTIONS"]
    hosts = entry["HOST"].split(",")
    over_socket = all(host.startswith("/") for host in hosts) and not options.keys() & {"hostaddr", "service"}
    if not over_socket and options.get("sslmode") != "verify-full":
        raise SettingError(f"{name} must use a unix socket or {_TLS}; anything else can be read or impersonated.")
    certificate = options.get("sslrootcert")
    if not over_socket and certificate not in {None, "system"} and not Path(certificate).is_file():
        raise SettingError(f"{name} names an sslrootcert that is not there; copy the server's root certificate to it.")
    return url


def _redis_url() -> str:
    url = env.required("REDIS_URL")
    parts = env.split_url(url, name="REDIS_URL")
    if parts.scheme not in {"rediss", "unix"}:
        raise SettingError("REDIS_URL must be rediss:// (TLS) or a unix socket.")
    if "ssl_" in parts.query:
        raise SettingError("REDIS_URL must not change how the certificate is checked; it is always required.")
    return url
