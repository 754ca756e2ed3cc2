"""Bench's builder of the screen's generated term files, from three sources whose licences allow it.

    python -m bench.screen.build_terms ICD_WHEEL DRUG_WHEEL NAMES_WHEEL SYMP_OBO

The files and their digests are listed in intake/screen/terms/README.md; any other content is refused, so that the same
command gives the same bytes.
"""

import ast
import bz2
import hashlib
import io
import pickle
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from intake.screen.findings import Kind
from intake.screen.medical import FILES, NAMES_TOO, TERMS, read_terms, words_of
from intake.screen.normalising import matching_form

DIGESTS = {
    "icd": "6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42",
    "drugs": "dc0c9cb4487b4cd31c123f941cd9d5edfc55facdb280ab65e7b2cd08d3fd391c",
    "names": "2dd88ee8cb63a9149e19ef48bdd73879bc3854d8ba2d6c1535e902a762e603f7",
    "symptoms": "09ac08ff1595e671826c6a4b8a5141f4609bea7f71e8393a1fea997bceabcc2b",
}
ICD_MEMBER = "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml"
DRUG_MEMBER = "drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2"
# Chapters A to T are conditions and injuries; the rest are circumstances ("bank", "bus") and encounters.
CONDITION_CHAPTERS = frozenset("ABCDEFGHIJKLMNOPQRST")
# Categories and subcategories; below them descriptions become sentences.
LONGEST_CODE = 5
MOST_WORDS = 4
FEWEST_LETTERS = {Kind.DX: 4, Kind.MED: 5}
FILLERS = re.compile(r"\b(?:unspecified|nos|nec|other|specified|not elsewhere classified)\b")


class PlainUnpickler(pickle.Unpickler):
    """Builds dictionaries, lists, texts and numbers; a pickle that names a class or function is refused."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} has no place in a list of words")


def main(arguments: list[str]) -> None:
    icd, drugs, names, symptoms = (
        _pinned(Path(path), DIGESTS[name])
        for name, path in zip(("icd", "drugs", "names", "symptoms"), arguments, strict=True)
    )
    ordinary = frozenset(words_of(matching_form((TERMS / "ordinary_words.txt").read_text("utf-8"))))
    given_names = frozenset(_given_names(names))
    generated = {
        Kind.DX: [*_icd_terms(icd), *_symptom_terms(symptoms)],
        Kind.MED: list(_drug_terms(drugs)),
    }
    everyday = {kind: set(read_terms(FILES[kind][0])) for kind in generated}
    kept = {kind: _reduced(kind, terms, everyday[kind], ordinary) for kind, terms in generated.items()}
    kept[Kind.DX] -= everyday[Kind.MED]
    kept[Kind.MED] -= everyday[Kind.DX] | kept[Kind.DX]
    for kind, terms in kept.items():
        _write(FILES[kind][1], terms)
    every_term = set().union(*kept.values(), *everyday.values())
    _write(NAMES_TOO, given_names & every_term)


def _pinned(path: Path, digest: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise SystemExit(f"{path.name} is not the file that intake/screen/terms/README.md lists.")
    return content


def _icd_terms(wheel: bytes) -> Iterator[str]:
    """Descriptions and inclusion terms of ICD-10-CM (US government data, in simple-icd-10-cm, MIT)."""
    root = ET.fromstring(zipfile.ZipFile(io.BytesIO(wheel)).read(ICD_MEMBER))  # noqa: S314 - pinned
    for diagnosis in root.iter("diag"):
        code = diagnosis.findtext("name", "")
        if code[:1] not in CONDITION_CHAPTERS or len(code) > LONGEST_CODE:
            continue
        yield diagnosis.findtext("desc", "")
        yield from (note.text or "" for note in diagnosis.iterfind("inclusionTerm/note"))


def _symptom_terms(ontology: bytes) -> Iterator[str]:
    """Names and exact synonyms of the Symptom Ontology (CC0)."""
    for block in ontology.decode("utf-8").split("\n\n"):
        if block.startswith("[Term]") and "is_obsolete: true" not in block:
            yield from re.findall(r"^name: (.+)$", block, flags=re.MULTILINE)
            yield from re.findall(r'^synonym: "(.+)" EXACT', block, flags=re.MULTILINE)


def _drug_terms(wheel: bytes) -> Iterator[str]:
    """Names and brands of drugs that MedlinePlus describes (drug-named-entity-recognition, MIT)."""
    packed = zipfile.ZipFile(io.BytesIO(wheel)).read(DRUG_MEMBER)
    listed = PlainUnpickler(io.BytesIO(bz2.decompress(packed))).load()
    described = {name for name, facts in listed["drug_canonical_to_data"].items() if facts.get("medline_plus_id")}
    for variant, drugs in listed["drug_variant_to_canonical"].items():
        if not described.isdisjoint(drugs):
            yield variant


def _given_names(wheel: bytes) -> Iterator[str]:
    """First names of all countries in Faker (MIT), in Latin letters."""
    archive = zipfile.ZipFile(io.BytesIO(wheel))
    for member in sorted(archive.namelist()):
        if not re.fullmatch(r"faker/providers/person/\w+/__init__\.py", member):
            continue
        for node in ast.walk(ast.parse(archive.read(member))):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            if any(isinstance(target, ast.Name) and target.id.startswith("first_name") for target in targets):
                yield from (
                    matching_form(leaf.value)
                    for leaf in ast.walk(node)
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                )


def _reduced(kind: Kind, terms: Iterable[str], everyday: set[str], ordinary: frozenset[str]) -> set[str]:
    """The terms as the screen reads words, without ordinary ones and without those a shorter term already finds."""
    candidates = set()
    for term in terms:
        plain = FILLERS.sub(" ", re.sub(r"[(\[].*", "", matching_form(term)).split(",", maxsplit=1)[0])
        words = words_of(plain)
        text = " ".join(words)
        if (
            0 < len(words) <= MOST_WORDS
            and re.fullmatch(r"[a-z' \-]+", plain)
            and len(text) >= FEWEST_LETTERS[kind]
            and not ordinary.issuperset(words)
        ):
            candidates.add(text)
    single = everyday | {term for term in candidates if " " not in term}
    return {
        term
        for term in candidates
        if term not in everyday and not (" " in term and any(word in single for word in term.split()))
    }


def _write(name: str, terms: Iterable[str]) -> None:
    (TERMS / name).write_text("".join(f"{term}\n" for term in sorted(terms)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
