"""Intake's screen itself: one text, one field, what was found."""

from intake.screen.contacts import has_address, has_email
from intake.screen.dates import tells_birth_date
from intake.screen.findings import Field, Kind, Screening
from intake.screen.identifiers import identifier_kinds
from intake.screen.medical import medical_kinds
from intake.screen.normalising import matching_form

# Two and a half times what is kept of the longest field.
LONGEST_SCREENED = 500
# A single character can stand for eighteen once its spelling is made plain.
_LONGEST_FORM = 2 * LONGEST_SCREENED


def screen_text(text: str, *, field: Field, this_year: int) -> Screening:
    """Return the kinds found in a text, and the text itself where there are none.

    `this_year` (four digits) tells an appointment's date from a date of birth. Text longer than LONGEST_SCREENED is not
    read and never clean. Takes time linear in the length; never raises for any text.
    """
    if len(text) > LONGEST_SCREENED:
        return Screening(kinds=(Kind.LONG_TEXT,), cleaned=None)
    form = matching_form(text)
    if len(form) > _LONGEST_FORM:
        return Screening(kinds=(Kind.LONG_TEXT,), cleaned=None)
    found = identifier_kinds(form, is_number=field is Field.CALLBACK_NUMBER)
    found |= medical_kinds(form, is_name=field is Field.FIRST_NAME)
    if tells_birth_date(form, this_year=this_year):
        found.add(Kind.DOB)
    if has_email(form):
        found.add(Kind.EMAIL)
    if has_address(form):
        found.add(Kind.ADDRESS)
    return Screening(kinds=tuple(sorted(found)), cleaned=None if found else text)
