"""A sealed value shows itself to nobody, however it is looked at."""

import copy
import json
import logging
import pickle

import pytest
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context, Template

from vault.sealed import SHOWN


@pytest.fixture
def sealed(dana):
    return dana.first_name


def test_every_way_of_making_text_of_it_gives_the_same_word(sealed):
    shown = {str(sealed), repr(sealed), f"{sealed}", f"{sealed!r:>3}".strip(), f"{sealed:>40}", "%s" % sealed}  # noqa: UP031
    assert shown == {SHOWN}
    assert repr([sealed]) == f"[{SHOWN}]"


def test_a_template_shows_the_word_whatever_the_filter(dana):
    source = "{{ c.first_name }}|{{ c.phone|default:'-' }}|{{ c.first_name|upper }}|{{ c.first_name|safe }}"
    rendered = Template(source).render(Context({"c": dana}))
    assert rendered == f"{SHOWN}|{SHOWN}|{SHOWN.upper()}|{SHOWN}"


def test_a_template_that_prints_the_row_prints_its_reference(dana):
    assert Template("{{ c }}").render(Context({"c": dana})) == dana.ref


@pytest.mark.parametrize("refusing", [pickle.dumps, json.dumps, signing.dumps, DjangoJSONEncoder().encode])
def test_it_refuses_to_be_packed(sealed, refusing):
    with pytest.raises(TypeError):
        refusing(sealed)


def test_a_row_with_it_refuses_to_be_cached(dana):
    with pytest.raises(TypeError, match="sealed value cannot be pickled"):
        pickle.dumps(dana)


def test_copies_are_as_silent(sealed, dana):
    assert copy.copy(sealed) is sealed
    assert str(copy.deepcopy({"x": [sealed]})["x"][0]) == SHOWN
    assert str(copy.deepcopy(dana).phone) == SHOWN


def test_it_behaves_like_no_text(sealed):
    for attempt in (len, iter, int, "".join, lambda value: value + "", lambda value: value[0]):
        with pytest.raises(TypeError):
            attempt(sealed)


def test_a_log_line_of_the_row_shows_nothing(dana, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("tests").warning("row %s %r %s", dana, dana, vars(dana))
    assert "Dana" not in caplog.text
    assert "0143" not in caplog.text
    assert SHOWN in caplog.text


def test_equal_is_the_same_envelope_and_not_the_same_value(cast, dana):
    before = dana.first_name
    assert before == type(dana).objects.get(pk=dana.pk).first_name
    dana.first_name = "Dana"
    assert dana.first_name != before
    assert len({dana.first_name, before}) == 2
    assert before != "Dana"
