"""Intake's eye for illnesses and medicines: term files, word endings and phrases that need their neighbours."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from intake.screen.findings import Kind

TERMS = Path(__file__).parent / "terms"
FILES = {
    Kind.DX: ("everyday_conditions.txt", "conditions.txt"),
    Kind.MED: ("everyday_drugs.txt", "drugs.txt"),
}
NAMES_TOO = "names_too.txt"

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_MOST_WORDS = 4
# "My Camila" and "taking Allegra" are medicines; "ask for Camila" is a person.
_POINTS_AT_A_THING = frozenset(
    {"my", "mi", "take", "takes", "taking", "took", "need", "needs", "tengo", "tiene", "have", "has"}
)
# Ways of speaking that name no complaint.
_IDIOMS = re.compile(
    r"\b(?:won't|wouldn't|doesn't|can't|couldn't|wont|wouldnt|doesnt|cant) hurt\b(?! (?:my|his|her)\b)"
    r"|\b(?:be|being|such|is|of) a pain\b(?! in (?:my|his|her)\b)"
    r"|\b(?:family|internal|sports|nuclear|emergency) medicine\b"
    r"|\b(?:computer|phone|email) virus\b"
    # "Dr. Payne", "Mrs. Fever": somebody's name.
    r"|\b(?:dr|mr|mrs|ms|sra?|srta)\b\.? [a-z]+(?:'s)?"
    r"|\bstrokes? of (?:luck|midnight|noon|\w+)\b"
)

_BODY = (
    r"(?:abdomen|ankle|arm|back|belly|bladder|bone|bowel|brain|breast|calf|cheek|chest|chin|ear|elbow|eye|face|finger|"
    r"foot|feet|gum|hand|head|heart|heel|hip|jaw|joint|kidney|knee|leg|lip|liver|lung|mouth|muscle|neck|nose|"
    r"prostate|rib|shin|shoulder|side|skin|spine|stomach|throat|thumb|toe|tongue|tonsil|tooth|teeth|tummy|wrist)s?"
)
_WHOSE = r"(?:my|his|her|their|our|the|a|an|your|\w{1,20}'s)"
_SIDE = r"(?:left |right |lower |upper |big |little |whole )?"
_COMPLAINTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bhurts?\b",
        (
            rf"\b(?:broke|broken|broken up|cut|burned|burnt|twisted|bumped|smashed|tore|torn|pulled|banged|crushed|bad|"
            rf"weak|stiff|locked|problems? with|wrong with|issues? with|bump (?:on|in)|spot on|growth on) "
            rf"(?:{_WHOSE} )?{_SIDE}{_BODY}\b(?! (?:office|desk|line|door|cover))"
        ),
        (
            rf"\b(?:my|his|her|their|\w{{1,20}}'s) {_SIDE}{_BODY} (?:is |are |was |has been |have been |keeps? |feels? |"
            rf"still |really |all )*(?:ache|aches|aching|broken|burning|burns|bad|bleeding|bothering|giving out|acting up|"
            rf"infected|inflamed|itches|killing|locked|numb|sore|stiff|swelled|swollen|throbbing|tight|weak)\b"
        ),
        (
            r"\b(?:a|bad|head|chest|common|have|has|had|caught|catching|got|terrible|nasty) cold\b"
            r"(?! (?:day|morning|evening|front|snap|call|drink|weather|outside|one|room|spell|start|shower))"
        ),
        r"\bstrokes?\b",
        (
            r"\b(?:fell (?:down|off|over|from|out|in the|in my|on (?:my|his|her|the (?:ice|stairs|floor))|and)|"
            r"(?:had|took|taken) a (?:bad )?fall|after (?:a|my|his|her) fall|bad fall)\b"
        ),
        (
            r"\b(?:i'm|i am|he's|she's|is|was|been|be|feel|feeling|feels|felt|very|so|really|got|getting) (?:very |so )?"
            r"(?:sick|ill|unwell|poorly|faint|nauseated|queasy)\b(?! (?:of|leave|days?|and tired)\b)"
        ),
        r"\b(?:burns|burning|hurts|stings|itches|bleeds|bleeding) (?:when|while) (?:i|he|she)\b",
        r"\bsick to (?:my|his|her) stomach\b",
        (
            r"\b(?:trouble|difficulty|difficulties|problems?|hard time|issues|can't|cannot|cant|can not|unable to) "
            r"(?:breath|breathe|breathing|sleep|sleeping|swallow|swallowing|walk|walking|hearing|seeing|urinating|"
            r"urinate|pee|peeing|pooping|poop|eating|keeping food|moving (?:my|his|her))\b(?! (?:in|up) )"
        ),
        r"\b(?:pass(?:ed|es|ing)?|black(?:ed|ing)?) out\b",
        r"\b(?:missed|late|heavy|skipped|painful) periods?\b|\bperiod is late\b",
        r"\b(?:weeks|months) (?:pregnant|along)\b|\bexpecting a baby\b|\bgoing into labor\b|\bin labor\b",
        r"\b(?:my|had|have|having|after|since|knee|hip|heart|back|eye|shoulder|brain|bypass|open) surgery\b",
        r"\b(?:my|medical|health|medical) (?:condition|issue|problem)s?\b",
        r"\bblood in\b|\bbloody (?:stool|urine|nose)\b|\bpink ?eye\b",
        r"\b(?:temperature|temp) (?:of|is|was) (?:about |over )?\d{2,3}\b|\b10[0-6](?:\.\d)? (?:degrees|fever|temp)",
        r"\bhigh temperature\b|\brunning a (?:temp|temperature)\b",
        r"\b(?:drinking|drink) too much\b|\b(?:hearing voices|kill myself|hurt myself|end my life)\b",
        r"\b(?:sugar|sugars) (?:is|are|was|has been) (?:too |very |really )?(?:high|low|\d{2,3})\b",
        r"\b[a-tv-z]\d\d\.\d{1,4}[a-z]?\b",
        (
            r"[a-z]{2}(?:itis|ectomy|oscopy|ostomy|opathies|opathy|orrhea|orrhagia|plegia|carcinoma|sarcoma|blastoma|"
            r"lymphoma|melanoma|uresis|ophilia|osclerosis|lycemia|lipidemia|ukemia|icemia)\b"
        ),
    )
)
_MEDICINES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d.:])\d{1,5}(?:[.,]\d{1,3})? ?(?:mg|mgs|mcg|milligrams?|micrograms?|ml|milliliters?|iu|units of)\b",
        (
            r"[a-z]{3}(?:cillin|mycin|floxacin|cycline|prazole|conazole|nidazole|statin|sartan|olol|pril|dipine|zepam|zolam|"
            r"azepine|gliptin|gliflozin|glutide|tinib|ciclib|zumab|ximab|limumab|setron|triptan|profen|codone|morphone|"
            r"oxetine|triptyline|barbital|thiazide|formin|thyroxine|oxaban|vudine|navir|ciclovir|cyclovir|lukast|nisone|"
            r"nisolone|methasone|cortisone|dronate)\b"
        ),
    )
)


def words_of(text: str) -> list[str]:
    """The words of a text in matching form, as terms are written: hyphens part them, numbers count as words."""
    return _WORD.findall(text)


def read_terms(file_name: str) -> Iterator[str]:
    """The terms of one file, a line each; lines beginning with # are comments."""
    for line in (TERMS / file_name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def medical_kinds(text: str, *, is_name: bool) -> set[Kind]:
    """Which of DX and MED a text in matching form holds. `is_name`: it should be a name, so names are not terms."""
    literal = _IDIOMS.sub(" ", text)
    found = _term_kinds(words_of(literal), is_name=is_name)
    if not is_name or " " in literal:
        if any(pattern.search(literal) for pattern in _COMPLAINTS):
            found.add(Kind.DX)
        if any(pattern.search(literal) for pattern in _MEDICINES):
            found.add(Kind.MED)
    return found


@cache
def _terms() -> tuple[dict[str, Kind], frozenset[str]]:
    """Every term with its kind, read once in a process; and those that are given names too."""
    kinds = {term: kind for kind, names in FILES.items() for name in names for term in read_terms(name)}
    return kinds, frozenset(read_terms(NAMES_TOO))


def _term_kinds(words: list[str], *, is_name: bool) -> set[Kind]:
    kinds, names_too = _terms()
    found = set()
    for start, word in enumerate(words):
        for length in range(1, min(_MOST_WORDS, len(words) - start) + 1):
            phrase = " ".join(words[start : start + length])
            kind = kinds.get(phrase) or kinds.get(_singular(phrase))
            if kind is None or kind in found:
                continue
            if word in names_too and length == 1:
                before = words[start - 1] if start else ""
                if is_name or before not in _POINTS_AT_A_THING:
                    continue
            found.add(kind)
    return found


def _singular(phrase: str) -> str:
    """The phrase without the ending that most plurals and possessives have."""
    for ending in ("'s", "s"):
        if phrase.endswith(ending) and len(phrase) > len(ending) + 3:
            return phrase.removesuffix(ending)
    return phrase
