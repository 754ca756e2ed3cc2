"""Bench's goals: one module a goal of docs/performance.md, in their order."""

from importlib import import_module

from bench.measuring import Goal

_MODULES = (
    "p01_intake",
    "p02_slow_crm",
    "p03_pgbench",
    "p04_latency",
    "p05_visible",
    "p07_claims",
    "p06_growth",
    "p08_page_views",
    "p11_crm",
    "p11_staff",
    "p12_start",
    "p13_memory",
    "p13_growth",
    "p14_sealed_field",
    "week",
)


def all_goals() -> list[Goal]:
    """Every goal there is, imported when asked: `--help` needs none of their libraries."""
    return [import_module(f"bench.goals.{name}").GOAL for name in _MODULES]
