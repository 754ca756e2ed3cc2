"""Law, read from the source: who may open a scope, open an envelope, write the trail, compare secrets."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.policies.test_storage import STAIRCASE

HOUSE = Path(__file__).parents[2]
SOURCES = sorted(path for room in STAIRCASE for path in (HOUSE / room).rglob("*.py") if "migrations" not in path.parts)
# Words in names that stand for a secret or for the proof of one.
SECRET_WORDS = ("signature", "secret", "password", "digest", "hmac", "mac", "api_key")


def room_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def name_of(node: ast.AST) -> str:
    """The last word of a name: `scope.Scope` is `Scope`."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def who_calls(function: str) -> set[str]:
    return {
        room_of(path)
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Call) and name_of(node) == function
    }


def who_imports(name: str) -> set[str]:
    return {
        room_of(path)
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}
    }


def test_the_sources_are_found():
    assert {"vault/reveal.py", "audit/middleware.py", "intake/views.py"} <= {room_of(path) for path in SOURCES}


class TestTheTrail:
    def test_only_its_owners_open_a_scope(self):
        assert who_calls("Scope") == {"audit/middleware.py", "audit/background.py"}
        assert who_calls("entered") == {"audit/middleware.py", "audit/background.py"}
        assert who_imports("_current") == set()

    def test_only_the_recorder_writes_it(self):
        writers = {
            room_of(path)
            for path in SOURCES
            for node in nodes(path)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(
                r"(insert\s+into|update|delete\s+from|truncate|copy)\s+(only\s+)?audit_event",
                node.value,
                re.IGNORECASE,
            )
        }
        assert writers == {"audit/recording.py"}

    def test_the_read_model_is_only_read(self):
        """By the officer's search, on the reader's connection."""
        assert who_imports("AuditEvent") == {"audit/models/__init__.py", "audit/search.py", "audit/web/trail.py"}
        writing = {"create", "bulk_create", "save", "delete", "update", "update_or_create", "get_or_create"}
        for module in who_imports("AuditEvent"):
            called = {name_of(node) for node in nodes(HOUSE / module) if isinstance(node, ast.Call)}
            # `details.update(...)` and the like are dictionaries; the search has none.
            assert not called & (writing if module == "audit/search.py" else writing - {"update"})

    def test_a_scope_is_closed_by_nobody_else(self):
        closers = {
            room_of(path)
            for path in SOURCES
            for node in nodes(path)
            if isinstance(node, ast.Attribute) and node.attr == "is_closed" and isinstance(node.ctx, ast.Store)
        }
        assert closers == {"audit/middleware.py", "audit/scope.py"}


class TestTheVault:
    def test_only_reveal_opens_an_envelope(self):
        assert who_imports("open_text") == {"vault/reveal.py"}
        assert who_calls("open_text") == {"vault/reveal.py"}
        assert who_calls("_unseal") == {"vault/envelope.py"}

    def test_only_the_envelope_knows_the_cipher(self):
        knowing = {
            room_of(path)
            for path in SOURCES
            for node in nodes(path)
            if isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("cryptography.hazmat.primitives.ciphers")
        }
        assert knowing == {"vault/envelope.py"}

    def test_nobody_uses_the_librarys_own_cipher(self):
        importing = {
            (room_of(path), alias.name)
            for path in SOURCES
            for node in nodes(path)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("encrypted_model_fields")
            for alias in node.names
        }
        assert importing == {("vault/fields.py", "EncryptedCharField"), ("vault/fields.py", "EncryptedTextField")}

    def test_nobody_upserts(self):
        """ON CONFLICT DO UPDATE would put a new row's envelope into the old row; the vault's query set refuses that."""
        upserting = [
            room_of(path)
            for path in SOURCES
            for node in nodes(path)
            if isinstance(node, ast.keyword) and node.arg == "update_conflicts"
        ]
        assert set(upserting) == {"vault/rows.py"}


class TestSecrets:
    def test_no_secret_is_compared_with_equals(self):
        """`==` tells by its duration how much of a guess was right (ASVS 11.2.4)."""
        found = [
            f"{room_of(path)}:{node.lineno}"
            for path in SOURCES
            for node in nodes(path)
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
            for side in (node.left, *node.comparators)
            if any(word in name_of(side).lower().split("_") or word == name_of(side).lower() for word in SECRET_WORDS)
        ]
        assert found == []

    def test_signatures_are_compared_in_constant_time(self):
        assert who_calls("compare_digest") == {
            "intake/signatures/explaining.py",
            "intake/signatures/hmac_scheme.py",
            "intake/signatures/token_scheme.py",
        }
