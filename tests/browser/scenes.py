"""Browser tests' scenes: every page and state of the desk, how one gets there, and what it shows.

Each is looked at by test_scenes.py (accessibility, policy, width, focus) and photographed by pictures.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client

from accounts.models import Clinic, Membership, Role, User
from audit.background import service_scope
from callbacks.crm.mapping import take_snapshot
from callbacks.models import (
    ClinicPeriod,
    Closure,
    CrmTarget,
    DeskPolicy,
    LadderStep,
    RuleKind,
    SavedView,
    Script,
    SpecialDay,
)
from callbacks.requests import Relationship
from callbacks.services.contact_rules import RuleDraft, set_rule_for_number
from callbacks.services.disclosing import report_disclosure
from callbacks.services.needs import Needs, note_needs
from intake.management.commands.send_sample_report import sample_report
from intake.services.measuring import sweep_unmeasured
from intake.services.rejecting import BURST, sweep_rejections
from lib import clock
from tests.accounts.device import Device, keep
from tests.browser.comings import some_movement
from tests.browser.morning import a_busy_morning, before_opening, callback_of
from tests.browser.stage import Stage
from tests.callbacks.crm.trouble import trouble_with_crms
from tests.callbacks.desk import do, local
from tests.cast import PASSWORD
from tests.intake.signed_posts import post_report
from tests.intake.speech import some_calls
from tests.policies.callers import promise_call


@dataclass(frozen=True)
class Scene:
    """One state of one page. `play` starts before sign-in and ends with the state on the screen."""

    name: str
    shows: str
    play: Callable[[Stage], None]


SCENES: list[Scene] = []


def scene(shows: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Add a scene, named after its function."""

    def add(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENES.append(Scene(play.__name__.replace("_", "-"), shows, play))
        return play

    return add


@scene("The way in, with what the desk stands for beside it.")
def sign_in(stage: Stage) -> None:
    stage.open("/sign-in")


@scene("A wrong password: one sentence that does not say which of the two was wrong.")
def sign_in_refused(stage: Stage) -> None:
    stage.sign_in("ana", password="not her password")


@scene("One's own passkeys: what each device is called, and where another is added.")
def passkeys(stage: Stage) -> None:
    stage.sign_in("ana")
    for name, used_at in (("Blue telephone", clock.now()), ("Security key in the drawer", None)):
        keep(Device(), stage.cast.ana, name=name, used_at=used_at)
    stage.open("/settings/passkeys")


@scene("No passkey yet, and how one is added.")
def passkeys_none(stage: Stage) -> None:
    stage.sign_in("ana")
    stage.open("/settings/passkeys")


@scene("Another password: the present one first, and length instead of rules.")
def password(stage: Stage) -> None:
    stage.sign_in("ana")
    stage.open("/settings/password")


@scene("A new password that everybody uses: what is wrong with it, and nothing changed.")
def password_refused(stage: Stage) -> None:
    password(stage)
    stage.page.get_by_label("Your password now").fill(PASSWORD)
    stage.page.get_by_label("Your new password").fill("password1234")
    stage.page.get_by_role("button", name="Change the password").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("After the password, somebody who has a passkey and no app.")
def second_factor_passkey(stage: Stage) -> None:
    keep(Device(), stage.cast.ana)
    stage.sign_in("ana")


@scene("The queue on a busy morning, in calling order, with the reason for each place.")
def queue(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("ana")


@scene("A narrower look at the queue, kept as a view that everybody shares.")
def queue_view(stage: Stage) -> None:
    a_busy_morning(stage)
    for owner, label, words in (
        (stage.cast.sam, "Other languages", {"only": "other_language"}),
        (stage.cast.ana, "Afternoons", {"window": "afternoon"}),
    ):
        SavedView.objects.create(
            clinic=stage.cast.riverside,
            owner=owner,
            label=label,
            tab="next",
            filters=words,
            is_shared=owner == stage.cast.sam,
        )
    stage.sign_in("ana")
    stage.open("/queue?view=next&only=other_language")


@scene("A filter that nobody fits, and a supervisor who may keep it for everybody.")
def queue_filtered(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("sam")
    stage.open("/queue?view=next&reason=consultation&only=repeated")


@scene("Callers who wait for a later time: retries and agreed times.")
def queue_waiting(stage: Stage) -> None:
    queue(stage)
    stage.open("/queue?view=waiting")


@scene("Reports that a person must look at before anyone dials.")
def queue_review(stage: Stage) -> None:
    queue(stage)
    stage.open("/queue?view=review")


@scene("Finished callbacks.")
def queue_closed(stage: Stage) -> None:
    queue(stage)
    stage.open("/queue?view=closed")


@scene("Something changed while the queue was open: a pill says so, and no row moves by itself.")
def queue_changed(stage: Stage) -> None:
    queue(stage)
    promise_call(stage.cast.riverside, first_name="Eli", phone="+12025550188", called_from="+12025550188")
    stage.page.locator("[data-apply]").wait_for()


@scene("An empty queue while the clinic is open.")
def queue_empty(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("ana")


@scene("Before the clinic opens: the top bar says until when it is closed.")
def queue_clinic_closed(stage: Stage) -> None:
    before_opening(stage)
    stage.sign_in("ana")


@scene("A callback nobody holds: number, the caller's words and notes stay hidden.")
def workspace_unclaimed(stage: Stage) -> None:
    queue(stage)
    stage.open(f"/callbacks/{callback_of(stage, 'José').pk}")


@scene("A callback of one's own: what to say, how the call can end, and what saving will do.")
def workspace_mine(stage: Stage) -> None:
    workspace_unclaimed(stage)
    stage.page.get_by_role("button", name="Claim").click()
    stage.page.get_by_text("Held for you").wait_for()
    stage.ready()


@scene("The number is shown, and that is on record; an outcome is chosen, and the page says what happens next.")
def workspace_revealed(stage: Stage) -> None:
    workspace_mine(stage)
    stage.page.get_by_role("button", name="Show number").click()
    stage.page.locator("[data-number]").wait_for()
    stage.page.get_by_text("No answer", exact=True).click()


@scene("Who speaks is asked to say who they are; until both fit, only the schedule is talked about.")
def workspace_verifying(stage: Stage) -> None:
    workspace_mine(stage)
    stage.page.keyboard.press("j")
    stage.page.get_by_label("Full name fits").check()


@scene("Name and date of birth fitted: the talk begins.")
def workspace_verified(stage: Stage) -> None:
    workspace_mine(stage)
    stage.page.keyboard.press("v")


@scene("Nobody answers, and a voicemail is chosen: what to say after the tone, and nothing else.")
def workspace_voicemail(stage: Stage) -> None:
    workspace_mine(stage)
    stage.page.keyboard.press("6")


@scene("A voicemail that may not be left now.")
def workspace_voicemail_barred(stage: Stage) -> None:
    queue(stage)
    stage.open(f"/callbacks/{callback_of(stage, 'Liam').pk}")
    stage.page.get_by_role("button", name="Claim").click()
    stage.page.get_by_text("Held for you").wait_for()
    stage.ready()
    stage.page.keyboard.press("6")


@scene("An outcome that cannot be saved as it is: the reason first, everything typed still there.")
def workspace_refused(stage: Stage) -> None:
    workspace_mine(stage)
    stage.page.get_by_text("Call at agreed time").click()
    stage.page.get_by_label("Call again at").fill("2026-11-22T09:00")
    stage.page.get_by_label("Note for whoever calls next").fill("Wants to talk on Sunday.")
    stage.page.get_by_role("button", name="Save").click()
    stage.page.locator("[data-error]").wait_for()
    stage.ready()


@scene("An interpreter and a parent: what stands first before the call, and what is checked in it.")
def workspace_proxy(stage: Stage) -> None:
    queue(stage)
    DeskPolicy.objects.create(clinic=stage.cast.riverside, interpreter_line="+12025550170")
    called = callback_of(stage, "José")
    wanted = Needs(
        relationship=Relationship.PARENT, person_to_call="Marguerite", interpreter_required=True, language="es"
    )
    do(note_needs, called, wanted, by=stage.cast.sam)
    stage.open(f"/callbacks/{called.pk}")
    stage.page.get_by_role("button", name="Claim").click()
    stage.page.get_by_text("Held for you").wait_for()
    stage.ready()


@scene("Whom to call, and how: the dialog.")
def workspace_whom_to_call(stage: Stage) -> None:
    workspace_proxy(stage)
    stage.page.get_by_role("button", name="Whom to call").click()
    stage.page.get_by_role("dialog").wait_for()


@scene("A minor's confidence, as the front desk sees it: ask a supervisor.")
def workspace_confidential(stage: Stage) -> None:
    queue(stage)
    called = callback_of(stage, "José")
    do(note_needs, called, Needs(teen_confidential=True), by=stage.cast.sam)
    stage.open(f"/callbacks/{called.pk}")


@scene("The same, as a supervisor sees it: claim it, or leave it to the front desk with a reason.")
def workspace_leave_to_desk(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("sam")
    called = callback_of(stage, "José")
    do(note_needs, called, Needs(teen_confidential=True), by=stage.cast.sam)
    stage.open(f"/callbacks/{called.pk}")
    stage.page.get_by_role("button", name="Leave to the front desk").click()
    stage.page.get_by_role("dialog").wait_for()


@scene("Before a downtime sheet: what will stand on it, and why paper is needed.")
def downtime(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("sam")
    stage.open("/downtime")


@scene("The downtime sheet, with its printer's name across it: the one page whose numbers are for paper.")
def downtime_sheet(stage: Stage) -> None:
    downtime(stage)
    stage.page.get_by_label("Why is paper needed?").fill("The network is being repaired at noon.")
    stage.page.get_by_role("button", name="Show the sheet").click()
    stage.page.get_by_text("Shred this sheet").wait_for()
    stage.ready()


@scene("Nobody waits: no paper is needed.")
def downtime_none(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/downtime")


@scene("A callback that a colleague is working on.")
def workspace_held_by_a_colleague(stage: Stage) -> None:
    queue(stage)
    stage.open(f"/callbacks/{callback_of(stage, 'Priya').pk}")


@scene("A report that needs a look before anyone dials, and the decisions about it.")
def workspace_review(stage: Stage) -> None:
    queue(stage)
    stage.open(f"/callbacks/{callback_of(stage, 'Zoë').pk}")
    stage.page.get_by_role("button", name="Claim").click()
    stage.page.get_by_role("button", name="It can be called").wait_for()
    stage.ready()


@scene("A finished callback, with its history.")
def workspace_closed(stage: Stage) -> None:
    queue(stage)
    stage.open(f"/callbacks/{callback_of(stage, 'Tomás').pk}")


@scene("All keys, and the switch that turns single ones off for oneself.")
def key_sheet(stage: Stage) -> None:
    queue(stage)
    stage.page.keyboard.press("?")
    stage.page.get_by_role("dialog").wait_for()


@scene("The first look round, on a new colleague's first sign-in.")
def tour(stage: Stage) -> None:
    User.objects.update(has_seen_tour=False)
    queue(stage)
    stage.page.get_by_role("button", name="Next", exact=True).click()


@scene("Other keys of one's own, the switch for all of them, and what stays as it is.")
def own_keys(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("ana")
    stage.open("/keys")


@scene("One key that would do two things: which, and nothing changed.")
def own_keys_refused(stage: Stage) -> None:
    own_keys(stage)
    stage.page.get_by_label("Dial", exact=True).fill("N")
    stage.page.get_by_role("button", name="Save").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("The clinics of somebody who works in two.")
def clinic_chooser(stage: Stage) -> None:
    Membership.objects.create(user=stage.cast.ana, clinic=stage.cast.hilltop, role=Role.AGENT)
    queue(stage)
    chooser = stage.page.get_by_role("button", name="Switch clinic")
    chooser.click()
    stage.page.get_by_role("button", name="Riverside").last.click()
    stage.page.locator("[data-row]").first.wait_for()
    stage.ready()
    chooser.click()


@scene("One's own menu, with the way out.")
def own_menu(stage: Stage) -> None:
    queue(stage)
    stage.page.get_by_role("button", name="Your menu").click()


@scene("The compliance officer's trail: who saw or did what, field by field.")
def trail(stage: Stage) -> None:
    workspace_revealed(stage)
    stage.page.context.clear_cookies()
    stage.sign_in("olu")
    stage.open("/audit/")


@scene("Where the officer starts: whether the trail is whole and sealed in time, and what waits for an answer.")
def overview(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/overview")


@scene("Callers' data that somebody opened without working on the callback.")
def unexplained_access(stage: Stage) -> None:
    workspace_revealed(stage)
    stage.page.context.clear_cookies()
    stage.sign_in("olu")
    stage.open("/audit/reports/unexplained")


@scene("Everybody who saw one caller: before the officer said which.")
def caller_accesses(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/reports/accesses")


@scene("What of one caller left the house: sent to a CRM, and what staff said somebody may have learned.")
def caller_disclosures(stage: Stage) -> None:
    a_busy_morning(stage)
    trouble_with_crms(stage.cast.riverside)
    callback, chart = callback_of(stage, "José"), CrmTarget.objects.earliest("name")
    with service_scope("worker", route="test"):
        take_snapshot(callback, chart, version=1, now=clock.now())
        report_disclosure(callback)
    stage.sign_in("olu")
    stage.open(f"/audit/reports/disclosures?subject={callback.ref}")


@scene("Nothing of a caller left the house.")
def caller_disclosures_none(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("olu")
    stage.open(f"/audit/reports/disclosures?subject={callback_of(stage, 'José').ref}")


@scene("What of a caller left the house: a reference that nobody knows, and what is wrong with it.")
def caller_disclosures_refused(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/reports/disclosures?subject=CB-9999")


@scene("A search of the trail that finds nothing.")
def trail_without_a_match(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/?since=2026-11-25")


@scene("A search of the trail that cannot be understood: what is wrong, and nothing guessed.")
def trail_refused(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/?subject=CB-9999")


@scene("What the house found not to be as it must be: nothing today.")
def findings(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/findings")


@scene("An open finding, with what to do about it.")
def findings_open(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:10"))
    for _ in range(BURST + 1):
        Client().post("/webhook/vapi", data=b"{}", content_type="application/json")
    stage.at(local("2026-11-24 10:12"))
    with service_scope("worker", route="test"):
        sweep_rejections()
    findings(stage)


@scene("Emergency access: which callback, why, and that the officer hears of it.")
def emergency(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("max")
    stage.open(f"/emergency?reference={callback_of(stage, 'José').ref}")
    stage.page.get_by_label("Whoever holds it is away").check()
    stage.page.get_by_label("Why it cannot wait").fill("Ben went home and this caller expects us before six.")


@scene("A reason that holds what belongs into no reason: why nothing was opened, and what was typed.")
def emergency_refused(stage: Stage) -> None:
    emergency(stage)
    stage.page.get_by_label("Why it cannot wait").fill("Her insulin is used up and she waits for our call.")
    stage.page.get_by_role("button", name="Open for fifteen minutes").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("A callback seen by emergency access: to read only, under a bar that says what is left.")
def emergency_record(stage: Stage) -> None:
    emergency(stage)
    stage.page.get_by_role("button", name="Open for fifteen minutes").click()
    stage.page.get_by_role("button", name="End now").wait_for()
    stage.ready()


@scene("Administration while an emergency access is open.")
def emergency_in_administration(stage: Stage) -> None:
    emergency_record(stage)
    stage.open("/admin/")


@scene("One emergency access at a time: the way back to the one that is open.")
def emergency_open_already(stage: Stage) -> None:
    emergency_record(stage)
    stage.open("/emergency")


@scene("The officer's emergency accesses: why, what was opened, and the verdict they wait for.")
def emergency_reviews(stage: Stage) -> None:
    emergency_record(stage)
    stage.page.get_by_role("button", name="End now").click()
    stage.page.context.clear_cookies()
    stage.sign_in("olu")
    stage.open("/audit/emergency-access")


@scene("An emergency access that was judged.")
def emergency_judged(stage: Stage) -> None:
    emergency_reviews(stage)
    stage.page.get_by_label("Justified", exact=True).check()
    stage.page.get_by_label("What you found").fill("Ben confirms that he had left.")
    stage.page.get_by_role("button", name="Give verdict").click()
    stage.page.get_by_text("Your verdict is kept").wait_for()
    stage.ready()


@scene("Access reviews: none was signed yet.")
def access_reviews_none(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/access-review")


@scene("The sheet of an access review: every role of the clinic, to keep or to revoke.")
def access_review(stage: Stage) -> None:
    workspace_revealed(stage)
    stage.page.context.clear_cookies()
    access_reviews_none(stage)
    stage.page.get_by_role("button", name="Begin a review").click()
    stage.page.get_by_role("button", name="Keep Ana, Front desk").click()
    stage.page.get_by_role("button", name="Revoke Ben, Front desk").click()
    stage.page.get_by_text("4 lines are undecided.").wait_for()
    stage.ready()


@scene("A signed access review: who, when, and the digest over its lines.")
def access_review_signed(stage: Stage) -> None:
    access_review(stage)
    for line in ("Max, Administrator", "Nadia, Nurse", "Olu, Compliance officer", "Sam, Supervisor"):
        stage.page.get_by_role("button", name=f"Keep {line}").click()
    stage.page.get_by_role("button", name="Sign", exact=True).click()
    stage.page.get_by_text("SHA-256 over the lines").wait_for()
    stage.ready()


@scene("Access reviews: one was signed, and when the next is due.")
def access_reviews(stage: Stage) -> None:
    access_review_signed(stage)
    stage.open("/audit/access-review")


@scene("Nobody needed emergency access.")
def emergency_reviews_none(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/audit/emergency-access")


@scene("Reports from which something was taken out before it was stored: names of keys, never values.")
def quarantine(stage: Stage) -> None:
    report = sample_report("article-flat", 0, clock.now())
    report["structuredData"] |= {"diagnosis": "not for a receptionist", "preferredTime": "after my insulin, mornings"}
    assert post_report(report).json()["outcome"] == "quarantined"
    stage.sign_in("olu")
    stage.open("/audit/quarantine")


@scene("How calls went: how soon interruptions were noticed, how calls ended, and poor lines.")
def calls(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:10"))
    some_calls()
    stage.at(local("2026-11-24 10:12"))
    with service_scope("worker", route="test"):
        sweep_unmeasured()
    stage.sign_in("sam")
    stage.open("/calls")


@scene("No call was told of yet, and what the assistant must send.")
def calls_none(stage: Stage) -> None:
    stage.sign_in("sam")
    stage.open("/calls?days=7")


@scene("What is said at each step of a call: the text, how it sounds to an invented caller, and its versions.")
def scripts(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/scripts")
    stage.page.get_by_label("Open: what is said").fill(
        "Good day, {staff} of {neutral_name} here. Is that {first_name}?"
    )
    stage.page.get_by_role("button", name="Save").click()
    stage.page.get_by_text("Version 1", exact=True).wait_for()
    stage.ready()


@scene("A voicemail that would tell a stranger why somebody is called: what must change, while it is typed.")
def scripts_objection(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/scripts?step=voicemail")
    typed = stage.page.get_by_label("Voicemail: what is said")
    typed.fill("Hello {first_name}, {doctor} has your test results. Call 202 555 0100.")
    stage.page.get_by_text("There is no {doctor}.").wait_for()
    stage.page.get_by_role("button", name="Save").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("A clinic that leaves no name on a voicemail.")
def scripts_nameless(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.cast.riverside.omits_name_on_voicemail = True
    stage.cast.riverside.save()
    Script.objects.create(
        clinic=stage.cast.riverside,
        step="voicemail",
        version=1,
        text="{staff} for {first_name}: please call {clinic_number}.",
        in_force_from=clock.now(),
        author=stage.cast.sam,
    )
    stage.sign_in("sam")
    stage.open("/settings/scripts?step=voicemail")


@scene("The clinic's work at a glance: figures that lead somewhere, an estimate, and who holds what.")
def supervise(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("sam")
    stage.open("/supervise")


@scene("Nothing to supervise: no caller, and nobody holds a callback.")
def supervise_empty(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/supervise")


@scene("The clinic's CRMs: one that refuses a callback, one that stopped, and what a supervisor does about it.")
def crm(stage: Stage) -> None:
    a_busy_morning(stage)
    trouble_with_crms(stage.cast.riverside)
    stage.sign_in("sam")
    stage.open("/crm")


@scene("No CRM is connected.")
def crm_none(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/crm")


@scene("A callback that the CRM ended while a colleague works on it: a chip and a banner, nothing else changes.")
def workspace_ended_elsewhere(stage: Stage) -> None:
    a_busy_morning(stage)
    trouble_with_crms(stage.cast.riverside)
    stage.sign_in("ana")
    stage.open(f"/callbacks/{callback_of(stage, 'José').pk}")


@scene("Settings: what each page does, and the way to another clinic's.")
def settings(stage: Stage) -> None:
    Membership.objects.create(user=stage.cast.sam, clinic=stage.cast.hilltop, role=Role.SUPERVISOR)
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings")


@scene("The week of opening hours, and what it does to a call of this moment.")
def hours(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("sam")
    stage.open("/settings/hours")


@scene("Other hours that are not saved yet: which callbacks move, and which promise is lost.")
def hours_reckoned(stage: Stage) -> None:
    hours(stage)
    for weekday in ("Tuesday", "Wednesday"):
        for number in (1, 1):
            stage.page.get_by_role("button", name=f"Take out stretch {number} of {weekday}").click()
            stage.ready()
    stage.page.get_by_label("Thursday, stretch 1: closes").fill("12:30")
    stage.page.get_by_label("Thursday, stretch 1: closes").blur()
    stage.page.get_by_text("no longer be kept").wait_for()


@scene("Hours that overlap or end before they begin: what is wrong first, and everything typed still there.")
def hours_refused(stage: Stage) -> None:
    hours(stage)
    stage.page.get_by_label("Monday, stretch 1: closes").fill("14:00")
    stage.page.get_by_label("Friday, stretch 2: closes").fill("09:00")
    stage.page.get_by_role("button", name="Save the hours").click()
    stage.page.get_by_text("Not saved yet").wait_for()
    stage.ready()


@scene("Somebody else saved hours meanwhile: theirs in words, one's own still in the form.")
def hours_conflict(stage: Stage) -> None:
    hours(stage)
    ClinicPeriod.objects.filter(clinic=stage.cast.riverside, weekday=4, opens_minute=780).delete()
    stage.page.get_by_label("Monday, stretch 1: opens").fill("07:30")
    stage.page.get_by_role("button", name="Save the hours").click()
    stage.page.get_by_text("Stored now").wait_for()
    stage.ready()


@scene("The hours from before, back in the form after a change; they hold once they are saved.")
def hours_before(stage: Stage) -> None:
    hours(stage)
    stage.page.get_by_label("Friday, stretch 2: closes").fill("15:00")
    stage.page.get_by_role("button", name="Save the hours").click()
    stage.page.get_by_role("link", name="Put them into the form").click()
    stage.page.get_by_text("These are the hours from before").wait_for()
    stage.ready()


@scene("A clinic without hours: nobody could be called back, and the page says so.")
def hours_none(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    ClinicPeriod.objects.filter(clinic=stage.cast.riverside).delete()
    stage.sign_in("sam")
    stage.open("/settings/hours")


@scene("Everybody of the clinics one administers: roles with their times, second factor, sign-in, session.")
def people(stage: Stage) -> None:
    some_movement(stage)
    stage.sign_in("max")
    stage.open("/people")


@scene("Nobody is like that: a list that was narrowed too far.")
def people_none(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open("/people?role=officer&standing=left")


@scene("One person: roles with their times, and what an administrator does to the account.")
def person(stage: Stage) -> None:
    some_movement(stage)
    stage.sign_in("max")
    stage.open(f"/people/{stage.cast.ana.pk}")


@scene("A role that cannot be given as it is: the reason first, everything typed still there.")
def person_refused(stage: Stage) -> None:
    person(stage)
    stage.page.get_by_label("Role", exact=True).select_option("agent")
    stage.page.get_by_role("button", name="Give the role").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("A role about to be changed from a time on.")
def person_change(stage: Stage) -> None:
    person(stage)
    stage.page.locator("summary", has_text="Change").first.click()


@scene("Somebody who left: how soon after its time their access had ended.")
def person_left(stage: Stage) -> None:
    some_movement(stage)
    stage.sign_in("max")
    stage.open(f"/people/{stage.cast.ben.pk}")


@scene("One's own page among the people: what one cannot do to oneself.")
def person_oneself(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open(f"/people/{stage.cast.max.pk}")


@scene("Inviting somebody: who, where and as what.")
def person_new(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open("/people/new")


@scene("Somebody whose user name is taken: what is wrong stands at its field.")
def person_new_refused(stage: Stage) -> None:
    person_new(stage)
    stage.page.get_by_label("Name", exact=True).fill("Ana Sol")
    stage.page.get_by_label("User name").fill("ana")
    stage.page.get_by_role("button", name="Invite").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("The link for somebody new, shown once.")
def person_invited(stage: Stage) -> None:
    person_new(stage)
    stage.page.get_by_label("Name", exact=True).fill("Fay")
    stage.page.get_by_label("User name").fill("fay")
    stage.page.get_by_role("button", name="Invite").click()
    stage.page.get_by_role("heading", name="Invitation").wait_for()
    # Another one each time: a picture must not differ for it.
    stage.page.locator(".link code").evaluate(
        "code => { code.textContent = code.textContent.split('#')[0] + '#' + 'x'.repeat(32); }"
    )
    stage.ready()


@scene("What each role may do and see, and what never, from the table of rights itself.")
def roles(stage: Stage) -> None:
    stage.sign_in("olu")
    stage.open("/roles")


def _closed_days(stage: Stage) -> None:
    clinic = stage.cast.riverside
    for first_on, last_on, label in (
        ("2026-11-26", "2026-11-27", "Thanksgiving Day, and the day after"),
        ("2026-12-28", "2027-01-01", "Between the years"),
        ("2026-09-07", "2026-09-07", "Labor Day"),
    ):
        Closure.objects.create(clinic=clinic, first_on=first_on, last_on=last_on, label=label)
    for opens, closes in ((540, 720), (780, 900)):
        SpecialDay.objects.create(clinic=clinic, day_on="2026-12-12", opens_minute=opens, closes_minute=closes)


@scene("Closed days and days with hours of their own, the past ones folded away.")
def closed_days(stage: Stage) -> None:
    a_busy_morning(stage)
    _closed_days(stage)
    stage.sign_in("sam")
    stage.open("/settings/closed-days")
    stage.page.get_by_text("1 past day").click()


@scene("A day that is not closed yet: what closing it would do to those who wait.")
def closed_days_reckoned(stage: Stage) -> None:
    a_busy_morning(stage)
    stage.sign_in("sam")
    stage.open("/settings/closed-days")
    stage.page.get_by_label("First day").fill("2026-11-25")
    stage.page.get_by_label("First day").blur()
    stage.page.get_by_text("open callbacks move").wait_for()


@scene("No closed day ahead; a run that ends before it begins is refused, as it was typed.")
def closed_days_refused(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/closed-days")
    stage.page.get_by_label("First day").fill("2026-12-24")
    stage.page.get_by_label("Last day").fill("2026-12-21")
    stage.page.get_by_label("Why").fill("Between the years")
    stage.page.get_by_role("button", name="Close on these days").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("A year's holidays to tick: those closed already, and those no public list has.")
def holidays(stage: Stage) -> None:
    a_busy_morning(stage)
    _closed_days(stage)
    stage.sign_in("sam")
    stage.open("/settings/closed-days/holidays?year=2026")
    stage.page.get_by_label("Christmas Eve").check()


@scene("Nothing was ticked, and nothing is closed.")
def holidays_refused(stage: Stage) -> None:
    holidays(stage)
    stage.open("/settings/closed-days/holidays?year=2027")
    stage.page.get_by_role("button", name="Close on the ticked days").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("A country whose holidays are not known here.")
def holidays_none(stage: Stage) -> None:
    Clinic.objects.filter(pk=stage.cast.riverside.pk).update(region="XX")
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/closed-days/holidays")


@scene("Rules of the desk: what follows each outcome in plain words, one step the clinic's own.")
def settings_rules(stage: Stage) -> None:
    LadderStep.objects.create(
        clinic=stage.cast.riverside, outcome="no_answer", step=1, action="retry", delay_minutes=45
    )
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/rules")


@scene("A step with which nobody would ever be done: refused, as it was chosen.")
def settings_rules_refused(stage: Stage) -> None:
    settings_rules(stage)
    stage.page.get_by_label("After", exact=True).select_option("no_answer")
    stage.page.get_by_label("Step", exact=True).fill("4")
    stage.page.get_by_role("button", name="Set this step").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("Contact rules: two digits of the number, the wish, who noted it and until when.")
def contact_rules(stage: Stage) -> None:
    a_busy_morning(stage)
    wishes = (
        ("+12025550166", RuleDraft(kind=RuleKind.DO_NOT_CALL)),
        ("+12025550167", RuleDraft(kind=RuleKind.ONLY_HOURS, only_from=17 * 60, only_to=19 * 60)),
        ("+12025550168", RuleDraft(kind=RuleKind.NO_VOICEMAIL, expires_at=clock.now() + timedelta(days=30))),
    )
    with service_scope("test", route="test"):
        for phone, wish in wishes:
            set_rule_for_number(stage.cast.riverside, phone, wish, acting_user=stage.cast.sam)
    stage.sign_in("sam")
    stage.open("/settings/contact-rules")


@scene("No contact rules; one that lacks its hours is refused, as it was typed.")
def contact_rules_refused(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/contact-rules")
    stage.page.locator("#rule-number").fill("202-555-0166")
    stage.page.get_by_label("They asked for").select_option("only_hours")
    stage.page.get_by_role("button", name="Note the rule").click()
    stage.page.get_by_role("alert").wait_for()
    stage.ready()


@scene("A number that was looked for and has no rule.")
def contact_rules_not_found(stage: Stage) -> None:
    stage.at(local("2026-11-24 10:12"))
    stage.sign_in("sam")
    stage.open("/settings/contact-rules")
    stage.page.locator("#find-number").fill("202-555-0199")
    stage.page.get_by_role("button", name="Find").click()
    stage.page.get_by_text("No rule for this number").wait_for()
    stage.ready()


@scene("Administration's page of a CRM: what may leave is ticked; secrets never come out again.")
def administration_crm(stage: Stage) -> None:
    trouble_with_crms(stage.cast.riverside)
    stage.sign_in("max")
    stage.open(f"/admin/callbacks/crmtarget/{CrmTarget.objects.earliest('name').pk}/change/")


@scene("Administration: clinics and people, no caller's data.")
def administration(stage: Stage) -> None:
    stage.sign_in("max")


@scene("Administration's list of people.")
def administration_people(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open("/admin/accounts/user/")


@scene("Administration's page of a line: how its deliveries are proven; secrets never come out again.")
def administration_line(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open(f"/admin/intake/line/{stage.cast.line.pk}/change/")


@scene("The endpoints for machines, for whoever connects an assistant: proofs, messages, examples, answers.")
def endpoints(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open("/endpoints")
    stage.page.locator("details.kind").first.locator("summary").click()


@scene("Administration's list of a clinic's own retry steps.")
def administration_ladder(stage: Stage) -> None:
    LadderStep.objects.create(clinic=stage.cast.riverside, outcome="busy", step=1, action="retry", delay_minutes=20)
    stage.sign_in("max")
    stage.open("/admin/callbacks/ladderstep/")


@scene("Administration's form for a person on call.")
def administration_on_call(stage: Stage) -> None:
    stage.sign_in("max")
    stage.open("/admin/callbacks/oncall/add/")


@scene("A person whom nobody has given a role yet.")
def no_clinic(stage: Stage) -> None:
    stage.cast.ana.memberships.all().delete()
    stage.sign_in("ana")


@scene("A page that is not for this person.")
def error_403(stage: Stage) -> None:
    stage.sign_in("ana")
    stage.open("/audit/")


@scene("A form older than its session.")
def error_403_old_form(stage: Stage) -> None:
    stage.show_template("403_csrf.html", csrf_token="a-new-token")


@scene("An address where nothing is, or nothing of one's own clinic.")
def error_404(stage: Stage) -> None:
    stage.sign_in("ana")
    stage.open("/callbacks/00000000-0000-7000-8000-000000000001")


@scene("A request that cannot be understood.")
def error_400(stage: Stage) -> None:
    stage.show_template("400.html")


@scene("Something broke.")
def error_500(stage: Stage) -> None:
    stage.show_template("500.html")


@scene("The database or the trail is away: nothing of a caller is shown.")
def error_503(stage: Stage) -> None:
    stage.show_template("503.html")
