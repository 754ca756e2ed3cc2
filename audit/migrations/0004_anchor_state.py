"""How far each anchor got: a row of state, kept by the sealer's process; the evidence is at the anchor itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_seals"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnchorState",
            fields=[
                ("name", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("seal_n", models.BigIntegerField(default=0)),
                ("seal_hash", models.CharField(blank=True, max_length=64)),
                ("kept_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "default_permissions": (),
            },
        ),
    ]
