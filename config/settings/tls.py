"""Settings of a desk on the internet: TLS everywhere, real hosts, one database login a duty; the unsafe is refused."""

import ssl
from urllib.parse import urlsplit

from config import env
from config.settings import base
from config.settings.base import *
from config.settings.jobs import *
from config.settings.jobs import broker_url
from config.settings.keys import *
from config.settings.logging import *
from config.settings.security import *

DEBUG = False
DEMO = False

SECRET_KEY = env.required("SECRET_KEY")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"):
    raise env.SettingError("SECRET_KEY needs at least 50 random characters.")

PUBLIC_URL = env.required("PUBLIC_URL")
if urlsplit(PUBLIC_URL).scheme != "https" or not urlsplit(PUBLIC_URL).hostname:
    raise env.SettingError("PUBLIC_URL must be the https:// address that staff and VAPI use.")
ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname]
CSRF_TRUSTED_ORIGINS = [f"https://{urlsplit(PUBLIC_URL).netloc}"]

if not VAPI_SERVER_SECRETS:
    raise env.SettingError("VAPI_SERVER_SECRET is not set; without it no report can be accepted.")


def _safe_database_url(name: str) -> str:
    url = env.required(name)
    # What the driver will get, not what the text seems to say: an option given twice, or `hostaddr`, must not win.
    entry = env.database(url, name=name)
    options = entry["OPTIONS"]
    over_socket = entry["HOST"].startswith("/") and "hostaddr" not in options
    if not over_socket and options.get("sslmode") != "verify-full":
        raise env.SettingError(f"{name} must use a unix socket or sslmode=verify-full.")
    return url


_names = ("DATABASE_URL", "DATABASE_OWNER_URL", "AUDIT_READER_URL", "AUDIT_SEALER_URL")
_urls = [_safe_database_url(name) for name in _names]
if len({urlsplit(url).username for url in _urls}) != len(_urls):
    raise env.SettingError(f"{', '.join(_names)} must be four different database logins.")
DATABASES = base.databases(
    _urls[0],
    owner_url=_urls[1],
    reader_url=_urls[2],
    sealer_url=_urls[3],
    pool=env.flag("RINGBACK_DATABASE_POOL"),
)

REDIS_URL = env.required("REDIS_URL")
if urlsplit(REDIS_URL).scheme not in {"rediss", "unix"}:
    raise env.SettingError("REDIS_URL must be rediss:// (TLS) or a unix socket.")
CELERY_BROKER_URL = broker_url(REDIS_URL)
if urlsplit(REDIS_URL).scheme == "rediss":
    # Celery's client does not check certificates unless told to.
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    if "ssl_cert_reqs" in REDIS_URL:
        raise env.SettingError("REDIS_URL must not change how the certificate is checked; it is always required.")

if not TRUSTED_PROXY:
    raise env.SettingError("RINGBACK_BEHIND_PROXY must be 1: a proxy of yours in front ends TLS and says so.")

# No redirect to https: a redirected POST becomes a GET and a lost caller (ASVS 4.1.2). The proxy in front has only 443.
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
SILENCED_SYSTEM_CHECKS = [
    # security.W008 asks for SECURE_SSL_REDIRECT; see above.
    "security.W008",
    # security.W021 asks for HSTS preload: that list is the domain owner's to join, not this desk's.
    "security.W021",
]

STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
