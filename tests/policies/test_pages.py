"""Law: no template holds code, and the laws of every page (tests/policies/pages.py) see what they are for."""

from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.test import Client
from django.urls import include, path

from audit.policy import not_audited
from tests import whole_run
from tests.policies.pages import (
    OPTIONAL_NAMES,
    OUR_TEMPLATES,
    TEMPLATES,
    inline_in,
    is_whole_run,
    never_rendered,
)

INLINE = [
    "<script>go()</script>",
    '<script type="module">go()</script>',
    "<STYLE>p{}</STYLE>",
    '<p style="color: red">',
    '<p onclick="go()">',
    "<img src=x onerror=go()>",
    '<a href="javascript:go()">',
    '<a href=" JavaScript:go()">',
    '<p hx-on::after-request="go()">',
    "<p hx-vals='js:{now: go()}'>",
]
CLEAN = [
    '<script src="/static/js/desk.js" type="module"></script>',
    "<p>a style=plain, onclick=none</p>",
    '<button data-on="x" aria-label="javascript">',
]


@pytest.mark.parametrize("name", sorted(OUR_TEMPLATES))
def test_no_template_holds_code(name):
    assert inline_in((TEMPLATES / name).read_text()) == []


@pytest.mark.parametrize("html", INLINE)
def test_code_in_a_page_is_seen(html):
    assert len(inline_in(f"<!doctype html><body>{html}")) == 1


@pytest.mark.parametrize("html", CLEAN)
def test_what_is_no_code_is_left_alone(html):
    assert inline_in(html) == []


@pytest.fixture
def taken_out(faults_of_pages):
    """The faults this test made on purpose, taken back so that they do not fail it."""

    def take():
        found = [*faults_of_pages]
        faults_of_pages.clear()
        return found

    return take


@not_audited("A page of this test alone.")
def inline_page(request):
    return HttpResponse('<p onclick="go()">')


inline_page.login_required = False
urlpatterns = [path("inline", inline_page), path("", include("config.urls"))]


@pytest.mark.urls("tests.policies.test_pages")
def test_code_in_an_answer_is_seen_whichever_test_asked(db, taken_out):
    Client().get("/inline")
    assert taken_out() == ["/inline: <p onclick> at line 1"]


def render_as_ours(source, context):
    template = Engine(libraries={"i18n": "django.templatetags.i18n"}).from_string(source)
    template.name = "callbacks/queue.html"
    return template.render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{{ typo }}",
        "{{ known.typo }}",
        "{{ typo|default:'-' }}",
        "{% if typo %}x{% endif %}",
        "{% if known and not typo %}x{% endif %}",
        "{% for row in typo %}x{% endfor %}",
        "{% with name=typo %}x{% endwith %}",
        "{% firstof typo known %}",
        "{% load i18n %}{% blocktranslate with who=typo %}{{ who }}{% endblocktranslate %}",
    ],
)
def test_a_name_that_nobody_gave_is_seen_in_every_tag(source, taken_out):
    render_as_ours(source, {"known": {"x": 1}})
    assert taken_out() == ["callbacks/queue.html asks for typo, which its view does not give"]


def test_a_name_that_was_given_is_not_noted(faults_of_pages):
    source = "{{ known }}{% if none %}{% endif %}{% for x in empty %}{% endfor %}"
    render_as_ours(source, {"known": 1, "none": None, "empty": []})
    assert faults_of_pages == []


def test_a_real_template_is_listened_to(taken_out):
    render_to_string("components/badge.html", {"badge": {"kind": "ok", "text": "x"}})
    assert taken_out() == ["components/badge.html asks for icon, which its view does not give"]


def test_every_optional_name_is_asked_for_and_its_pages_exist():
    texts = "".join((TEMPLATES / name).read_text() for name in OUR_TEMPLATES)
    assert [name for name in OPTIONAL_NAMES if name not in texts] == []
    assert {page for pages in OPTIONAL_NAMES.values() for page in pages} <= OUR_TEMPLATES


def test_a_template_that_was_never_rendered_is_named():
    seen = [str(TEMPLATES / name) for name in OUR_TEMPLATES - {"404.html"}]
    assert never_rendered(OUR_TEMPLATES, seen) == ["404.html"]
    assert never_rendered(OUR_TEMPLATES, [*seen, str(TEMPLATES / "404.html")]) == []


@pytest.mark.parametrize(
    ("changed", "is_whole"),
    [
        ({}, True),
        ({"keyword": "queue"}, False),
        ({"markexpr": "not browser"}, False),
        ({"args": ["tests/callbacks"]}, False),
        ({"testsfailed": 1}, False),
        ({"shouldfail": "stopping after 1 failure"}, False),
    ],
)
def test_only_a_whole_run_is_judged_by_what_it_did_not_do(changed, is_whole):
    facts = {"keyword": "", "markexpr": "", "deselect": None, "ignore": None, "args": ["tests"]} | changed
    option = SimpleNamespace(**{name: facts[name] for name in ("keyword", "markexpr", "deselect", "ignore")})
    config = SimpleNamespace(option=option, args=facts["args"], getini=lambda name: ["tests"])
    session = SimpleNamespace(
        testsfailed=facts.get("testsfailed", 0), shouldstop=False, shouldfail=facts.get("shouldfail", False)
    )
    assert is_whole_run(config, session) is is_whole


def a_run(**facts) -> SimpleNamespace:
    option = SimpleNamespace(keyword="", markexpr="", deselect=None, ignore=None)
    config = SimpleNamespace(
        option=option, args=["tests"], getini=lambda name: ["tests"], stash=pytest.Stash(), **facts
    )
    return SimpleNamespace(config=config, testsfailed=0, shouldstop=False, shouldfail=False, exitstatus=0)


def test_what_the_processes_of_a_run_saw_is_judged_together(monkeypatch):
    rendered = sorted(str(TEMPLATES / name) for name in OUR_TEMPLATES)
    judge = a_run()
    seen: set[str] = set()
    monkeypatch.setattr(whole_run, "RENDERED", seen)
    for part in (rendered[:4], rendered[4:-1]):
        worker = a_run(workeroutput={})
        seen.clear()
        seen.update(part)
        whole_run.pytest_sessionfinish(worker)
        assert worker.exitstatus == 0
        assert worker.config.workeroutput["rendered"] == part
    seen.clear()
    whole_run.pytest_testnodedown(SimpleNamespace(workeroutput={"rendered": rendered[:4]}))
    whole_run.pytest_testnodedown(SimpleNamespace(workeroutput={"rendered": rendered[4:-1]}))
    whole_run.pytest_testnodedown(SimpleNamespace())
    whole_run.pytest_sessionfinish(judge)
    assert judge.exitstatus == pytest.ExitCode.TESTS_FAILED
    assert judge.config.stash[whole_run.UNSEEN] == never_rendered(OUR_TEMPLATES, rendered[:-1])

    whole_run.pytest_testnodedown(SimpleNamespace(workeroutput={"rendered": rendered[-1:]}))
    judge = a_run()
    whole_run.pytest_sessionfinish(judge)
    assert (judge.exitstatus, whole_run.UNSEEN in judge.config.stash) == (0, False)


def test_the_laws_are_in_force_in_every_test(request):
    assert {"faults_of_pages", "every_template_is_rendered", "every_opening_is_audited"} <= {*request.fixturenames}
