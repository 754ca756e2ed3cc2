"""Settings of a desk on the internet: TLS everywhere, real hosts, one database login a duty; the unsafe is refused."""

import ssl

from config import env
from config.production import read_production
from config.settings import base
from config.settings.anchors import *
from config.settings.base import *
from config.settings.crm import *
from config.settings.jobs import *
from config.settings.jobs import broker_url
from config.settings.keys import *
from config.settings.logging import *
from config.settings.mail import *
from config.settings.outward import *
from config.settings.security import *

_given = read_production(
    field_keys=RINGBACK_FIELD_KEYS, index_keys=RINGBACK_INDEX_KEYS, vapi_secrets=VAPI_SERVER_SECRETS
)

DEBUG = False
DEMO = False
SECRET_KEY = _given.secret_key
ALLOWED_HOSTS = [_given.host]
CSRF_TRUSTED_ORIGINS = [_given.origin]

_app, _owner, _reader, _sealer = _given.databases
DATABASES = base.databases(
    _app, owner_url=_owner, reader_url=_reader, sealer_url=_sealer, pool=env.flag("RINGBACK_DATABASE_POOL")
)

REDIS_URL = _given.redis_url
CELERY_BROKER_URL = broker_url(REDIS_URL)
if REDIS_URL.startswith("rediss:"):
    # Celery's client does not check certificates unless told to.
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED}

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
