"""Intake's words for what the screen can find, and where it looks."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What kind of thing was found; never the thing."""

    SSN = "ssn"
    DOB = "date_of_birth"
    MRN = "medical_record_number"
    MEMBER_ID = "member_id"
    EMAIL = "email"
    ADDRESS = "address"
    PHONE = "phone_number"
    DX = "health_condition"
    MED = "medication"
    # More digits in a row than any time or date has.
    LONG_NUMBER = "long_number"
    # More text than the screen reads: what was not read is not kept.
    LONG_TEXT = "long_text"


class Field(StrEnum):
    """Which allowed key the text stands in; each has its own idea of what belongs there."""

    FIRST_NAME = "patientFirstName"
    CALLBACK_NUMBER = "callbackNumber"
    APPOINTMENT_TYPE = "appointmentType"
    PREFERRED_TIME = "preferredTime"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Screening:
    """The screen's word on one text: kinds found, sorted, and the text itself, None where anything was found."""

    kinds: tuple[Kind, ...]
    cleaned: str | None = field(repr=False)
