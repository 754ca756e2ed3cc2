"""Production's TLS to PostgreSQL, with Debian's server (the embedded one has none) and certificates made here."""

import datetime as dt
import ipaddress
import secrets
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import env
from config.servers.postgres import EmbeddedPostgres
from tests.config.processes import REPOSITORY, operators_environment
from tests.config.test_production import key

DEBIAN = min(Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb"), default=None)
pytestmark = pytest.mark.skipif(DEBIAN is None, reason="no PostgreSQL of Debian here")

# Loopback addresses of these tests alone; the server's port is fixed by its socket's name.
NAMED, UNNAMED = "127.83.15.1", "127.83.15.2"
NOW = dt.datetime.now(dt.UTC)


class Authority(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certificate(name, authority=None, addresses=()):
    """A certificate for these addresses, signed by the authority, or an authority of its own."""
    own = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject if authority else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(hours=1))
        .not_valid_after(NOW + dt.timedelta(hours=24))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
    )
    if names:
        draft = draft.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Authority(draft.sign(authority.key if authority else own, hashes.SHA256()), own)


def write_pem(path, *parts):
    path.write_bytes(b"".join(parts))
    path.chmod(0o600)
    return path


def public(one):
    return one.certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Debian's PostgreSQL, listening with TLS on loopback, and the roots of its own authority and of a stranger's."""
    folder = tmp_path_factory.mktemp("tls")
    ours, theirs = certificate("The clinic's authority"), certificate("Somebody else's authority")
    mine = certificate("database", ours, [NAMED])
    write_pem(folder / "root.crt", public(ours))
    write_pem(folder / "stranger.crt", public(theirs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDDED_PG_BIN", str(DEBIAN.parent))
        postgres = EmbeddedPostgres(folder / "server", durable=False)
        with postgres:
            cluster = folder / "server" / "cluster"
            private = mine.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            for path in (write_pem(cluster / "s.crt", public(mine)), write_pem(cluster / "s.key", private)):
                postgres._give_away(path)
            rules = cluster / "pg_hba.conf"
            rules.write_text(rules.read_text().replace("\nhost ", "\nhostssl "))
            with postgres._superuser("postgres") as superuser:
                for setting, value in {
                    "listen_addresses": f"{NAMED},{UNNAMED}",
                    "ssl": "on",
                    "ssl_cert_file": "s.crt",
                    "ssl_key_file": "s.key",
                }.items():
                    superuser.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        # Listening is decided at the start.
        with postgres:
            postgres.create_database("ringback")
            yield postgres, folder


def url(server, role="app", *, host=NAMED, root="root.crt", mode="verify-full"):
    postgres, folder = server
    address = f"{host}:5432/ringback?sslmode={mode}&sslrootcert={folder / root}"
    return f"postgresql://{role}:{postgres._password(role)}@{address}"


def connect(address):
    """As Django will: by the parts that the settings make of the address."""
    entry = env.database(address, name="DATABASE_URL")
    return psycopg.connect(
        host=entry["HOST"],
        port=entry["PORT"],
        dbname=entry["NAME"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        **entry["OPTIONS"],
    )


def test_a_server_with_the_right_name_and_root_is_believed(server):
    with connect(url(server)) as connection:
        row = connection.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert row == (True, "TLSv1.3")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"root": "stranger.crt"}, "certificate verify failed"), ({"host": UNNAMED}, "does not match host name")],
)
def test_another_authority_or_another_name_is_refused(server, changes, reason):
    with pytest.raises(psycopg.OperationalError, match=reason):
        connect(url(server, **changes))


def test_the_server_takes_nothing_without_tls(server):
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        connect(url(server, mode="disable"))


def test_a_desk_migrates_over_tls_with_productions_settings(server, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--settings", "config.settings.tls"],
        env=operators_environment()
        | {
            "RINGBACK_DATA": str(tmp_path),
            "RINGBACK_BEHIND_PROXY": "1",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "FIELD_ENCRYPTION_KEY": key(),
            "FIELD_INDEX_KEY": key(),
            "VAPI_SERVER_SECRET": secrets.token_hex(32),
            "PUBLIC_URL": "https://desk.example.com",
            "REDIS_URL": "rediss://nowhere.example.com/0",
            "DATABASE_URL": url(server),
            "DATABASE_OWNER_URL": url(server, "owner"),
            "AUDIT_READER_URL": url(server, "audit_reader"),
            "AUDIT_SEALER_URL": url(server, "sealer"),
        },
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with connect(url(server)) as connection:
        assert connection.execute("SELECT count(*) > 10 FROM django_migrations").fetchone() == (True,)
