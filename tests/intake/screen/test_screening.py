"""The screen, text by text: what it finds, what it lets pass, and which field it stands in."""

import pytest
from hypothesis import given, strategies as st

from intake.screen import LONGEST_SCREENED, Field, Kind, screen_text


def kinds(text, field=Field.PREFERRED_TIME, this_year=2026):
    return set(screen_text(text, field=field, this_year=this_year).kinds)


@pytest.mark.parametrize(
    "text",
    [
        "the 15th after 3",
        "9 to 5",
        "I have a 2pm appointment",
        "tomorrow morning",
        "next Tuesday at 10:30",
        "12/5 at 3",
        "930-1030",
        "1615-1245",
        "10, 11, 12",
        "December 5, 2026",
        "June 18, 26 or 27",
        "cancel my 10:30 with Dr. Payne",
        "it wouldn't hurt to try at 8",
        "at the stroke of noon",
        "ask for Camila",
        "the clinic on 5th Avenue",
        "not on my birthday",
        "el martes después de las tres",
        "",
    ],
)
def test_talk_about_times_passes(text):
    assert screen_text(text, field=Field.PREFERRED_TIME, this_year=2026).cleaned == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my social is 123-45-6789", Kind.SSN),
        ("123 45 6789", Kind.SSN),
        ("born March 3rd", Kind.DOB),
        ("March 3rd, 1961", Kind.DOB),
        ("3/3/61", Kind.DOB),
        ("MRN 4419203", Kind.MRN),
        ("Medicare 1EG4-TE5-MK72", Kind.MEMBER_ID),
        ("dana at example dot com", Kind.EMAIL),
        ("18 Maple Street", Kind.ADDRESS),
        ("try 555-0143", Kind.PHONE),
        ("about my diabetes", Kind.DX),
        ("my left knee is swollen", Kind.DX),
        ("20 mg at night", Kind.MED),
        ("4111 1111 1111 1111", Kind.LONG_NUMBER),
        ("passport 50123456", Kind.LONG_NUMBER),
        ("taking my Camila", Kind.MED),
    ],
)
def test_what_does_not_belong_is_found_and_nothing_is_kept(text, kind):
    screening = screen_text(text, field=Field.PREFERRED_TIME, this_year=2026)
    assert kind in screening.kinds
    assert screening.cleaned is None


@pytest.mark.parametrize(
    "text",
    [
        "ｄｉａｂｅｔｅｓ",
        "d i a b e t e s",
        "d.i.a.b.e.t.e.s",
        "dia\u200bbetes",
        "dia\u00adbetes",
        "dіаbetes",
        "DIABETÉS",
        "𝐝𝐢𝐚𝐛𝐞𝐭𝐞𝐬",
    ],
)
def test_an_illness_is_found_however_it_is_spelled(text):
    assert kinds(text) == {Kind.DX}


@pytest.mark.parametrize(
    "text",
    [
        "２１９-０９-９９９９",
        "٢١٩-٠٩-٩٩٩٩",
        "219\u201109\u20119999",
        "219–09–9999",
        "two one nine oh nine nine nine nine nine",
        "two one nine, zero nine, nine nine double nine",
        "two nineteen oh nine ninety-nine ninety-nine",
    ],
)
def test_a_number_is_found_however_it_is_said(text):
    assert kinds(text) == {Kind.SSN}


class TestFields:
    @pytest.mark.parametrize(
        "name", ["Rose", "Patience", "Hope", "Dolores", "Asma", "Camila", "Mary-Ann", "明", "O'Neil"]
    )
    def test_a_name_that_is_a_word_too_is_a_name(self, name):
        assert kinds(name, Field.FIRST_NAME) == set()

    def test_a_sentence_in_place_of_a_name_is_none(self):
        assert kinds("Dana, about her diabetes", Field.FIRST_NAME) == {Kind.DX}
        assert kinds("Dana 202 555 0143", Field.FIRST_NAME) == {Kind.PHONE}

    def test_a_telephone_number_belongs_in_its_own_field(self):
        for text in ("202 555 0143", "+44 20 7946 0958", "202 555 0143 ext 9", "219099999"):
            assert kinds(text, Field.CALLBACK_NUMBER) == set()

    def test_other_numbers_do_not(self):
        assert kinds("219-09-9999", Field.CALLBACK_NUMBER) == {Kind.SSN}
        assert kinds("MRN 4419203", Field.CALLBACK_NUMBER) == {Kind.MRN}


def test_a_year_is_past_by_the_year_of_the_report():
    assert kinds("12/05/2026", this_year=2026) == set()
    assert kinds("12/05/2026", this_year=2027) == {Kind.DOB}


def test_what_is_too_long_to_be_read_is_not_kept():
    assert screen_text("morning " * 70, field=Field.PREFERRED_TIME, this_year=2026).kinds == (Kind.LONG_TEXT,)
    # One character that stands for eighteen.
    assert kinds("\ufdfa" * LONGEST_SCREENED) == {Kind.LONG_TEXT}


def test_the_answer_shows_nothing_of_the_text():
    assert "Zqx" not in repr(screen_text("Zqxwords", field=Field.PREFERRED_TIME, this_year=2026))


@given(st.text(max_size=LONGEST_SCREENED), st.sampled_from(Field))
def test_any_text_is_either_kept_whole_or_not_at_all(text, field):
    screening = screen_text(text, field=field, this_year=2026)
    assert screening.cleaned == (None if screening.kinds else text)
    assert list(screening.kinds) == sorted(set(screening.kinds))


@given(st.sampled_from(("about my diabetes", "SSN 219-09-9999", "dana@example.com", "20 mg")), st.data())
def test_invisible_characters_hide_nothing(text, data):
    place = data.draw(st.integers(0, len(text)))
    hidden = data.draw(st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad\x00\x07"))
    assert kinds(text[:place] + hidden + text[place:]) == kinds(text)
