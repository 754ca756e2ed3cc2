"""Audit's provider protocols: what upper rooms tell the trail about, registered in their `ready()` (decision 28)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class Actor:
    """Who is acting, as of this moment: copied into the record, never looked up later.

    `kind` is human, service, webhook or anonymous; `roles` as held now; `auth_method` how they proved themselves.
    """

    kind: str
    id: str
    label: str
    roles: tuple[str, ...] = ()
    auth_method: str = ""


ANONYMOUS = Actor(kind="anonymous", id="", label="not signed in")


@dataclass(frozen=True)
class Clinic:
    """What an officer's page needs to know of a clinic: its id, name and IANA time zone."""

    id: UUID
    name: str
    time_zone: str


@dataclass(frozen=True)
class Person:
    """Somebody whose acts an officer may read about."""

    id: str
    label: str


@dataclass(frozen=True)
class Duty:
    """Something that officers do again and again: its name, the page's URL name, how many wait and how many too long."""

    name: str
    page: str
    waiting: int
    overdue: int


DescribePerson = Callable[[HttpRequest], Actor]
ListClinics = Callable[[HttpRequest], list[Clinic]]
ListDuties = Callable[[Collection[UUID]], list[Duty]]
ListPeople = Callable[[Collection[UUID]], list[Person]]
LabelRecords = Callable[[Collection[str]], dict[str, str]]
ProofNeeded = Callable[[HttpRequest], HttpResponse | None]
ResolveReference = Callable[[str, Collection[UUID]], list[str]]


@dataclass
class _Registered:
    describe_person: DescribePerson | None = None
    list_clinics: ListClinics | None = None
    list_people: ListPeople | None = None
    list_duties: ListDuties | None = None
    label_records: LabelRecords | None = None
    label_recipients: LabelRecords | None = None
    proof_needed: ProofNeeded | None = None
    resolvers: list[ResolveReference] = field(default_factory=list)


_registered = _Registered()


def register_people(*, describe_person: DescribePerson, list_clinics: ListClinics, list_people: ListPeople) -> None:
    """Accounts registers how a request's person is described, whose clinics' trail that person may read, and who
    works in those clinics (now or earlier).
    """
    _registered.describe_person = describe_person
    _registered.list_clinics = list_clinics
    _registered.list_people = list_people


def register_duties(list_duties: ListDuties) -> None:
    """Accounts registers what officers of given clinics have to review."""
    _registered.list_duties = list_duties


def register_proof(proof_needed: ProofNeeded) -> None:
    """Accounts registers how a person is asked to prove again who they are before data leaves the house."""
    _registered.proof_needed = proof_needed


def register_labels(label_records: LabelRecords) -> None:
    """Callbacks registers what records are called by people: ids in, references such as CB-1042 out."""
    _registered.label_records = label_records


def register_recipients(label_recipients: LabelRecords) -> None:
    """Callbacks registers what those are called who get callers' data: ids in, names as administrators gave them out."""
    _registered.label_recipients = label_recipients


def register_references(resolve_reference: ResolveReference) -> None:
    """A room registers how a spoken reference ("CB-1042") of given clinics becomes ids of its subjects and objects."""
    if resolve_reference not in _registered.resolvers:
        _registered.resolvers.append(resolve_reference)


def describe_person(request: HttpRequest) -> Actor:
    """The person behind a request, or ANONYMOUS before sign-in (and while middleware has not run yet)."""
    if _registered.describe_person is None or not hasattr(request, "user"):
        return ANONYMOUS
    return _registered.describe_person(request)


def proof_needed(request: HttpRequest) -> HttpResponse | None:
    """The way to prove oneself again, or None when that happened a moment ago. Raises PermissionDenied when nobody asks."""
    if _registered.proof_needed is None:
        raise PermissionDenied
    return _registered.proof_needed(request)


def list_clinics(request: HttpRequest) -> list[Clinic]:
    """Clinics whose trail the request's person may read; none before accounts has registered."""
    return _registered.list_clinics(request) if _registered.list_clinics is not None else []


def list_people(clinic_ids: Collection[UUID]) -> list[Person]:
    """People who belong or belonged to these clinics, by label."""
    return _registered.list_people(clinic_ids) if _registered.list_people is not None else []


def list_duties(clinic_ids: Collection[UUID]) -> list[Duty]:
    """What officers of these clinics have to review; none before accounts has registered."""
    return _registered.list_duties(clinic_ids) if _registered.list_duties is not None else []


def resolve_reference(text: str, clinic_ids: Collection[UUID]) -> list[str]:
    """Ids behind a reference that people speak; none when it is not one of these clinics'."""
    return [found for resolve in _registered.resolvers for found in resolve(text, clinic_ids)]


def label_records(ids: Collection[str]) -> dict[str, str]:
    """References of those records that have one; no patient data."""
    return _registered.label_records(ids) if _registered.label_records is not None and ids else {}


def label_recipients(ids: Collection[str]) -> dict[str, str]:
    """Names of those recipients that have one; no patient data."""
    return _registered.label_recipients(ids) if _registered.label_recipients is not None and ids else {}
