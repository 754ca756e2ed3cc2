"""Settings that keep pages, cookies and passwords safe; prod tightens them to TLS."""

from csp.constants import NONE, SELF

from config import env

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# An hour longer than any session lives (accounts.sessions): its end is judged and recorded, not merely forgotten.
SESSION_COOKIE_AGE = 13 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
# Nothing leaves to other sites. Not "no-referrer": under it browsers send `Origin: null` with our own forms, which the
# CSRF check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Whether every person owes a second factor at sign-in; who has set one up owes it anyway. Production insists.
MFA_REQUIRED = env.flag("MFA_REQUIRED")
AUTHENTICATION_BACKENDS = ["accounts.backends.MembershipBackend"]

# Also what the webhook takes: reports carry transcripts we drop, and a refused report is a lost caller.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400

# How many days after the last signature a clinic's roles are reviewed again: a quarter.
ACCESS_REVIEW_DAYS = env.number("ACCESS_REVIEW_DAYS", 92, least=7, most=366)
# After how many days an emergency access that nobody judged is overdue.
EMERGENCY_REVIEW_DAYS = env.number("EMERGENCY_REVIEW_DAYS", 3, least=1, most=30)

# Believe X-Forwarded-For and X-Forwarded-Proto only behind a proxy of the operator's own, which sets them.
TRUSTED_PROXY = env.flag("RINGBACK_BEHIND_PROXY")
# Defective reports are answered 400 and 422, as in the article; they are stored all the same.
INTAKE_STRICT = env.flag("INTAKE_STRICT")
INTAKE_BODY_LIMIT = DATA_UPLOAD_MAX_MEMORY_SIZE
# How long config.front waits for a body; a reverse proxy that buffers bodies makes it moot.
BODY_SECONDS = env.number("RINGBACK_BODY_SECONDS", 10, least=1, most=300)
# Refused messages a source and minute before 429; what is signed well is never counted (decision 11).
INTAKE_RATE_LIMIT = env.rate("INTAKE_RATE_LIMIT", "600/min")
# Where staff and the voice side reach the desk; signatures over an address are checked with it, never with a header.
PUBLIC_URL = (env.text("PUBLIC_URL") or "").rstrip("/")
# How long a process may believe what it knows of a line and its clinic, and so how late a change to them may count.
INTAKE_LINES_KEPT_SECONDS = 2
