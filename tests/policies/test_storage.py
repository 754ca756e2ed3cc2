"""Law: what the database keeps of a caller is sealed, and how its tables came to be stays repeatable."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management import call_command
from django.db import connections, models
from django.db.migrations.loader import MigrationLoader

from vault.fields import SealedField

# From the top step down; a lower room never knows a higher one's tables.
STAIRCASE = ("config", "intake", "callbacks", "accounts", "vault", "audit", "lib")
OURS = [model for model in apps.get_models() if model._meta.app_label in STAIRCASE]

# Why each column that holds readable text may: none of them is anything a caller said, typed or is called.
PLAIN_TEXT = {
    "accounts.Brake.kind": "closed list",
    "accounts.Brake.key": "keyed digest",
    "accounts.AccessReview.digest": "digest of a review's lines",
    "accounts.AccessReviewLine.username": "staff",
    "accounts.AccessReviewLine.display_name": "staff",
    "accounts.AccessReviewLine.role": "closed list",
    "accounts.AccessReviewLine.decision": "closed list",
    "accounts.EmergencyAccess.reason": "closed list",
    "accounts.EmergencyAccess.end_cause": "closed list",
    "accounts.EmergencyAccess.verdict": "closed list",
    "accounts.Invitation.digest": "keyed digest",
    "accounts.RecoveryCode.digest": "keyed digest",
    "accounts.Clinic.name": "a practice",
    "accounts.Clinic.neutral_name": "a practice, as said on the phone",
    "accounts.Clinic.main_number": "the practice's own number",
    "accounts.Clinic.time_zone": "an IANA name",
    "accounts.Clinic.region": "a country",
    "accounts.Clinic.names_in_queue": "closed list",
    "accounts.Membership.role": "closed list",
    "accounts.Passkey.name": "what a member of staff calls their device",
    "accounts.User.username": "staff",
    "accounts.User.password": "Argon2id hash of a member of staff",
    "accounts.User.display_name": "staff",
    "accounts.User.email": "staff",
    "accounts.User.own_keys": "names of a closed list, each with a single key",
    "audit.AnchorState.name": "closed list",
    "audit.AnchorState.seal_hash": "digest of the seal",
    "audit.AnchorState.problem": "closed list",
    "audit.AuditEvent.line": "ids and field names; the canary law reads every line",
    "audit.AuditEvent.tag": "closed list, generated from the line",
    "audit.AuditEvent.actor_id": "id, generated from the line",
    "audit.AuditEvent.subject_id": "id, generated from the line",
    "audit.AuditEvent.object_id": "id, generated from the line",
    "audit.Seal.body": "counts, hashes and instants of the trail",
    "audit.Seal.hash": "digest of the seal",
    "callbacks.Attempt.outcome": "closed list",
    "callbacks.Attempt.verified_by": "names of what was checked, never its value",
    "callbacks.Change.command": "closed list",
    "callbacks.Change.word": "closed list: an outcome, a reason, an answer",
    "callbacks.Change.before": "ids, instants and closed words of the row before; no sealed column (test_acting)",
    "callbacks.Concern.emergency_answer": "closed list",
    "callbacks.ContactRule.phone_index": "blind index: keyed, per clinic",
    "callbacks.ContactRule.kind": "closed list",
    "callbacks.ContactRule.source": "closed list",
    "callbacks.LadderStep.outcome": "closed list",
    "callbacks.LadderStep.urgency": "closed list",
    "callbacks.LadderStep.action": "closed list",
    "callbacks.LadderStep.window_rule": "closed list",
    "callbacks.Callback.status": "closed list",
    "callbacks.Callback.closed_reason": "closed list",
    "callbacks.Callback.appointment_type": "closed list (decision 4)",
    "callbacks.Callback.preferred_window": "closed list (decision 4)",
    "callbacks.Callback.language": "name of a language (decision 4)",
    "callbacks.Callback.urgency": "closed list",
    "callbacks.Callback.relationship": "closed list",
    "callbacks.DeskPolicy.interpreter_line": "a service's own number",
    "callbacks.Callback.zone_names": "IANA names of the zones a prefix may lie in",
    "callbacks.Callback.flags": "closed list",
    "callbacks.Callback.review_reasons": "closed list",
    "callbacks.Callback.wait_reason": "closed list",
    "callbacks.Callback.last_outcome": "closed list",
    "callbacks.Caller.phone_index": "blind index: keyed, per clinic",
    "callbacks.Caller.name_index": "blind index: keyed, per clinic",
    "callbacks.PastHours.periods": "weekdays and minutes",
    "callbacks.Notice.kind": "closed list",
    "callbacks.Notice.audience": "closed list",
    "callbacks.Closure.label": "why a practice is closed",
    "callbacks.SavedView.label": "what staff call a view of the queue; no numbers",
    "callbacks.SavedView.tab": "closed list",
    "callbacks.SavedView.filters": "closed lists",
    "callbacks.Script.step": "closed list",
    "callbacks.Script.text": "what a clinic says to everybody; a caller's name is a variable in it",
    "intake.Delivery.source": "closed list",
    "callbacks.CrmTarget.name": "what staff call a system",
    "callbacks.CrmTarget.kind": "closed list",
    "callbacks.CrmTarget.address": "address of the clinic's own system",
    "callbacks.CrmTarget.recipient_key": "a public key; a private one is refused",
    "callbacks.CrmTarget.fields": "closed list: which fields may leave",
    "callbacks.CrmTarget.paused_code": "closed list",
    "callbacks.CrmTarget.recent_tries": "ones and noughts",
    "callbacks.CrmTarget.check_code": "closed list",
    "callbacks.CrmTarget.orphan_ids": "the CRM's ids of its objects",
    "callbacks.CrmTarget.repaired_refs": "references such as CB-1042",
    "callbacks.CrmTarget.missing_refs": "references such as CB-1042",
    "callbacks.SyncState.status": "closed list",
    "callbacks.SyncState.last_error_code": "closed list, never an answer's text",
    "callbacks.SyncState.remote_id": "the CRM's id of its object",
    "callbacks.SyncState.remote_version": "the CRM's count of its object's versions",
    "callbacks.SyncState.remote_ended_as": "closed list",
    "callbacks.SyncState.sent_marks": "field names with keyed digests",
    "callbacks.SyncState.unsent_fields": "field names",
    "callbacks.SyncState.ignore_reason": "closed list",
    "intake.Delivery.identity": "type and call id, or a keyed digest of the content (decision 7)",
    "intake.Delivery.message_type": "the voice side's word for a kind of message",
    "intake.Delivery.call_id": "the voice side's id (decision 4)",
    "intake.Delivery.assistant_id": "the voice side's id",
    "intake.Delivery.provider_call_sid": "the carrier's id",
    "intake.Delivery.scheme": "closed list",
    "intake.Delivery.key_id": "name of a secret, not the secret",
    "intake.Delivery.appointment_type": "closed list (decision 4)",
    "intake.Delivery.urgency": "closed list",
    "intake.Delivery.preferred_window": "closed list (decision 4)",
    "intake.Delivery.language": "name of a language (decision 4)",
    "intake.Delivery.ended_reason_group": "closed list",
    "intake.Delivery.collected": "names of allowed keys",
    "intake.Delivery.dropped_keys": "names from a closed list, all others hashed",
    "intake.Delivery.defects": "closed list",
    "intake.Delivery.unsafe_evidence": "closed list",
    "intake.Delivery.mismatches": "names of a line's fields",
    "intake.Delivery.content_marks": "field names with keyed digests, under a key of each call's own",
    "intake.DeliveryJob.state": "closed list",
    "intake.DeliveryJob.last_error_code": "name of an exception class, never its text",
    "intake.Line.name": "what staff call a phone line",
    "intake.Line.proof": "closed list",
    "intake.Line.signature_header": "a header's name",
    "intake.Line.timestamp_header": "a header's name",
    "intake.Line.signature_prefix": "an option of the sender's credential",
    "intake.Line.payload_format": "an option of the sender's credential",
    "intake.Line.algorithm": "closed list",
    "intake.Line.signature_encoding": "closed list",
    "intake.Line.assistant_id": "the voice side's id",
    "intake.Line.phone_number_id": "the voice side's id",
    "intake.Line.structured_output_ids": "the voice side's ids",
    "intake.Line.staff_number": "the practice's own number",
    "intake.LineSecret.key_id": "name of a secret, not the secret",
    "intake.LineApiKey.key_id": "name of a key, not the key",
    "intake.CallStatus.call_id": "the voice side's id (decision 4)",
    "intake.CallStatus.status": "closed list",
    "intake.CallStatus.ended_reason_group": "closed list",
    "intake.AwaitedReport.call_id": "the voice side's id (decision 4)",
    "intake.AwaitedReport.last_trouble": "closed list",
    "intake.SpeechSignal.call_id": "the voice side's id (decision 4)",
    "intake.SpeechSignal.speech": "closed list",
    "intake.CallQuality.call_id": "the voice side's id (decision 4)",
    "intake.CallQuality.network": "closed list",
    "intake.MessageCount.message_type": "closed list",
    "audit.Finding.kind": "closed list",
    "audit.Finding.about_kind": "kind of a record",
    "audit.Finding.about_id": "public id",
    "audit.Finding.details": "words and numbers of the kind; raise_finding's contract",
    "audit.Finding.resolution": "closed list",
    "audit.Finding.resolved_by_id": "public id of a person of the staff",
    "audit.Finding.resolved_by_label": "user name of a person of the staff",
    "intake.Quarantine.keys": "names from a closed list, all others hashed",
    "intake.Quarantine.kinds": "closed list",
    "intake.Quarantine.closure": "closed list",
    "intake.Rejection.reason": "closed list",
    "intake.Rejection.source": "address of a machine",
}  # fmt: skip

# Rooms' modules a migration may need: classes and functions that its columns are made of, none of today's tables.
MIGRATIONS_MAY_IMPORT = {
    "audit.grants": "who may do what with the trail; takes its role names from settings",
    "lib.ids": "default of primary keys",
    "vault.fields": "classes of sealed columns",
    "accounts.models.clinic": "the validator of a time zone's name",
    "callbacks.models.hours": "the class of a column that holds minutes",
}
MIGRATIONS = [
    Path(inspect.getfile(importlib.import_module(f"{room}.migrations"))).parent / f"{name}.py"
    for (room, name) in MigrationLoader(None).disk_migrations
    if room in STAIRCASE
]


def is_sealed(field: Any) -> bool:
    return isinstance(field, SealedField)


def holds_text(field):
    inner = field.base_field if isinstance(field, ArrayField) else field
    return isinstance(inner, models.CharField | models.TextField | models.JSONField | models.GenericIPAddressField)


class TestColumns:
    @pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
    def test_readable_text_is_named_here_with_its_reason(self, model):
        fields = model._meta.local_concrete_fields
        readable = {f"{model._meta.label}.{field.name}" for field in fields if holds_text(field)}
        sealed = {f"{model._meta.label}.{field.name}" for field in fields if is_sealed(field)}
        assert readable - sealed == {name for name in PLAIN_TEXT if name.rpartition(".")[0] == model._meta.label}

    def test_what_a_caller_gives_is_sealed_wherever_it_stands(self):
        """By the words of decision 4, so that a new table with such a column is noticed."""
        telling = re.compile(r"(first_|last_)?name|phone(_tail)?|number|called_from|.*words|note|.*(draft|text|body)")
        caller_rooms = [model for model in OURS if model._meta.app_label in {"callbacks", "intake"}]
        unsealed = {
            f"{model._meta.label}.{field.name}"
            for model in caller_rooms
            for field in model._meta.local_concrete_fields
            if telling.fullmatch(field.name) and holds_text(field) and not is_sealed(field)
        }
        # A clinic's own words: what a system or a line is called, what is said to everybody.
        assert unsealed == {"callbacks.CrmTarget.name", "callbacks.Script.text", "intake.Line.name"}

    def test_no_other_table_has_appeared(self, db):
        """Django's own tables are known; a model of a library would bring text nobody decided about."""
        others = {model._meta.label for model in apps.get_models()} - {model._meta.label for model in OURS}
        assert others == {
            "admin.LogEntry",
            "auth.Group",
            "auth.Permission",
            "contenttypes.ContentType",
            "sessions.Session",
        }

    def test_no_sealed_column_is_indexed_in_the_database(self, db):
        columns = {
            (model._meta.db_table, field.column)
            for model in OURS
            for field in model._meta.local_concrete_fields
            if is_sealed(field)
        }
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'")
            indexes = cursor.fetchall()
        for table, definition in indexes:
            for owner, column in columns:
                assert owner != table or not re.search(rf"\b{column}\b", definition), definition


class TestMigrations:
    def test_none_is_pending(self, db):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    def test_there_is_one_end_to_each_rooms_story(self):
        assert MigrationLoader(None).detect_conflicts() == {}

    @pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
    def test_each_is_named_by_a_person(self, migration):
        assert re.fullmatch(r"\d{4}_[a-z0-9_]{3,50}", migration.stem)
        assert not re.search(r"_auto_|_and_more$|_\d{8}_\d{4}", migration.stem)

    @pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
    def test_none_needs_the_models_of_another_day(self, migration):
        found = set()
        for node in ast.walk(ast.parse(migration.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
        assert {name for name in found if name.split(".")[0] in STAIRCASE} <= set(MIGRATIONS_MAY_IMPORT)

    def test_the_list_of_what_they_may_import_holds_nothing_too_much(self):
        texts = "".join(path.read_text() for path in MIGRATIONS)
        assert [name for name in MIGRATIONS_MAY_IMPORT if name not in texts] == []
