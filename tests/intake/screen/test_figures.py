"""The screen's figures: everything in the given set, nearly everything in ours, and no honest time phrase."""

from bench.screen.phrases import time_phrases
from bench.screen.sets import given_sentences, is_held_out, own_texts
from intake.screen import Field, screen_text

THIS_YEAR = 2026


def kinds(labelled):
    found = screen_text(labelled.text, field=labelled.field, this_year=THIS_YEAR).kinds
    return {kind.name for kind in found}


def shares(texts):
    """(recall, rate of false alarms) of labelled texts."""
    guilty = [labelled for labelled in texts if labelled.expect]
    innocent = [labelled for labelled in texts if not labelled.expect]
    found = sum(bool(kinds(labelled)) for labelled in guilty)
    flagged = sum(bool(kinds(labelled)) for labelled in innocent)
    return found / len(guilty), flagged / len(innocent)


def test_the_given_set_is_told_apart_without_a_fault():
    wrong = [labelled.text for labelled in given_sentences() if not labelled.expect <= kinds(labelled)]
    flagged = [labelled.text for labelled in given_sentences() if not labelled.expect and kinds(labelled)]
    assert (wrong, flagged) == ([], [])


def test_the_half_of_our_set_that_was_tuned_on_is_told_apart_without_a_fault():
    assert shares([labelled for labelled in own_texts() if not is_held_out(labelled)]) == (1.0, 0.0)


def test_the_half_that_nobody_tuned_on_is_told_apart_nearly_as_well():
    held_out = [labelled for labelled in own_texts() if is_held_out(labelled)]
    recall, false_alarms = shares(held_out)
    assert recall >= 0.98
    assert false_alarms <= 0.01


def test_our_sets_are_large_and_split_in_two():
    texts = own_texts()
    held_out = sum(map(is_held_out, texts))
    assert len(texts) > 800
    assert 0.45 < held_out / len(texts) < 0.55
    assert {name for labelled in texts for name in labelled.expect} == {
        "SSN", "DOB", "MRN", "MEMBER_ID", "EMAIL", "ADDRESS", "PHONE", "DX", "MED",
    }  # fmt: skip


def test_at_most_two_in_a_thousand_time_phrases_are_flagged():
    phrases = time_phrases(2000, seed=7)
    flagged = [p for p in phrases if screen_text(p, field=Field.PREFERRED_TIME, this_year=THIS_YEAR).kinds]
    assert len(flagged) <= 4, flagged
