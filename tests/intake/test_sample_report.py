"""`manage.py send_sample_report`: signed samples in every shape, taken by a running desk."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import phonenumbers
import pytest
from django.core.management import CommandError, call_command

from intake.management.commands.send_sample_report import SHAPES, sample_report
from intake.models import Delivery
from intake.sources.vapi import parse_message
from lib import clock

pytestmark = pytest.mark.django_db(transaction=True)


def run(**options) -> str:
    said = StringIO()
    call_command("send_sample_report", stdout=said, **options)
    return said.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_taken_by_a_running_desk(live_desk, cast, shape):
    said = run(url=f"http://127.0.0.1:{live_desk.port}/webhook/vapi", shape=shape)
    delivery = Delivery.objects.get()
    assert said == f"{shape}: queued, delivery {delivery.pk}\n"
    assert delivery.scheme == ("article" if shape.startswith("article") else "vapi-default")


def test_each_shape_comes_in_turn(live_desk, cast):
    said = run(url=f"http://127.0.0.1:{live_desk.port}/webhook/vapi", count=5)
    assert [line.split(":")[0] for line in said.splitlines()] == [*SHAPES, SHAPES[0]]
    assert Delivery.objects.count() == 5


def test_a_wrong_secret_is_said_with_the_desks_own_words(live_desk, cast):
    with pytest.raises(CommandError, match=r"answered 401.*signature"):
        run(url=f"http://127.0.0.1:{live_desk.port}/webhook/vapi", secret="not the secret of this desk")


def test_a_desk_that_does_not_run_is_said_in_a_sentence():
    with pytest.raises(CommandError, match="does not answer"):
        run(url="http://127.0.0.1:1/webhook/vapi")


def test_without_a_secret_nothing_is_sent(settings):
    settings.VAPI_SERVER_SECRETS = []
    with pytest.raises(CommandError, match="no secret"):
        run()


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_a_count_out_of_reason_is_refused(count):
    with pytest.raises(CommandError, match="between 1 and 10000"):
        run(count=count)


def test_a_redirect_is_not_followed():
    """The signature and the sample would reach somebody else."""
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        answering = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        answering.start()
        with pytest.raises(CommandError, match="answered 307"):
            run(url=f"http://127.0.0.1:{server.server_port}/webhook/vapi")
        server.shutdown()
        answering.join()
    assert asked == ["/webhook/vapi"]


@pytest.mark.parametrize("shape", SHAPES)
def test_samples_are_plainly_fictional(shape):
    now = clock.now()
    for number in range(20):
        document = sample_report(shape, number, now)
        said = parse_message(json.loads(json.dumps(document)), received_at=now, region="US").report
        assert said is not None
        assert not said.needs_review
        assert said.phone_e164.startswith("+120255501")
        assert phonenumbers.is_valid_number(phonenumbers.parse(said.phone_e164))
