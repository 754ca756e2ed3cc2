"""Development settings: what `make run` starts. Finds the running desk's servers and keys in the data folder."""

import os

from config import env
from config.first_start import load_desk_environment

# First of all: a second terminal (`manage.py drain`, `shell`, ...) meets the servers that `make run` started.
load_desk_environment(os.environ)

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

# Even here no debug pages: they show local variables, and the demo is where habits are made.
DEBUG = False
DEMO = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SECRET_KEY = env.required("SECRET_KEY")
REDIS_URL = env.required("REDIS_URL")
CELERY_BROKER_URL = broker_url(REDIS_URL)

_app = env.required("DATABASE_URL")
DATABASES = base.databases(
    _app,
    owner_url=env.text("DATABASE_OWNER_URL") or _app,
    reader_url=env.text("AUDIT_READER_URL") or _app,
    sealer_url=env.text("AUDIT_SEALER_URL") or _app,
    pool=env.flag("RINGBACK_DATABASE_POOL"),
)

# A desk on one machine keeps the trail's heads beside the database at least; production names a place of its own.
AUDIT_ANCHOR_PATH = AUDIT_ANCHOR_PATH or str(DATA_DIR / "anchors" / "trail-heads.txt")

STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
# Served from the source folders; nothing is collected.
STATIC_ROOT = None  # type: ignore[assignment]  # a layer over base
