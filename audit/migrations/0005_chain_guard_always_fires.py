"""The guard that lets only the next seal follow also fires in replica mode, as the fences do."""

from django.db import migrations

ALWAYS = "ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER audit_seal_follows"
AS_BEFORE = "ALTER TABLE audit_seal ENABLE TRIGGER audit_seal_follows"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_anchor_state")]

    operations = [migrations.RunSQL(ALWAYS, AS_BEFORE)]
