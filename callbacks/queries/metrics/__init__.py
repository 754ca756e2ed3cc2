"""Callbacks' metrics (callbacks.md §2.8): each defined once, here; docs/operate/metrics.md says them in the same words."""

from collections.abc import Callable, Mapping

from callbacks.queries.metrics import flow, promises, reach
from callbacks.queries.metrics.period import Period, Share, Spread

__all__ = ["METRICS", "Period", "Share", "Spread"]

METRICS: Mapping[str, Callable[[Period], object]] = {
    metric.__name__: metric
    for metric in (
        promises.promise_kept,
        promises.promise_kept_keepable,
        promises.promise_kept_unkeepable,
        promises.due_kept,
        promises.urgent_kept,
        promises.agreed_time_kept,
        flow.time_to_first_attempt,
        flow.open_time_to_first_attempt,
        reach.first_attempt_reach,
        reach.reach_within,
        reach.attempts_per_reach,
        reach.unreachable,
        reach.repeat_within_72h,
        flow.backlog_by_age,
        flow.inflow_outflow,
        flow.claim_to_outcome,
        flow.skips,
        flow.expiries,
        flow.take_overs,
    )
}
