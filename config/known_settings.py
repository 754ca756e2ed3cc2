"""Config's list of every setting: the operator's table is written from it, and a mistyped name is found by it."""

import difflib
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from config.env import SettingError

_ALIKE = 0.85
_OURS = "RINGBACK_"


class Setting(NamedTuple):
    """One setting. `production` says what production refuses, or is empty; a reserved one is not read yet."""

    name: str
    meaning: str
    default: str
    production: str = ""
    is_reserved: bool = False


_DATABASE = "a unix socket or `sslmode=verify-full`; a login of its own"
_TYPED = "typed or repeated values"

SETTINGS = (
    Setting("DATABASE_URL", "The application's login: `postgresql://user:password@host/name`.", "embedded", _DATABASE),
    Setting("DATABASE_OWNER_URL", "The login that migrates, makes partitions and purges.", "embedded", _DATABASE),
    Setting("AUDIT_READER_URL", "The login of the officer's pages.", "embedded", _DATABASE),
    Setting("AUDIT_SEALER_URL", "The login that seals the trail.", "embedded", _DATABASE),
    Setting("RINGBACK_DATABASE_POOL", "1: keep a pool of connections (the launcher sets it for web).", "0"),
    Setting("REDIS_URL", "The broker: `redis://`, `rediss://` or `unix://`.", "embedded", "`rediss://` or a unix socket"),
    Setting("PORT", "Web port on 127.0.0.1; the next free one when it is taken.", "8000"),
    Setting("PUBLIC_URL", "The address staff and VAPI use. Passkeys are bound to its host: another host needs new ones.", "none", "`https://` and one host"),
    Setting("RINGBACK_BEHIND_PROXY", "1: believe X-Forwarded-For and X-Forwarded-Proto.", "0", "must be 1"),
    Setting("RINGBACK_BODY_SECONDS", "How long a request's body may take to arrive, 1 to 300; then 408.", "10"),
    Setting("RINGBACK_DATA", "Folder of embedded servers, keys, demo accounts.", "`var/`", "no folder of a demo"),
    Setting("SECRET_KEY", "Signs sessions.", "made in `keys/`", "at least 50 characters; no " + _TYPED),
    Setting("MFA_REQUIRED", "1: nobody gets in without a second factor; production always asks for it.", "0",
            "must not be 0"),
    Setting("ACCESS_REVIEW_DAYS", "How many days after a signed access review the next is due, 7 to 366.", "92"),
    Setting("EMERGENCY_REVIEW_DAYS", "After how many days an emergency access that nobody judged is overdue, 1 to 30.", "3"),
    Setting("FIELD_ENCRYPTION_KEY", "Seals patient data: 32 bytes in base64, comma-separated, newest first.",
            "made in `keys/`", "no " + _TYPED),
    Setting("FIELD_INDEX_KEY", "Blind indexes: 32 bytes in base64, comma-separated, newest first.",
            "made in `keys/`", "no " + _TYPED),
    Setting("AUDIT_SIGNING_KEY", "Signs the seals over the trail; only the sealer gets it.", "made in `keys/`",
            "needed; at least 24 bytes"),
    Setting("AUDIT_ANCHOR_PATH", "A file, on another disk than the database, that keeps each head of the trail.",
            "`anchors/trail-heads.txt` in the data folder", "none unless named"),
    Setting("AUDIT_ANCHOR_SYSLOG", "A collector of heads: `udp://host:514`, `tcp://host:514`, `unix:///dev/log`.", "none"),
    Setting("AUDIT_ANCHOR_BUCKET", "A bucket with object lock: `https://s3.example.org/bucket-name`.", "none",
            "`https://`"),
    Setting("AUDIT_ANCHOR_BUCKET_REGION", "Its region.", "us-east-1"),
    Setting("AUDIT_ANCHOR_BUCKET_ID", "The id of the access key that may write there.", "none"),
    Setting("AUDIT_ANCHOR_BUCKET_SECRET", "Its secret; only the sealer gets it.", "none"),
    Setting("VAPI_SERVER_SECRET", "Shared with VAPI; comma-separated while it changes; each at least 24 bytes.",
            "made in `keys/`", "needed; no " + _TYPED),
    Setting("VAPI_WEBHOOK_SECRET", "Another name of VAPI_SERVER_SECRET.", "none"),
    Setting("VAPI_API_KEY", "The default line's private key at VAPI: calls whose report never came are fetched with it.",
            "none: nothing is fetched"),
    Setting("VAPI_BASE_URL", "Where VAPI's API is.", "`https://api.vapi.ai`", "`https://`"),
    Setting("TWILIO_ACCOUNT_SID", "The default line's Twilio account.", "none", is_reserved=True),
    Setting("TWILIO_AUTH_TOKEN", "Checks Twilio's signatures.", "none", is_reserved=True),
    Setting("HEALTHCARE_CRM_ENDPOINT", "The first clinic's CRM.", "none", "`https://`"),
    Setting("CRM_API_KEY", "The bearer token for that CRM.", "none"),
    Setting("RINGBACK_OUTBOUND_HOSTS", "Hosts CRMs may stand on, comma-separated; `private:` before one in the clinic's own network.",
            "that of HEALTHCARE_CRM_ENDPOINT"),
    Setting("INTAKE_STRICT", "1: a defective report is answered as the article does, after it was stored.", "0"),
    Setting("INTAKE_RATE_LIMIT", "Unsigned and failing requests a source may send; `off` for none.", "600/min"),
    Setting("EMAIL_HOST", "The house's mail server, for notices to supervisors; none named, none is sent.", "none"),
    Setting("EMAIL_PORT", "Its port.", "587"),
    Setting("EMAIL_HOST_USER", "The login there.", "none"),
    Setting("EMAIL_HOST_PASSWORD", "The password there.", "none"),
    Setting("EMAIL_USE_TLS", "0: a mail server on this machine that speaks no TLS.", "1"),
    Setting("EMAIL_FROM", "The sender of notices.", "`Ringback <ringback@localhost>`"),
    Setting("RINGBACK_DEMO_PASSWORD", "One password for all demo accounts.", "made", "must be absent"),
    Setting("LOG_LEVEL", "DEBUG, INFO, WARNING, ERROR or CRITICAL.", "INFO"),
    Setting("DEBUG", "Nothing reads it but production, which refuses it: there are no debug pages.", "0", "must be off"),
)  # fmt: skip
NAMES = frozenset(setting.name for setting in SETTINGS)

