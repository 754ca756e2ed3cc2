"""Callbacks' saved views, as the queue shows them: one's own, and those the clinic shares."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from callbacks.models import SavedView
from callbacks.queries.filters import FilterKind, QueueFilter, filter_kinds
from callbacks.queries.queue import QueueView


@dataclass(frozen=True)
class ViewLink:
    """One saved view as a link; `may_remove` its owner, and a supervisor what is shared."""

    id: UUID
    label: str
    url: str
    is_shared: bool
    is_current: bool
    may_remove: bool


def queue_url(view: QueueView, filter_: QueueFilter, **more: str) -> str:
    """The address of a tab with a filter; closed words only."""
    return f"{reverse('callbacks:queue')}?{urlencode({'view': view.value, **filter_.words, **more})}"


def view_links(
    clinic: Clinic, user: User, *, current: tuple[QueueView, QueueFilter], is_supervisor: bool
) -> list[ViewLink]:
    """One's own views and the shared ones, by label (one query)."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), clinic=clinic).order_by("label", "pk")
    return [_link(row, user, current, is_supervisor) for row in rows]


def _link(row: SavedView, user: User, current: tuple[QueueView, QueueFilter], is_supervisor: bool) -> ViewLink:
    tab, words = QueueView.of(row.tab), QueueFilter.of(row.filters)
    return ViewLink(
        id=row.pk,
        label=row.label,
        url=queue_url(tab, words),
        is_shared=row.is_shared,
        is_current=(tab, words) == current,
        may_remove=row.owner_id == user.pk or (row.is_shared and is_supervisor),
    )


@dataclass(frozen=True)
class ViewsBar:
    """What stands over the queue's rows: saved views, the filter, and what may be done with the look that is open."""

    tab: str
    words: dict[str, str]
    choices: list[FilterKind]
    links: list[ViewLink]
    current: ViewLink | None
    all_url: str
    may_share: bool

    @property
    def is_filtered(self) -> bool:
        return bool(self.words)


def views_bar(clinic: Clinic, user: User, tab: QueueView, filter_: QueueFilter) -> ViewsBar:
    """The bar for a person, a tab and a filter (one query)."""
    is_supervisor = held_rights(user).allow(SUPERVISE_CALLBACKS, clinic_id=clinic.pk)
    links = view_links(clinic, user, current=(tab, filter_), is_supervisor=is_supervisor)
    return ViewsBar(
        tab=tab.value,
        words=filter_.words,
        choices=filter_kinds(filter_),
        links=links,
        current=next((link for link in links if link.is_current), None),
        all_url=queue_url(tab, QueueFilter()),
        may_share=is_supervisor,
    )
