"""Intake's counting: how many messages of which type a line received; their content is never stored."""

from datetime import datetime

from django.db import connections

from intake.models import Line

COUNT = """
    INSERT INTO intake_messagecount AS known (line_id, day, message_type, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (line_id, day, message_type) DO UPDATE SET count = known.count + 1
"""


def count_message(line: Line, word: str, *, at: datetime) -> None:
    """Count one message of a type (a word of `known_word`'s list) on the day of `at` (UTC)."""
    with connections["default"].cursor() as cursor:
        cursor.execute(COUNT, [line.pk, at.date(), word])
