"""Accounts' providers: what rooms above do for words that staff write about what they did, registered in `ready()`."""

from collections.abc import Callable

HoldsPatientData = Callable[[str], bool]

_screens: list[HoldsPatientData] = []


def register_screen(holds_patient_data: HoldsPatientData) -> None:
    """Intake registers its screen: text in, whether it tells an illness, a birth date, an id or an address out."""
    if holds_patient_data not in _screens:
        _screens.append(holds_patient_data)


def holds_patient_data(text: str) -> bool:
    """Whether any screen finds what does not belong into a reason; none before anybody has registered."""
    return any(screen(text) for screen in _screens)
