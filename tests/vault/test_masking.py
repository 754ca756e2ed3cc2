"""What people see who need not see more."""

import pytest

from vault.masking import mask_name, mask_number


@pytest.mark.parametrize(("tail", "shown"), [("43", "••• ••43"), ("", "no number"), (None, "no number")])
def test_a_number_shows_its_last_two_digits_at_most(tail, shown):
    assert mask_number(tail) == shown


@pytest.mark.parametrize(
    ("name", "policy", "shown"),
    [
        ("Dana", "full", "Dana"),
        ("Dana", "initial", "D."),
        ("Dana", "none", "Caller"),
        ("Élodie", "initial", "É."),
        (None, "full", "Caller"),
        ("", "initial", "Caller"),
    ],
)
def test_a_name_shows_as_the_clinic_wants(name, policy, shown):
    assert mask_name(name, policy=policy) == shown