_HEAD = """\
# Settings

Written by `python -m config.known_settings`; a test compares it with the code.

Every setting comes from the environment. `NAME_FILE` instead of `NAME` reads the value from a file, for secrets that
must not show in a process list; the file may be readable by its owner and group only. With both set the start is
refused. So is a name that looks like one of these but is none. A refusal is one sentence and never repeats the value.

`DJANGO_SETTINGS_MODULE` is Django's own and has no `_FILE`: `config.settings.dev` under `make run`,
`config.settings.prod` in production.

| setting | what it is | default | production |
|---|---|---|---|
"""
_FOOT = """
"Embedded": `make run` starts PostgreSQL and Valkey itself. "Not read yet": the name is promised, this version does
nothing with it. `EMBEDDED_PG_BIN` and `EMBEDDED_REDIS` name other programs for the embedded servers (a folder with
initdb and postgres; a redis-server or valkey-server).
"""


def refuse_mistyped(environ: Mapping[str, str]) -> None:
    """Refuse names that are nearly one of ours: a switch with a typing error would silently stay off."""
    for name in sorted(environ):
        plain = name.removesuffix("_FILE")
        if name in NAMES or plain in NAMES:
            continue
        alike = _nearest(plain, NAMES)
        if alike or plain.startswith(_OURS):
            hint = f"did you mean {alike}?" if alike else "remove it, or see docs/operate/settings.md."
            raise SettingError(f"{name} is no setting of Ringback; {hint}")


def _nearest(name: str, names: Iterable[str]) -> str | None:
    # Short names are alike by accident: EXPORT and PORT, or REDIS_URL and another product's RADIUS_URL.
    found = difflib.get_close_matches(name, [known for known in names if len(known) > 9], n=1, cutoff=_ALIKE)
    return found[0] if found and name[0] == found[0][0] else None


def as_markdown() -> str:
    """The operator's table, `docs/operate/settings.md`."""
    rows = [
        f"| `{setting.name}` | {setting.meaning}{' Not read yet.' if setting.is_reserved else ''}"
        f" | {setting.default} | {setting.production} |\n"
        for setting in SETTINGS
    ]
    return _HEAD + "".join(rows) + _FOOT


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
