"""Settings of anchors: where the sealer keeps the heads of the trail outside the database."""

from pathlib import Path

from config import env


def _file() -> str | None:
    path = env.text("AUDIT_ANCHOR_PATH")
    if path and not Path(path).is_absolute():
        raise env.SettingError("AUDIT_ANCHOR_PATH must be an absolute path, on another disk than the database.")
    return path or None


def _syslog() -> str | None:
    address = env.text("AUDIT_ANCHOR_SYSLOG")
    if not address:
        return None
    parts = env.split_url(address, name="AUDIT_ANCHOR_SYSLOG")
    has_place = bool(parts.path) if parts.scheme == "unix" else bool(parts.hostname)
    if parts.scheme not in {"udp", "tcp", "unix"} or not has_place:
        raise env.SettingError("AUDIT_ANCHOR_SYSLOG must read like udp://host:514, tcp://host:514 or unix:///dev/log.")
    return address


def _bucket() -> dict[str, str] | None:
    address = env.text("AUDIT_ANCHOR_BUCKET")
    if not address:
        return None
    parts = env.split_url(address, name="AUDIT_ANCHOR_BUCKET")
    bucket = parts.path.strip("/")
    if parts.scheme not in {"https", "http"} or not parts.hostname or not bucket or "/" in bucket or parts.username:
        raise env.SettingError("AUDIT_ANCHOR_BUCKET must read like https://s3.example.org/bucket-name.")
    return {
        "endpoint": f"{parts.scheme}://{parts.netloc}",
        "bucket": bucket,
        "region": env.text("AUDIT_ANCHOR_BUCKET_REGION") or "us-east-1",
        "key_id": env.text("AUDIT_ANCHOR_BUCKET_ID") or "",
        # Absent everywhere but in the sealer, the one process that writes there.
        "secret": env.text("AUDIT_ANCHOR_BUCKET_SECRET") or "",
    }


AUDIT_ANCHOR_PATH = _file()
AUDIT_ANCHOR_SYSLOG = _syslog()
AUDIT_ANCHOR_BUCKET = _bucket()
