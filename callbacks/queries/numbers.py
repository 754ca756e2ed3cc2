"""Callbacks' numbers: how a telephone number is written for people."""

import phonenumbers


def readable_number(number: str) -> str:
    """A number as people of its country write it; as given where it is no number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    is_home = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))
