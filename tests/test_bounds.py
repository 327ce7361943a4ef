"""Bounds of argument spans, on made-up texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventx.bounds import Bounds, tidy
from eventx.document import ROLES

LOW, HIGH = 0.5, 0.9


def tidied(text, *parts, role="participants", score=HIGH):
    """Return the texts of the spans that come of these parts of the text."""
    spans = [Bounds(role, text.index(part), text.index(part) + len(part), score) for part in parts]
    return [text[span.start : span.end] for span in tidy(text, spans, len(text))]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("the visiting King", "King"),
        ("his", "his"),
        ("The", "The"),
        ("A", "A"),
        ("Chad's", "Chad"),
        ("ministers of", "ministers"),
        ("leaders of Chad and", "leaders of Chad"),
        ("Ana Sol of the", "Ana Sol"),
        ("“Ana Sol,”", "Ana Sol"),
        ("Doe Corp.", "Doe Corp."),
        ("Premiership.", "Premiership"),
        ("union (UFW)", "union (UFW)"),
        ("UFW)", "UFW"),
        ("U.N.", "U.N."),
        ("A. Mitchell", "A. Mitchell"),
        ("Movement (NAM", "Movement"),
        ("An Na-ri", "An Na-ri"),
        ("An envoy", "envoy"),
        ("then-President Ana Sol", "President Ana Sol"),
    ],
)
def test_a_party_has_no_leading_or_trailing_words(part, expected):
    assert tidied(f"Then {part} met Ivo.", part) == [expected]


@pytest.mark.parametrize(("name", "expected"), [("Ivo.", "Ivo"), ("Doe Inc.", "Doe Inc."), ("U.N.", "U.N.")])
def test_the_stop_of_the_sentence_belongs_to_an_abbreviation_only(name, expected):
    assert tidied(f"Ana met {name}", name) == [expected]


def test_no_name_goes_on_behind_the_sentence():
    text = "Ana met Ivo. Sol left."
    (span,) = tidy(text, [Bounds("participants", 8, 11, LOW)], end=12)
    assert text[span.start : span.end] == "Ivo"


def test_nothing_but_punctuation_is_no_span():
    assert tidied('They met " today.', '"') == []


def test_a_date_keeps_its_words():
    assert tidied("They met the next day.", "the next day", role="dates") == ["the next day"]


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("Talks with President Ana Sol failed.", "President Ana", "President Ana Sol"),
        ("Talks with Ban Ki-moon failed.", "Ban", "Ban Ki-moon"),
        ("He met Ana Sol Monday.", "Ana Sol", "Ana Sol"),
        ("He met Ana. Ivo left.", "Ana", "Ana"),
        ("He met ministers Tuesday.", "ministers", "ministers"),
        ("He met Ana\n\nPeru waits", "Ana", "Ana"),
    ],
)
def test_an_uncertain_piece_of_a_name_becomes_the_name(text, part, expected):
    assert tidied(text, part, score=LOW) == [expected]


def test_a_certain_span_stays_as_it_is():
    assert tidied("Talks with President Ana Sol failed.", "President Ana") == ["President Ana"]


def test_a_name_does_not_grow_into_another_span():
    text = "The Peru Ana Sol talks"
    assert tidied(text, "Peru", "Ana Sol", score=LOW) == ["Peru", "Ana Sol"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["Omani", "Qatari", "U.N. officials"], ["Omani, Qatari and U.N. officials"]),
        (["Omani", "Qatari"], ["Omani", "Qatari"]),
        (["Qatari", "U.N. officials"], ["Qatari and U.N. officials"]),
        (["Omani", "U.N. officials"], ["Omani", "U.N. officials"]),
    ],
)
def test_a_group_with_one_noun_for_all_is_one_span(parts, expected):
    assert tidied("Omani, Qatari and U.N. officials met.", *parts) == expected


@pytest.mark.parametrize(
    "parts",
    [("Omani", ", ", "Qatari and U.N. officials"), ("Chad's UFR", " and ", "FACT rebels")],
)
def test_the_last_member_may_be_two_and_the_first_may_have_an_owner(parts):
    whole = "".join(parts)
    assert tidied(f"{whole} met.", parts[0], parts[2]) == [whole]


@pytest.mark.parametrize(
    "parts", [("Omani", ", ", "Ana and U.N. officials"), ("Chad's Ana", " and ", "FACT rebels")]
)
def test_persons_are_no_members(parts):
    assert tidied(f"{''.join(parts)} met.", parts[0], parts[2]) == [parts[0], parts[2]]


@pytest.mark.parametrize("party", ["Sol", "Toyota", "Iran", "Hamas"])
def test_a_party_of_its_own_does_not_join_a_group(party):
    assert tidied(f"{party} and Omani officials met.", party, "Omani officials") == [party, "Omani officials"]


def test_countries_share_a_noun_with_countries():
    assert tidied("Serbia and Kosovo officials met.", "Serbia", "Kosovo officials") == [
        "Serbia and Kosovo officials"
    ]


def test_members_with_nouns_of_their_own_stay_apart():
    text = "Peru, the Omani envoy and Ana Sol met."
    assert tidied(text, "Peru", "Omani envoy", "Ana Sol") == ["Peru", "Omani envoy", "Ana Sol"]


@given(text=st.text("Aa. ,'s\n()éß1", max_size=40), data=st.data())
def test_spans_stay_inside_the_text_and_do_not_grow_together(text, data):
    spans, last = [], 0
    while last < len(text) and len(spans) < 4:
        start = data.draw(st.integers(last, len(text)))
        last = data.draw(st.integers(start, len(text)))
        role, score = data.draw(st.sampled_from(ROLES)), data.draw(st.floats(0, 1))
        spans.append(Bounds(role, start, last, score))
        last += 1
    for role, start, end, _ in tidy(text, spans, len(text)):
        assert role in ROLES
        assert 0 <= start < end <= len(text)
        assert any(map(str.isalnum, text[start:end]))
