from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventx.sentences import paragraphs, sentences

# Each row: the sentences of one paragraph, joined by a space.
CASES = [
    ["Mr. Okoro met Dr. Lindqvist on Jan. 4.", "They spoke for an hour."],
    ["The U.S. envoy arrived at 9 a.m. and left by noon.", "No talks were held."],
    ["NAIROBI, May 3 (NewsCo) - The ministers met.", "A second session is due on Friday."],
    ['"We will meet again," she said.', "The date is open."],
    ["Did they talk?", "They did!", "For 2.5 hours."],
    ["Lt. Gen. Adeyemi (ret.) chaired the meeting.", "It lasted a day."],
]


@pytest.mark.parametrize("expected", CASES, ids=lambda case: case[0][:20])
def test_news_sentences(expected):
    text = " ".join(expected)
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\n\n\n"])
def test_a_blank_line_ends_a_paragraph_in_every_notation(blank):
    text = f"The ministers met{blank}in Oslo on Monday"
    assert [text[start:end] for start, end in paragraphs(text)] == ["The ministers met", "in Oslo on Monday"]


def test_a_single_line_end_does_not_end_a_paragraph():
    text = "The ministers\r\nmet in Oslo\non Monday."
    assert list(paragraphs(text)) == [(0, len(text))]


def test_an_open_quote_does_not_reach_into_the_next_paragraph():
    first, second = '"We will meet, he said. And so on.', "They met. It was Monday."
    alone = [second[start:end] for start, end in sentences(second)]
    text = f"{first}\n\n{second}"
    assert [text[start:end] for start, end in sentences(text)][-2:] == alone


def test_a_lone_surrogate_does_not_end_a_sentence():
    text = "The EU \ud800 Minister met him."
    assert sentences(text) == [(0, len(text))]


@given(
    st.text(alphabet=st.sampled_from("aB. \n\r\t\"'?!()é😀\u0301\u200b\ud800\x00…「」。"), max_size=80)
    | st.text()
)
def test_sentences_cover_all_but_white_space_in_order(text):
    position = 0
    for start, end in sentences(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


def test_no_sentence_ends_in_a_form_of_address():
    assert len(sentences("Ana met Ms. Sol in Rome. Amb. Doe was there.")) == 2
