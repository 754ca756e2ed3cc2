"""Bench's two sides of P1 to P3: how many reports a second, ours and theirs, and what they cost meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.desk import IntakeDesk
from bench.footprint import Family
from bench.load import saturate
from bench.reports import signed_requests

SECONDS = 4.0
CONNECTIONS = (1, 8, 32)
# More than any server here answers in a stretch; the stretch ends by the clock.
_MOST_A_SECOND = 8_000
_WARM_CONNECTIONS, _WARM_SECONDS = 64, 2.0


@dataclass
class Cost:
    """Processor time per report of some families of processes, one list entry a stretch."""

    families: list[Family]
    per_report: dict[str, list[float]] = field(default_factory=dict)

    def read(self) -> list[float]:
        return [family.cpu_seconds() for family in self.families]

    def note(self, before: list[float], reports: int) -> None:
        for family, then, now in zip(self.families, before, self.read(), strict=True):
            self.per_report.setdefault(family.name, []).append((now - then) / reports * 1e6)


def rate_of(
    port: int,
    secret: str,
    *,
    connections: int,
    seconds: float,
    cost: Cost | None = None,
    shares: list[float] | None = None,
) -> Callable[[], float]:
    """A stretch of load as a function that gives answered reports a second."""

    def stretch() -> float:
        requests = signed_requests(secret, int(_MOST_A_SECOND * seconds))
        before = cost.read() if cost else []
        load = saturate(port, requests, connections=connections, seconds=seconds)
        if cost:
            cost.note(before, len(load.latencies))
        if shares is not None:
            shares.append(load.generator_share)
        return load.rate

    return stretch


def warm(port: int, secret: str) -> None:
    """Wake every process behind the port: connections are dealt to them by chance, so there are many."""
    requests = signed_requests(secret, int(_MOST_A_SECOND * _WARM_SECONDS))
    saturate(port, requests, connections=_WARM_CONNECTIONS, seconds=_WARM_SECONDS)


def families_of(desk: IntakeDesk) -> list[Family]:
    return [Family("web", root=desk.pid), Family("PostgreSQL", folder=desk.postgres_folder / "cluster")]
