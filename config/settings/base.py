"""Settings every environment shares: rooms, middleware, databases, templates."""

import os
from pathlib import Path

from config import env
from config.first_start import data_folder
from config.known_settings import refuse_mistyped

refuse_mistyped(os.environ)

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = data_folder(os.environ)

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "csp",
    "audit",
    "vault",
    "accounts",
    "callbacks",
    "intake",
    "config",
]

MIDDLEWARE = [
    # Outermost: the trail is written before any byte of a response leaves.
    "audit.middleware.AuditMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.error_pages.RefusalMiddleware",
    "config.machine_door.MachineDoor",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.DoorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.desk",
                "callbacks.context.clinic_now",
            ],
        },
    },
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign-in"

REST_FRAMEWORK = {
    # Deny by default: LoginRequiredMiddleware does not guard DRF views.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["lib.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "intake.refusals.answer_exception",
}


def databases(
    app_url: str, *, owner_url: str, reader_url: str, sealer_url: str, pool: bool = False
) -> dict[str, dict[str, object]]:
    """The connections of decisions 23 and 24: one login a duty, and a second autocommit one for the trail.

    `default` and `audit` share the app role; `owner` migrates and purges, `audit_reader` serves officer pages,
    `sealer` seals. The web processes pool; workers close a pool after every task, so they keep connections instead.
    """
    wanted = {
        "default": ("DATABASE_URL", app_url),
        "audit": ("DATABASE_URL", app_url),
        "owner": ("DATABASE_OWNER_URL", owner_url),
        "audit_reader": ("AUDIT_READER_URL", reader_url),
        "sealer": ("AUDIT_SEALER_URL", sealer_url),
    }
    entries = {}
    for alias, (name, url) in wanted.items():
        entry = env.database(url, name=name)
        pooled = pool and alias in {"default", "audit", "audit_reader"}
        if pooled:
            # It sees a dead connection by itself.
            entry["ENGINE"] = "config.database"
        entry["CONN_HEALTH_CHECKS"] = not pooled
        entry["CONN_MAX_AGE"] = 0 if pooled else 60
        entry["OPTIONS"] = {
            # Bound every wait: a lost database is a 503 within two seconds, not a hung worker.
            "connect_timeout": 2,
            "options": "-c timezone=UTC -c statement_timeout=5000 -c lock_timeout=4000"
            " -c idle_in_transaction_session_timeout=60000",
            # Statements are prepared where the code asks for it, and not for having been run often.
            "prepare_threshold": 1_000_000,
            **entry["OPTIONS"],
            **({"pool": {"min_size": 1, "max_size": 8, "timeout": 2}} if pooled else {}),
        }
        entries[alias] = entry
    return entries


DATABASE_ROUTERS = ["config.database_router.OwnerMigrates"]
