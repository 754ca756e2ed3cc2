"""Callbacks' zones: where the phones of a clinic's open callbacks may be ringing."""

from django.db import connection

from accounts.models import Clinic

# Steps along the index callback_zones from each value to the next: DISTINCT would read every open row.
_EACH_ONCE = """
    WITH RECURSIVE step (zone_names) AS (
        (SELECT zone_names FROM callbacks_callback WHERE clinic_id = %(clinic)s AND status <> 'closed'
         ORDER BY zone_names LIMIT 1)
        UNION ALL
        SELECT (SELECT zone_names FROM callbacks_callback WHERE clinic_id = %(clinic)s AND status <> 'closed'
                AND zone_names > step.zone_names ORDER BY zone_names LIMIT 1)
        FROM step WHERE step.zone_names IS NOT NULL
    )
    SELECT zone_names FROM step WHERE zone_names IS NOT NULL
"""


def open_zone_names(clinic: Clinic) -> list[list[str]]:
    """The different `zone_names` of a clinic's open callbacks, each once; a handful, however many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute(_EACH_ONCE, {"clinic": clinic.pk})
        return [names for (names,) in cursor.fetchall()]
