"""Law of the page of roles: every permission string has its sentence, every role its card, and the table is true."""

import pytest

from accounts.models import Role
from accounts.role_words import WORDS, rights, role_cards, sentence_of
from accounts.roles import ADMIN_PAGES, CLINICAL_WORK, PERMISSIONS

EVERY = sorted({*ADMIN_PAGES, *(name for held in PERMISSIONS.values() for name in held)})


@pytest.mark.parametrize("permission", EVERY)
def test_every_permission_has_a_sentence_and_stands_in_one_line(permission):
    assert len(sentence_of(permission).split()) > 1
    lines = [line for part in rights() for line in part if permission in line.strings]
    assert len(lines) == 1


def test_no_line_is_of_a_permission_that_nobody_could_hold():
    assert {string for part in rights() for line in part for string in line.strings} == set(EVERY)


def test_the_table_says_what_the_roles_hold():
    for line in (line for part in rights() for line in part):
        held = [set(line.strings) <= PERMISSIONS[role] for role in Role]
        assert line.held == list(zip((str(role.label) for role in Role), held, strict=True))
        # A line of several strings is held whole or not at all, so that one mark is the truth.
        assert all(
            set(line.strings) <= PERMISSIONS[role] or not set(line.strings) & PERMISSIONS[role] for role in Role
        )


def test_every_role_has_a_card_and_each_right_is_on_one_of_its_sides():
    cards = {card.value: card for card in role_cards()}
    assert set(cards) == set(Role.values)
    for role in Role:
        for permission, words in WORDS.items():
            is_held = permission in PERMISSIONS[role]
            assert (str(words.may) in cards[role].may) is is_held
            assert (str(words.never) in cards[role].never) is not is_held


@pytest.mark.parametrize("name", ["max", "olu"])
@pytest.mark.django_db
def test_administrators_and_officers_read_it(cast, name):
    page = cast.browser(name).get("/roles")
    content = page.content.decode()
    assert all(str(role.label) in content for role in Role)
    assert CLINICAL_WORK in content
    assert ('href="/people"' in content) is (name == "max")


@pytest.mark.parametrize("name", ["ana", "nadia", "sam"])
@pytest.mark.django_db
def test_others_do_not(cast, name):
    assert cast.browser(name).get("/roles").status_code == 403
