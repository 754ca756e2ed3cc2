"""Every reason VAPI knows, and those it has yet to invent, falls into a group."""

import json

import pytest

from intake.sources.vapi import Defect, EndedReasonGroup
from intake.sources.vapi.ended import group_ended_reason
from tests.payloads import load_payload

KNOWN_REASONS = load_payload("vapi_ended_reasons.json")


def test_every_known_reason_has_a_group_but_two():
    ungrouped = {reason for reason in KNOWN_REASONS if group_ended_reason(reason) is EndedReasonGroup.UNKNOWN}
    assert len(KNOWN_REASONS) == 627
    assert ungrouped == {"manually-canceled", "call-deleted"}
    assert {group_ended_reason(reason) for reason in KNOWN_REASONS} == set(EndedReasonGroup)


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        ("customer-ended-call", EndedReasonGroup.CALLER_ENDED),
        ("customer-ended-call-during-transfer", EndedReasonGroup.CALLER_ENDED),
        ("assistant-said-end-call-phrase", EndedReasonGroup.ASSISTANT_ENDED),
        ("exceeded-max-duration", EndedReasonGroup.ASSISTANT_ENDED),
        ("silence-timed-out", EndedReasonGroup.SILENCE),
        ("voicemail", EndedReasonGroup.VOICEMAIL),
        ("assistant-forwarded-call", EndedReasonGroup.TRANSFERRED),
        ("assistant-request-returned-forwarding-phone-number", EndedReasonGroup.TRANSFERRED),
        ("assistant-request-failed", EndedReasonGroup.NEVER_CONNECTED),
        ("customer-did-not-answer", EndedReasonGroup.NEVER_CONNECTED),
        ("call.start.error-fraud-check-failed", EndedReasonGroup.NEVER_CONNECTED),
        ("pipeline-error-openai-voice-failed", EndedReasonGroup.ERROR),
        ("pipeline-error-deepgram-transcriber-failed", EndedReasonGroup.RECOGNITION),
        ("call.in-progress.error-providerfault-vapi-transcriber-failed", EndedReasonGroup.RECOGNITION),
        ("some-new-transcriber-trouble", EndedReasonGroup.RECOGNITION),
        ("call.in-progress.error-something-with-voicemail", EndedReasonGroup.ERROR),
        ("call.forwarding.no-answer", EndedReasonGroup.ERROR),
        ("Some-New-Error", EndedReasonGroup.ERROR),
        ("some-new-silence", EndedReasonGroup.SILENCE),
        ("some-new-voicemail", EndedReasonGroup.VOICEMAIL),
        ("some-new-transfer", EndedReasonGroup.TRANSFERRED),
        ("something-else", EndedReasonGroup.UNKNOWN),
        ("x" * 300 + "error", EndedReasonGroup.UNKNOWN),
        ("", EndedReasonGroup.UNKNOWN),
        (None, EndedReasonGroup.UNKNOWN),
        (5, EndedReasonGroup.UNKNOWN),
        ({}, EndedReasonGroup.UNKNOWN),
    ],
)
def test_reasons_are_grouped_by_how_they_begin(reason, group):
    assert group_ended_reason(reason) is group


def test_groups_and_defects_are_plain_words_in_json():
    assert json.dumps([EndedReasonGroup.ERROR, Defect.ODD_NAME]) == '["error", "odd_name"]'
