"""Production's settings: a safe set passes; each unsafe value alone is refused in one sentence that never repeats it."""

import base64
import importlib
import secrets
import subprocess
import sys

import pytest

from config.env import SettingError
from config.known_settings import NAMES
from tests.config.processes import REPOSITORY, operators_environment

SOCKET = "host=/run/postgresql"
TLS = "sslmode=verify-full"
CANARY = "Zqxcanary"


def key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


def login(role, rest=f"/ringback?{SOCKET}"):
    return f"postgresql://{role}:{CANARY}@{rest}"


@pytest.fixture
def safe(tmp_path):
    """An environment in which production may start."""
    return {
        "RINGBACK_DATA": str(tmp_path),
        "RINGBACK_BEHIND_PROXY": "1",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_ENCRYPTION_KEY": key(),
        "FIELD_INDEX_KEY": key(),
        "AUDIT_SIGNING_KEY": secrets.token_urlsafe(32),
        "VAPI_SERVER_SECRET": secrets.token_hex(32),
        "PUBLIC_URL": "https://desk.example.com",
        "DATABASE_URL": login("app"),
        "DATABASE_OWNER_URL": login("owner"),
        "AUDIT_READER_URL": login("audit_reader"),
        "AUDIT_SEALER_URL": login("sealer"),
        "REDIS_URL": "rediss://:pw@redis.example.com:6380/0",
    }


