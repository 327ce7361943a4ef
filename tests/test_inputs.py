from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eventx.inputs import CAPITAL, CONTEXT, LIMIT, MARKED, OTHER, OUTSIDE, around, build, focus, windows
from eventx.words import MAX_PIECES, Word

SMALL = 64


def make(sizes):
    return [Word(number, number + 1, (7,) * size, number % 2 == 1) for number, size in enumerate(sizes)]


sizes = st.lists(st.integers(1, MAX_PIECES), min_size=1, max_size=200)


@st.composite
def paragraph(draw):
    words = make(draw(sizes))
    borders = draw(st.sets(st.integers(1, len(words)), max_size=12)) - {len(words)}
    return words, [0, *sorted(borders)]


def test_build():
    sequence = build(make([1, 2, 1, 1]), 101, 102, trigger=range(1, 2), inside=range(3))
    assert sequence.pieces == [101, 7, 7, 7, 7, 7, 102]
    assert sequence.types == [0, 0, CAPITAL + MARKED, CAPITAL + MARKED, 0, CAPITAL + OUTSIDE, 0]
    assert sequence.heads == [1, 2, 4]


def test_other_triggers_are_marked_in_another_way():
    sequence = build(make([1, 2, 1, 1]), 101, 102, range(1, 2), range(3), {0, 1, 3})
    marked = CAPITAL + MARKED
    assert sequence.types == [0, OTHER, marked, marked, 0, CAPITAL + OTHER, 0]
    assert sequence.heads == [1, 2, 4]
    words = make([1] * 200)
    sequence, _ = focus(words, range(91, 92), range(90, 100), {0, 80, 91, 95, 199}, 101, 102)
    start = 90 - CONTEXT
    kinds = [sequence.types[1 + number - start] & OTHER for number in (80, 91, 95)]
    assert kinds == [OTHER, MARKED, OTHER]
    assert [kind & OTHER for kind in sequence.types].count(OTHER) == 2


def test_focus_shows_a_sentence_with_some_of_its_paragraph():
    words = make([1] * 200)
    sequence, inside = focus(words, range(91, 92), range(90, 100), {91}, 101, 102)
    assert inside == range(90, 100)
    assert len(sequence.heads) == 10
    assert sequence.heads[0] == 1 + CONTEXT
    assert len(sequence.pieces) == 2 + 10 + 2 * CONTEXT
    assert [number for number, kind in enumerate(sequence.types) if kind & MARKED] == [2 + CONTEXT]
    assert sum(not kind & OUTSIDE for kind in sequence.types[1:-1]) == 10


def test_focus_cuts_a_sentence_that_is_longer_than_an_input_about_its_trigger():
    sequence, inside = focus(make([1] * 5000), range(2500, 2501), range(5000), {2500}, 101, 102)
    assert len(sequence.pieces) == LIMIT
    assert inside.start < 2500 < inside.stop
    assert len(inside) == LIMIT - 2


def test_a_paragraph_that_fits_is_one_window():
    assert list(windows(make([2] * 31), [0, 10], SMALL)) == [(0, 31, 0, 31)]


def test_cores_end_at_sentence_borders_where_these_are_near_enough():
    cores = [
        (window.core_first, window.core_end) for window in windows(make([1] * 90), [0, 20, 40, 60], SMALL)
    ]
    assert cores == [(0, 20), (20, 40), (40, 60), (60, 90)]


@given(paragraph())
def test_cores_cover_each_word_once_and_windows_fit(case):
    words, borders = case
    position = 0
    for window in windows(words, borders, SMALL):
        assert window.core_first == position < window.core_end
        assert window.first <= window.core_first
        assert window.core_end <= window.end
        assert sum(len(word.pieces) for word in words[window.first : window.end]) <= SMALL - 2
        position = window.core_end
    assert position == len(words)


@given(paragraph())
def test_a_core_has_context_on_both_sides_unless_the_paragraph_ends(case):
    words, borders = case
    for window in windows(words, borders, SMALL):
        for edge, outside in (
            (0, range(window.first, window.core_first)),
            (len(words), range(window.core_end, window.end)),
        ):
            context = sum(len(words[number].pieces) for number in outside)
            assert context > (SMALL - 2) // 4 - MAX_PIECES or edge in (window.first, window.end)


@given(paragraph(), st.data())
def test_around_returns_bounds_that_fit_whole_and_a_stretch_about_the_core_otherwise(case, data):
    words, _ = case
    first = data.draw(st.integers(0, len(words) - 1))
    core, bounds = range(first, first + 1), range(len(words))
    found = around(words, core, bounds, SMALL)
    size = sum(len(word.pieces) for word in words[found.start : found.stop])
    assert size <= SMALL - 2
    assert found.start <= first < found.stop
    if sum(len(word.pieces) for word in words) <= SMALL - 2:
        assert found == bounds
    else:
        assert size > SMALL - 2 - MAX_PIECES
