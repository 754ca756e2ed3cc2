"""A log line is built from an allow-list: no argument, no exception text, no second line gets in."""

import json
import logging

import pytest

from lib.logs import ALLOWED_KEYS, EventLogger, PHIFreeFormatter, event_logger

SECRET = "Zqxname"


def line_of(record):
    text = PHIFreeFormatter().format(record)
    assert "\n" not in text
    return text, json.loads(text)


def record(message, *args, exc_info=None, **extra):
    made = logging.LogRecord("tests", logging.WARNING, __file__, 1, message, args, exc_info)
    made.__dict__.update(extra)
    return made


def test_a_librarys_arguments_stay_out():
    text, line = line_of(record("Not Found: %s by %s", f"/queue?q={SECRET}", SECRET))
    assert SECRET not in text
    assert line["event"] == "Not Found: %s by %s"


def test_celerys_own_names_are_filled_in_and_its_arguments_are_not():
    made = record("Task %(name)s[%(id)s] got %(args)s")
    made.args = {"name": "intake.tasks.open_callback", "id": "1", "args": f"('{SECRET}',)"}
    text, line = line_of(made)
    assert line["event"] == "Task intake.tasks.open_callback[1] got %(args)s"
    assert SECRET not in text


def test_an_exception_keeps_its_type_and_place_and_loses_its_words():
    with pytest.raises(KeyError) as caught:
        {}[f"Key (name)=({SECRET}) already exists"]
    text, line = line_of(record("failed", exc_info=(caught.type, caught.value, caught.tb)))
    assert SECRET not in text
    assert line["exception"] == "KeyError"
    assert "test_logs.py" in line["at_code"][-1]


def test_unknown_extras_stay_out_and_known_ones_are_plain():
    text, line = line_of(record("stored", caller=SECRET, request="<HttpRequest>", count=3, object_id="a\nb"))
    assert SECRET not in text
    assert (line["count"], line["object_id"]) == (3, "a\nb")


def test_a_forged_second_line_stays_one_line():
    text, _ = line_of(record('x\n{"level": "critical"}\x1b[31m'))
    assert "\x1b" not in text


def test_our_own_logger_refuses_keys_nobody_allowed(caplog):
    with pytest.raises(ValueError, match="allow-listed"):
        event_logger("tests").info("opened", first_name=SECRET)
    with caplog.at_level(logging.INFO):
        EventLogger("tests").warning("opened", callback_id="1")
    assert caplog.records[0].callback_id == "1"


def test_no_allowed_key_is_a_field_of_a_person():
    assert not ALLOWED_KEYS & {"first_name", "name", "phone", "number", "note", "words", "username", "path", "body"}