def load(monkeypatch, environment):
    """Load production's values anew under exactly these settings."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in [name for name in sys.modules if name.startswith("config.settings")]:
        monkeypatch.delitem(sys.modules, name)
    # The package remembers its modules as attributes, too; a fresh one forgets them.
    return importlib.import_module("config.settings.tls")


def test_a_safe_set_passes(monkeypatch, safe):
    values = load(monkeypatch, safe)
    assert values.ALLOWED_HOSTS == ["desk.example.com"]
    assert (values.DEBUG, values.DEMO, values.SESSION_COOKIE_SECURE) == (False, False, True)
    assert len({entry["USER"] for entry in values.DATABASES.values()}) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"DATABASE_URL": login("app", f"db.example.com/ringback?{TLS}&sslrootcert=system")},
        {"REDIS_URL": "unix://:pw@/run/redis/redis.sock?db=0"},
        {"PUBLIC_URL": "https://desk.example.com:8443/"},
        {"VAPI_SERVER_SECRET": f"{secrets.token_hex(32)},{secrets.token_hex(32)}"},
        {"DEBUG": "0"},
        {"HEALTHCARE_CRM_ENDPOINT": "https://crm.example.com/callbacks"},
        {"AUDIT_ANCHOR_PATH": "/mnt/elsewhere/heads.txt", "AUDIT_ANCHOR_SYSLOG": "unix:///dev/log"},
        {"AUDIT_ANCHOR_SYSLOG": "tcp://log.example.org", "AUDIT_ANCHOR_BUCKET": "https://s3.example.org/heads"},
    ],
)
def test_other_safe_values_pass_as_well(monkeypatch, safe, changes):
    load(monkeypatch, safe | changes)


def test_every_value_may_come_from_a_file(monkeypatch, safe, tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, value in safe.items():
        (folder / name).write_text(f"{value}\n")
        (folder / name).chmod(0o600)
    values = load(monkeypatch, {f"{name}_FILE": str(folder / name) for name in safe})
    assert safe["SECRET_KEY"] == values.SECRET_KEY
    assert [safe["VAPI_SERVER_SECRET"]] == values.VAPI_SERVER_SECRETS


# Each alone makes a safe set unsafe: the change (None: not set at all) and the setting its sentence begins with.
TYPED_KEY = base64.b64encode(b"tests-only-field-key-0123456789a").decode()
UNSAFE = [
    ("DEBUG", "1", "DEBUG is on"),
    ("DEBUG", CANARY, "DEBUG must be"),
    ("LOG_LEVEL", CANARY, "LOG_LEVEL must be"),
    ("RINGBACK_DEMO_PASSWORD", CANARY, "RINGBACK_DEMO_PASSWORD is set"),
    ("RINGBACK_BEHIND_PROXY", None, "RINGBACK_BEHIND_PROXY must be 1"),
    ("SECRET_KEY", None, "SECRET_KEY is not set"),
    ("SECRET_KEY", "", "SECRET_KEY is not set"),
    ("SECRET_KEY", CANARY, "SECRET_KEY needs at least 50"),
    ("SECRET_KEY", "ab" * 40, "SECRET_KEY needs at least 50"),
    ("SECRET_KEY", "django-insecure-" + secrets.token_hex(40), "SECRET_KEY needs"),
    ("SECRET_KEY", "tests-only-secret-key-that-protects-nothing-0123456789", "SECRET_KEY needs"),
    ("FIELD_ENCRYPTION_KEY", None, "FIELD_ENCRYPTION_KEY is not set"),
    ("FIELD_ENCRYPTION_KEY", "", "FIELD_ENCRYPTION_KEY holds an empty or short"),
    ("FIELD_ENCRYPTION_KEY", CANARY, "FIELD_ENCRYPTION_KEY holds an empty or short"),
    ("FIELD_ENCRYPTION_KEY", CANARY * 5, "FIELD_ENCRYPTION_KEY holds a text that is no key"),
    ("FIELD_ENCRYPTION_KEY", TYPED_KEY, "FIELD_ENCRYPTION_KEY was typed"),
    ("FIELD_ENCRYPTION_KEY", key() + ",", "FIELD_ENCRYPTION_KEY holds an empty"),
    ("FIELD_INDEX_KEY", None, "FIELD_INDEX_KEY is not set"),
    ("FIELD_INDEX_KEY", TYPED_KEY, "FIELD_INDEX_KEY was typed"),
    ("AUDIT_SIGNING_KEY", CANARY, "AUDIT_SIGNING_KEY holds an empty or short"),
    ("AUDIT_ANCHOR_PATH", CANARY, "AUDIT_ANCHOR_PATH must be an absolute path"),
    ("AUDIT_ANCHOR_SYSLOG", CANARY, "AUDIT_ANCHOR_SYSLOG must read like"),
    ("AUDIT_ANCHOR_SYSLOG", f"tls://{CANARY}", "AUDIT_ANCHOR_SYSLOG must read like"),
    ("AUDIT_ANCHOR_SYSLOG", "unix://", "AUDIT_ANCHOR_SYSLOG must read like"),
    ("AUDIT_ANCHOR_BUCKET", "http://s3.example.org/heads", "AUDIT_ANCHOR_BUCKET must start with https"),
    ("AUDIT_ANCHOR_BUCKET", f"https://s3.example.org/{CANARY}/more", "AUDIT_ANCHOR_BUCKET must read like"),
    ("AUDIT_ANCHOR_BUCKET", "https://s3.example.com", "AUDIT_ANCHOR_BUCKET must read like"),
    ("VAPI_SERVER_SECRET", None, "VAPI_SERVER_SECRET is not set"),
    ("VAPI_SERVER_SECRET", CANARY, "VAPI_SERVER_SECRET holds an empty or short"),
    ("VAPI_SERVER_SECRET", "tests-only-vapi-server-secret-0123456789", "VAPI_SERVER_SECRET was typed"),
    ("VAPI_SERVER_SECRET", "x" * 40, "VAPI_SERVER_SECRET was typed"),
    ("VAPI_WEBHOOK_SECRET", CANARY * 5, "VAPI_SERVER_SECRET and VAPI_WEBHOOK_SECRET"),
    ("PUBLIC_URL", None, "PUBLIC_URL is not set"),
    ("PUBLIC_URL", "http://desk.example.com", "PUBLIC_URL must be the https"),
    ("PUBLIC_URL", f"https://{CANARY}@desk.example.com", "PUBLIC_URL must be https:// and a host"),
    ("PUBLIC_URL", "https://*", "PUBLIC_URL must name one host"),
    ("PUBLIC_URL", "https://*.example.com", "PUBLIC_URL must name one host"),
    ("PUBLIC_URL", "https://.example.com", "PUBLIC_URL must name one host"),
    ("PUBLIC_URL", f"https://[{CANARY}", "PUBLIC_URL is no address"),
    ("PUBLIC_URL", f"https://desk.example.com:{CANARY}", "PUBLIC_URL is no address"),
    ("DATABASE_URL", None, "DATABASE_URL is not set"),
    ("DATABASE_URL", login("app", "db.example.com/ringback"), "DATABASE_URL must use a unix socket"),
    ("DATABASE_URL", login("app", "/ringback"), "DATABASE_URL must use a unix socket"),
    ("DATABASE_URL", login("app", "db.example.com/ringback?sslmode=require"), "DATABASE_URL must use a unix socket"),
    ("DATABASE_URL", login("app", f"db.example.com/x?{TLS}&sslmode=disable"), "DATABASE_URL must use a unix socket"),
    ("DATABASE_URL", login("app", f"/x?{SOCKET}&hostaddr=203.0.113.7"), "DATABASE_URL must use a unix socket"),
    ("DATABASE_URL", login("app", f"/x?{SOCKET},db.example.com"), "DATABASE_URL must use a unix socket"),
    ("DATABASE_URL", login("app", f"/x?{SOCKET}&service=other"), "DATABASE_URL must use a unix socket"),
    (
        "DATABASE_URL",
        login("app", f"db.example.com/x?{TLS}&sslrootcert=/no/{CANARY}"),
        "DATABASE_URL names an sslroot",
    ),
    ("DATABASE_URL", f"mysql://app:{CANARY}@/x", "DATABASE_URL must start with postgresql"),
    ("DATABASE_URL", f"postgresql://app:{CANARY}@db.example.com:port/x", "DATABASE_URL is no address"),
    ("DATABASE_URL", login("owner"), "DATABASE_URL, DATABASE_OWNER_URL, AUDIT_READER_URL, AUDIT_SEALER_URL must be"),
    ("DATABASE_OWNER_URL", None, "DATABASE_OWNER_URL is not set"),
    ("DATABASE_OWNER_URL", login("app"), "DATABASE_URL, DATABASE_OWNER_URL, AUDIT_READER_URL, AUDIT_SEALER_URL must"),
    ("DATABASE_OWNER_URL", login("%61pp"), "DATABASE_URL, DATABASE_OWNER_URL, AUDIT_READER_URL, AUDIT_SEALER_URL"),
    ("DATABASE_OWNER_URL", login("owner", "db.example.com/ringback"), "DATABASE_OWNER_URL must use a unix socket"),
    ("AUDIT_READER_URL", None, "AUDIT_READER_URL is not set"),
    ("AUDIT_READER_URL", login("app"), "DATABASE_URL, DATABASE_OWNER_URL, AUDIT_READER_URL, AUDIT_SEALER_URL must be"),
    ("AUDIT_SEALER_URL", None, "AUDIT_SEALER_URL is not set"),
    ("AUDIT_SEALER_URL", login("owner"), "DATABASE_URL, DATABASE_OWNER_URL, AUDIT_READER_URL, AUDIT_SEALER_URL must"),
    ("REDIS_URL", None, "REDIS_URL is not set"),
    ("REDIS_URL", f"redis://:{CANARY}@redis.example.com/0", "REDIS_URL must be rediss"),
    ("REDIS_URL", f"rediss://:{CANARY}@redis.example.com/0?ssl_cert_reqs=none", "REDIS_URL must not change"),
    ("REDIS_URL", f"rediss://:{CANARY}@redis.example.com:port/0", "REDIS_URL is no address"),
    ("VAPI_BASE_URL", "http://vapi.example.com", "VAPI_BASE_URL must start with https"),
    ("VAPI_BASE_URL", f"https://vapi.example.com/{CANARY}", "VAPI_BASE_URL must start with https"),
    ("VAPI_API_KEY", f"{CANARY} {CANARY}", "VAPI_API_KEY holds letters, digits and punctuation only"),
    ("HEALTHCARE_CRM_ENDPOINT", f"http://crm.example.com/{CANARY}", "HEALTHCARE_CRM_ENDPOINT must start with https"),
    ("INTAKE_STRCT", "1", "INTAKE_STRCT is no setting of Ringback; did you mean INTAKE_STRICT?"),
    ("RINGBACK_BEHIND_PROXI_FILE", "1", "RINGBACK_BEHIND_PROXI_FILE is no setting of Ringback; did you mean"),
]


def unsafe_environment(safe, name, value):
    changed = {kept: text for kept, text in safe.items() if kept != name}
    return changed if value is None else changed | {name: value}


# Not named by the values: some are made anew for each process, and all processes of a run must know the same tests.
@pytest.mark.parametrize(("name", "value", "sentence"), UNSAFE, ids=[f"{name}: {says}" for name, _, says in UNSAFE])
def test_each_unsafe_value_alone_is_refused_in_one_sentence(monkeypatch, safe, name, value, sentence):
    with pytest.raises(SettingError) as refused:
        load(monkeypatch, unsafe_environment(safe, name, value))
    said = refused.value.sentence
    assert said.startswith(sentence), said
    assert said.endswith((".", "?"))
    assert "\n" not in said
    assert CANARY not in said
    assert not value or len(value) < 12 or value not in said


def test_two_secrets_that_are_one_are_refused(monkeypatch, safe):
    with pytest.raises(SettingError, match="one secret stands in two places"):
        load(monkeypatch, safe | {"FIELD_INDEX_KEY": safe["FIELD_ENCRYPTION_KEY"]})
    with pytest.raises(SettingError, match="one secret stands in two places"):
        load(monkeypatch, safe | {"AUDIT_SIGNING_KEY": safe["VAPI_SERVER_SECRET"]})


def test_a_folder_that_was_a_demo_is_refused(monkeypatch, safe, tmp_path):
    (tmp_path / "demo-accounts.json").write_text("[]")
    with pytest.raises(SettingError, match="lists demo accounts"):
        load(monkeypatch, safe)


def manage(environment, *words):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        env={**operators_environment(), **environment},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_check_passes_a_safe_set(safe):
    done = manage(safe, "check", "--deploy", "--fail-level", "WARNING", "--settings", "config.settings.tls")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (2 silenced).\n"


# The last row of each name: whatever refuses it, the process ends the same way.
THROUGH_A_PROCESS = {row[0]: row for row in UNSAFE}


@pytest.mark.parametrize(
    "named", ["DEBUG", "FIELD_ENCRYPTION_KEY", "PUBLIC_URL", "DATABASE_URL", "AUDIT_SEALER_URL", "INTAKE_STRCT"]
)
def test_the_operator_reads_one_sentence_and_no_traceback(safe, named):
    name, value, sentence = THROUGH_A_PROCESS[named]
    environment = unsafe_environment(safe, name, value)
    done = manage(environment, "check", "--deploy", "--settings", "config.settings.tls")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"ringback: {sentence}")
    assert done.stderr.count("\n") == 1
    assert CANARY not in done.stderr


def test_production_itself_starts_and_insists_on_the_second_factor(safe):
    assert manage(safe, "check", "--settings", "config.settings.prod").returncode == 0
    done = manage(safe | {"MFA_REQUIRED": "0"}, "check", "--settings", "config.settings.prod")
    assert done.returncode == 1
    assert done.stderr.startswith("ringback: MFA_REQUIRED must not be 0 in production")
