"""Indexes behind the officer's two remaining filters: what was done, and what did not succeed."""

from django.db import migrations

BY_TAG = "CREATE INDEX audit_event_tag ON audit_event (tag, stored_at)"
# Refusals and failures are few; successes would make the index as large as the trail.
BY_OUTCOME = "CREATE INDEX audit_event_outcome ON audit_event (outcome, stored_at) WHERE outcome > 0"


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_chain_guard_always_fires")]

    operations = [
        migrations.RunSQL(BY_TAG, "DROP INDEX audit_event_tag"),
        migrations.RunSQL(BY_OUTCOME, "DROP INDEX audit_event_outcome"),
    ]
