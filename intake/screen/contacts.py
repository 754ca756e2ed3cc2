"""Intake's eye for e-mail and street addresses, typed or dictated."""

import re

_EMAIL = re.compile(
    r"[\w.+%\-]{1,64} ?(?:@|\(at\)|\[at\]|<at>) ?[\w\-]{1,63}(?: ?(?:\.|\(dot\)|\[dot\]) ?[\w\-]{2,63})"
)
_HANDLE = re.compile(r"@[a-z][\w.\-]{2,}")
_TOP_LEVEL = r"(?:com|org|net|edu|gov|mil|info|biz|io|co|us|me|uk|ca|mx|es|de|fr)"
_DICTATED_EMAIL = re.compile(
    rf"\b(?:at|arroba) (?:[\w\-]{{1,30}} ){{1,3}}?(?:dot|punto|period|point) ?{_TOP_LEVEL}\b"
    rf"|\b(?:at|arroba) [\w\-]{{1,30}} ?\. ?{_TOP_LEVEL}\b"
    r"|\b(?:at|arroba|@) ?(?:gmail|g mail|hotmail|yahoo|outlook|icloud|aol|proton ?mail|comcast|verizon)\b"
)

# Words of ordinary talk and scheduling: "5 or 6 either way" is no street.
_NO_STREET = (
    r"(?:a|about|after|afternoon|all|also|am|an|and|any|anytime|appointment|are|around|as|at|be|because|before|best|better|"
    r"between|both|but|by|call|can|come|day|days|do|either|evening|every|fine|first|for|from|fri|friday|get|go|good|great|"
    r"half|hour|hours|i|i'm|if|in|is|it|it's|just|last|later|least|let|long|many|me|min|mins|minute|minutes|mon|monday|"
    r"month|months|more|morning|most|my|next|no|noon|not|now|o'clock|of|ok|on|one|only|or|other|out|past|people|percent|please|"
    r"pm|saturday|second|see|she|so|some|sometime|sunday|than|that|the|their|then|there|third|this|thursday|till|time|times|"
    r"to|today|tomorrow|tonight|tuesday|until|via|visit|was|wed|wednesday|week|weeks|well|when|which|will|with|within|work|"
    r"works|would|year|years|yes|you|your|an|blocks?|miles?|feet|different)"
)
_STREET_WORD = rf"(?!{_NO_STREET}\b)[a-z][a-z'.]{{0,20}}|\d{{1,3}}(?:st|nd|rd|th)"
_STRONG = r"(?:street|avenue|ave|road|rd|boulevard|blvd|lane|ln|terrace|parkway|pkwy|highway|hwy|freeway|turnpike|crescent|alley)"
_WEAK = (
    r"(?:st|drive|dr|court|ct|circle|cir|place|pl|way|square|sq|trail|trl|loop|row|ter|plaza|broadway|pike|path|run)"
)
# Never behind a colon: the minutes of a time are no house number.
_HOUSE = r"(?<![\d:/.\-$])\d{1,5}(?:-\d{1,4})?[a-f]?"
_LONG_HOUSE = r"(?<![\d:/.\-$])\d{3,5}[a-f]?"
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_HOUSE},? (?:(?:{_STREET_WORD}) ){{1,4}}{_STRONG}\b",
        rf"{_HOUSE} (?:\d{{1,3}}(?:st|nd|rd|th) )?(?:avenue|ave)\b",
        rf"{_LONG_HOUSE},? (?:(?:{_STREET_WORD}) ){{1,4}}{_WEAK}\b(?!\.? [a-z]{{0,3}}mor)",
        rf"(?<![\d:/.\-$])\d{{2}} (?:(?:{_STREET_WORD}) ){{1,2}}(?:drive|court|circle|place|square|trail|st)\b",
        rf"{_LONG_HOUSE} (?:north|south|east|west|n|s|e|w)\.? (?:{_STREET_WORD})",
        r"\b(?:p\.? ?o\.? ?box|post office box|apartado postal) ?#? ?\d",
        (
            r"(?<!my )(?<!an )(?<!the )(?<!for )(?<!have )\b(?:apt|apartment|apartamento|trailer|lot)\.? ?(?:no\.? |number )?#? ?\d{1,4}[a-z]?\b"
            r"(?! ?(?::|[ap]\.?m\b|o'?clock))"
        ),
        r"\b(?:zip|zip ?code|postal code|codigo postal)\b(?: code)?(?: is|:| es)? ?\d{5}",
        (
            r"\b(?:al|ak|az|ar|ca|co|ct|dc|de|fl|ga|hi|ia|id|il|ks|ky|la|ma|md|mi|mn|mo|ms|mt|nc|nd|ne|nh|nj|nm|nv|ny|oh|ok|pa|"
            r"ri|sc|sd|tn|tx|ut|va|vt|wa|wi|wv|wy),? \d{5}(?:-\d{4})?\b"
        ),
        r"\b(?:my|home|our|mailing|new|street) address (?:is|was|:|changed to|has)",
        (
            r"\b(?:i|we|she|he) (?:live|lives|am living|moved|stay) (?:at|on|to) (?:\d|the corner of|[a-z]{2,20} (?:street|"
            r"avenue|ave|road|rd|lane|drive|boulevard|court|way|st)\b)"
        ),
        r"\b(?:calle|avenida|av|avda|carrera|colonia|callejon)\.? (?:[a-z]{1,20},? ){1,4}(?:numero |no\.? |#)?\d{1,5}\b",
        r"\b(?:vivo|vive|vivimos) en (?:la |el )?(?:calle|avenida|\d)",
        r"\bmi direccion (?:es|:)",
    )
)


def has_email(text: str) -> bool:
    """Whether a text in matching form holds an e-mail address, "john at example dot com" included."""
    return bool(_EMAIL.search(text) or _HANDLE.search(text) or _DICTATED_EMAIL.search(text))


def has_address(text: str) -> bool:
    """Whether a text in matching form holds a street address, a post box or a postal code."""
    return any(pattern.search(text) for pattern in _ADDRESSES)
