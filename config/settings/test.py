"""Test settings: dev's shape with fixed keys; tests/conftest.py names the throwaway servers before Django loads."""

import os

# Fixed and public on purpose: no test key protects anything.
os.environ.setdefault("SECRET_KEY", "tests-only-secret-key-that-protects-nothing-0123456789")
os.environ.setdefault("FIELD_ENCRYPTION_KEY", "dGVzdHMtb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OWE=")
os.environ.setdefault("FIELD_INDEX_KEY", "dGVzdHMtb25seS1pbmRleC1rZXktMDEyMzQ1Njc4OWE=")
os.environ.setdefault("VAPI_SERVER_SECRET", "tests-only-vapi-server-secret-0123456789")
# `make check` and mypy load these settings without any server; nothing connects then.
os.environ.setdefault("DATABASE_URL", "postgresql://ringback_app@/ringback_test?host=/nonexistent")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")

from config.settings.dev import *

# Argon2id at test cost: the hasher is the same, the waiting is not.
PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]

# Tests make their lines anew.
INTAKE_LINES_KEPT_SECONDS = 0
