"""What the pages ask of big tables: each statement has an index to go by, and a page of the queue is read in its order.

Which plan a server takes depends on its figures; that there is one without reading a whole table does not. So reading
whole tables and sorting are made dear here, and a plan that still does it has no other way. How long pages take at a
million callbacks is `make bench ONLY=P6`.
"""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callbacks.models import Callback
from tests.cast import Cast

# Grow with every call; the others are as many as people and settings.
BIG = (
    "callbacks_callback",
    "callbacks_caller",
    "callbacks_attempt",
    "callbacks_change",
    "callbacks_syncstate",
    "intake_delivery",
)
WHOLE = re.compile(rf"Seq Scan on ({'|'.join(BIG)})\b")


@pytest.fixture
def _full(cast: Cast, tuesday, settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    call_command("generate_load", "--callbacks", "600", "--open", "300", stdout=StringIO())


def plans_of(browser, path: str) -> dict[str, str]:
    """Plans of what a page reads, by statement."""
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(path).status_code == 200
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        for query in asked.captured_queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN (COSTS OFF) {query['sql']}")
                found[query["sql"]] = "\n".join(line for (line,) in cursor.fetchall())
    return found


@pytest.mark.usefixtures("_full")
@pytest.mark.parametrize("view", ["next", "waiting", "mine", "review", "clinical", "closed"])
def test_no_view_of_the_queue_reads_a_whole_table(cast: Cast, view: str):
    sam = cast.browser("sam")
    plans = plans_of(sam, f"/queue?view={view}")
    assert len(plans) > 3
    assert [plan for plan in plans.values() if WHOLE.search(plan)] == []


@pytest.mark.usefixtures("_full")
@pytest.mark.parametrize(
    ("view", "index"), [("next", "callback_queue_order"), ("closed", "callback_closed_order")]
)  # fmt: skip
def test_a_page_is_read_in_its_order(cast: Cast, view: str, index: str):
    """Fifty rows and no more: nothing is sorted first."""
    first = Callback.objects.order_by("pk")[0]
    for after in ("", str(first.pk)):
        plans = plans_of(cast.browser("sam"), f"/queue?view={view}&after={after}")
        (page,) = [plan for sql, plan in plans.items() if "LIMIT 51" in sql]
        assert index in page
        assert "Sort" not in page


@pytest.mark.usefixtures("_full")
def test_a_callbacks_page_reads_no_whole_table(cast: Cast):
    for callback in (Callback.objects.latest("received_at"), Callback.objects.earliest("received_at")):
        plans = plans_of(cast.browser("sam"), f"/callbacks/{callback.pk}")
        assert len(plans) > 3
        assert [plan for plan in plans.values() if WHOLE.search(plan)] == []
