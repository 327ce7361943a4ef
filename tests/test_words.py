from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventx.model import TOKENIZER, bundled
from eventx.words import MAX_PIECES, Words, covered


@pytest.fixture(scope="module")
def words():
    return Words(bundled() / TOKENIZER)


def cut(words, text):
    return [text[word.start : word.end] for word in words(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sino-US talks", ["Sino", "-", "US", "talks"]),
        ("Friday’s", ["Friday", "’", "s"]),
        ("at 10am\u00a0in\tOslo\r\n", ["at", "10am", "in", "Oslo"]),
        ("Cafe\u0301 Dvořák", ["Cafe\u0301", "Dvořák"]),
        ("👍🏽 ok", ["👍", "🏽", "ok"]),
        ("❤\ufe0f met", ["❤\ufe0f", "met"]),
        ("a_b", ["a", "_", "b"]),
        ("\u0301x", ["x"]),
    ],
)
def test_words(words, text, expected):
    assert cut(words, text) == expected


def test_pieces_are_those_of_the_vocabulary(words):
    from tokenizers import Tokenizer

    text = "Undersecretary Zviad Qvarchelia met EU envoys, 14 March."
    reference = Tokenizer.from_file(str(bundled() / TOKENIZER))
    reference.no_truncation()
    reference.no_padding()
    found = [piece for word in words(text, 0, len(text)) for piece in word.pieces]
    assert found == reference.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize(
    "word", ["x" * 5000, "pneumonoultramicroscopicsilicovolcanoconiosis" * 2, "\ud800", "\U000e0001"]
)
def test_every_word_has_some_pieces_and_none_too_many(words, word):
    assert all(1 <= len(found.pieces) <= MAX_PIECES for found in words(word, 0, len(word)))
    assert words(word, 0, len(word))


def test_capital(words):
    assert [word.capital for word in words("Élan eU 3M “The”", 0, 17)] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]


@given(st.text())
def test_words_are_in_order_and_leave_out_nothing_but_white_space_and_loose_marks(words, text):
    position = 0
    for word in words(text, 0, len(text)):
        assert position <= word.start < word.end
        assert not any(character.isalnum() for character in text[position : word.start])
        position = word.end
    assert not any(character.isalnum() for character in text[position:])


@given(st.text(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_covered_is_what_a_plain_search_finds(words, text, start, length):
    found = words(text, 0, len(text))
    end = start + length + 1
    expected = [number for number, word in enumerate(found) if word.end > start and word.start < end]
    assert list(covered(found, start, end)) == expected
