"""Every figure below is worked out by hand in the comment beside it."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventx.document import Actor, DateSpan, Document, Event, Meeting, Span
from eventx.evaluation import MEETING_FIELDS, evaluate, lea, overlapping, pair

SEED_GOLD = Path(__file__).parent.parent / "seeds" / "gold.jsonl"

TEXT = "Old Anna Berg met Ivo Roth in Oslo on Monday before a summit chaired by Lund and a call on Friday."


def span(words):
    start = TEXT.index(words)
    return Span(start, start + len(words), words)


def date(words, value):
    found = span(words)
    return DateSpan(found.start, found.end, found.text, value)


def event(trigger, *, status="occurred", format="in_person", cluster=None, dates=(), **roles):
    spans = {role: [span(words) for words in texts] for role, texts in roles.items()}
    values = [date(words, value) for words, value in dates]
    return Event(span(trigger), **spans, dates=values, status=status, format=format, cluster=cluster)


def document(*events, id="1", text=TEXT, meetings=None):
    return Document(id=id, date=None, text=text, events=list(events), meetings=meetings)


def compare(gold, predicted):
    return evaluate([document(*gold)], [document(*predicted)])


def figures(agreement):
    """Counts and shares of an agreement: gold, predicted, correct, precision, recall, F1."""
    return (
        agreement.gold,
        agreement.predicted,
        agreement.correct,
        agreement.precision,
        agreement.recall,
        agreement.f1,
    )


def test_triggers():
    # Right are met and call; "a call" is another span, chaired another word.
    scores = compare(
        [event("met"), event("summit"), event("call")],
        [event("met"), event("call"), event("a call"), event("chaired")],
    )
    assert figures(scores.triggers) == (3, 4, 2, 2 / 4, 2 / 3, 4 / 7)


def test_two_events_on_one_trigger_are_one():
    gold = [event("met", status="occurred", participants=["Anna Berg", "Ivo Roth"])]
    predicted = [
        event("met", status="occurred", participants=["Anna Berg"]),
        event("met", status="cancelled", participants=["Ivo Roth", "Anna Berg"]),
    ]
    scores = compare(gold, predicted)
    assert figures(scores.triggers) == (1, 1, 1, 1.0, 1.0, 1.0)
    assert figures(scores.arguments["all"]) == (2, 2, 2, 1.0, 1.0, 1.0)
    assert (scores.status.correct, scores.status.total) == (1, 1)  # the first event's status counts
    assert scores.coreference.f1 == 1.0


def test_arguments_need_trigger_role_and_span():
    gold = [
        event("met", participants=["Anna Berg", "Ivo Roth"], places=["Oslo"]),
        event("summit", chairs=["Lund"]),
        event("call", participants=["Ivo Roth"]),
    ]
    predicted = [
        event("met", participants=["Old Anna Berg", "Ivo Roth", "Ivo Roth"], hosts=["Oslo"]),
        event("chaired", chairs=["Lund"]),
        event("call", participants=["Ivo Roth", "Lund"]),
    ]
    scores = compare(gold, predicted)
    # Participants: gold 3; predicted 2 (the repeated one counts once) + 2; right are Roth met and Roth call.
    assert figures(scores.arguments["participants"]) == (3, 4, 2, 2 / 4, 2 / 3, 4 / 7)
    # Lund stands under another trigger, Oslo in another role.
    assert figures(scores.arguments["chairs"]) == (1, 1, 0, 0.0, 0.0, 0.0)
    assert figures(scores.arguments["hosts"]) == (0, 1, 0, 0.0, None, 0.0)
    assert figures(scores.arguments["places"]) == (1, 0, 0, None, 0.0, 0.0)
    assert figures(scores.arguments["dates"]) == (0, 0, 0, None, None, None)
    # In all: gold 3 + 1 + 1, predicted 4 + 1 + 1, right 2.
    assert figures(scores.arguments["all"]) == (5, 6, 2, 2 / 6, 2 / 5, 4 / 11)
    # Overlap adds "Old Anna Berg" to what is right, and nothing else.
    assert figures(scores.overlap["participants"]) == (3, 4, 3, 3 / 4, 1.0, 6 / 7)
    assert figures(scores.overlap["chairs"]) == (1, 1, 0, 0.0, 0.0, 0.0)
    assert figures(scores.overlap["all"]) == (5, 6, 3, 3 / 6, 3 / 5, 6 / 11)


def test_span_in_two_roles_counts_in_both():
    scores = compare(
        [event("met", participants=["Ivo Roth"], hosts=["Ivo Roth"])],
        [event("met", participants=["Ivo Roth"])],
    )
    assert figures(scores.arguments["all"]) == (2, 1, 1, 1.0, 1 / 2, 2 / 3)


@pytest.mark.parametrize(
    ("gold", "predicted", "pairs"),
    [
        ({(0, 5)}, {(0, 5)}, 1),
        ({(0, 5)}, {(4, 9)}, 1),  # one character shared
        ({(0, 5)}, {(5, 9)}, 0),  # side by side
        ({(0, 9)}, {(0, 3), (4, 9)}, 1),  # one long span is no partner for two
        ({(0, 3), (4, 9)}, {(0, 9)}, 1),
        ({(0, 9), (1, 2)}, {(0, 3), (5, 8)}, 2),  # (0, 9) must leave (0, 3) to (1, 2)
        ({(0, 9), (0, 3)}, {(0, 4), (5, 9)}, 2),  # (0, 9) must leave (0, 4) to (0, 3)
        ({(1, 2), (5, 8)}, {(0, 9), (1, 3)}, 2),  # (1, 2) must leave (0, 9) to (5, 8)
        (set(), {(0, 5)}, 0),
        (set(), set(), 0),
    ],
)
def test_overlapping(gold, predicted, pairs):
    assert overlapping(gold, predicted) == pairs


SPANS = st.sets(
    st.tuples(st.integers(0, 6), st.integers(1, 7)).map(lambda span: (span[0], span[0] + span[1])), max_size=4
)


@given(SPANS, SPANS)
def test_overlapping_is_the_best_matching(gold, predicted):
    short, long = sorted((list(gold), list(predicted)), key=len)
    best = max(
        sum(max(a[0], b[0]) < min(a[1], b[1]) for a, b in zip(short, order, strict=False))
        for order in itertools.permutations(long, len(short))
    )
    assert overlapping(gold, predicted) == best


def test_date_values():
    gold = [
        event("met", dates=[("Monday", "2024-03-04")]),
        event("summit", dates=[("Friday", None), ("Monday", "2024-03-04")]),
        event("call", dates=[("Friday", None), ("Oslo", "2024")]),
    ]
    predicted = [
        event("met", dates=[("Monday", "2024-03-04")]),  # right
        event("summit", dates=[("Friday", None), ("Monday", None)]),  # null is null: right; no value: wrong
        event("call", dates=[("on Friday", None)]),  # neither of the two is found
        event("chaired", dates=[("Friday", "2024-03-08")]),  # no gold date: no part in it
    ]
    scores = compare(gold, predicted)
    assert (scores.values.correct, scores.values.total, scores.values.accuracy) == (2, 5, 2 / 5)
    found = scores.values_found
    assert (found.correct, found.total, found.accuracy) == (2, 3, 2 / 3)


def test_date_given_twice_counts_once():
    gold = [event("met", dates=[("Monday", "2024-03-04")])]
    monday, tuesday = ("Monday", "2024-03-04"), ("Monday", "2024-03-05")
    for predicted, right in (
        ([event("met", dates=[monday, tuesday])], 1),
        ([event("met", dates=[tuesday, monday])], 0),
        ([event("met", dates=[monday]), event("met", dates=[tuesday])], 1),
    ):
        values = compare(gold, predicted).values
        assert (values.correct, values.total) == (right, 1)  # the first value counts


def test_status_and_format():
    gold = [
        event("met", status="occurred", format="in_person"),
        event("summit", status="scheduled", format="virtual"),
        event("call", status="scheduled", format="phone"),
        event("chaired", status="cancelled", format="phone"),  # not found: no part in it
    ]
    predicted = [
        event("met", status="occurred", format="in_person"),
        event("summit", status="occurred", format="virtual"),
        event("call", status="scheduled", format="virtual"),
        event("before", status="cancelled"),
    ]
    scores = compare(gold, predicted)
    assert (scores.status.correct, scores.status.total, scores.status.accuracy) == (2, 3, 2 / 3)
    assert (scores.format.correct, scores.format.total, scores.format.accuracy) == (2, 3, 2 / 3)
    classes = scores.status_classes
    assert figures(classes["occurred"]) == (1, 2, 1, 1 / 2, 1.0, 2 / 3)
    assert figures(classes["scheduled"]) == (2, 1, 1, 1.0, 1 / 2, 2 / 3)
    assert figures(classes["cancelled"]) == (0, 0, 0, None, None, None)
    assert figures(classes["hypothetical"]) == (0, 0, 0, None, None, None)


def clusters(letters):
    """Clusters of mentions from words of letters: ``ab c`` is {a, b} and {c}."""
    return [{(ord(letter), ord(letter) + 1) for letter in word} for word in letters.split()]


# The cases whose name begins with TC are test cases of the authors' scorer, with the figures given there.
LEA_CASES = [
    # Recall (3 * 1/3 + 4 * 1/6) / 7 = 0.24; precision (2 * 1/1 + 2 * 0/1 + 4 * 1/6) / 8 = 0.33.
    ("seven mentions", "abc defg", "ab cd fghi", (3 * 1 / 3 + 4 * 1 / 6) / 7, (2 + 0 + 4 * 1 / 6) / 8),
    ("TC-A-1 perfect", "a bc def", "a bc def", 1, 1),
    ("TC-A-2 missing mentions", "a bc def", "a de", (1 + 0 + 3 * 1 / 3) / 6, (1 + 2) / 3),
    ("TC-A-3 wrong mentions", "a bc def", "a bcx defy z", 1, (1 + 3 * 1 / 3 + 4 * 3 / 6 + 0) / 9),
    (
        "TC-A-4 missing and wrong mentions",
        "a bc def",
        "a bcx dy z",
        (1 + 2 + 0) / 6,
        (1 + 3 * 1 / 3 + 0 + 0) / 7,
    ),
    ("TC-A-10 nothing merged", "a bc def", "a b c d e f", 1 / 6, 1 / 6),
    ("TC-A-11 all merged", "a bc def", "abcdef", (0 + 2 + 3) / 6, 6 * (4 / 15) / 6),
    ("TC-A-12 nothing merged, wrong mentions", "a bc def", "a x y c d e z", 1 / 6, 1 / 7),
    ("TC-A-13 all merged, wrong mentions", "a bc def", "axycdez", (0 + 0 + 3 * 1 / 3) / 6, 7 * (1 / 21) / 7),
    ("TC-B-1", "ab cde", "bcx de", (0 + 3 * 1 / 3) / 5, (0 + 2) / 5),
    ("TC-L-1", "abc defg", "ab cd fgh", (3 * 1 / 3 + 4 * 1 / 6) / 7, (2 + 0 + 3 * 1 / 3) / 7),
    ("TC-M-2", "abcdef", "a b c d e f", 0, 0),
    ("TC-N-1 single mentions", "a b c d e f", "a b c d e f", 1, 1),
    ("TC-N-3", "a b c d e f", "ab cde f", 1 / 6, 1 / 6),
    ("TC-N-4", "a b c d e f", "a b c x y z", 3 / 6, 3 / 6),
]


@pytest.mark.parametrize(("gold", "predicted", "recall", "precision"), [case[1:] for case in LEA_CASES])
def test_lea(gold, predicted, recall, precision):
    scores = lea([(clusters(gold), clusters(predicted))])
    assert scores.recall == pytest.approx(recall)
    assert scores.precision == pytest.approx(precision)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
    assert scores.f1 == pytest.approx(f1)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("", "", (None, None, None)),
        ("ab", "", (None, 0.0, 0.0)),
        ("", "ab", (0.0, None, 0.0)),
    ],
)
def test_lea_without_mentions(gold, predicted, expected):
    scores = lea([(clusters(gold), clusters(predicted))])
    assert (scores.precision, scores.recall, scores.f1) == expected


def test_lea_sums_over_documents():
    # Numerators 2 and 0, denominators 2 and 3: not the mean of 1 and 0.
    scores = lea([(clusters("ab"), clusters("ab")), (clusters("abc"), clusters("a b c"))])
    assert scores.recall == pytest.approx(2 / 5)
    assert scores.precision == pytest.approx(2 / 5)


def test_coreference_comes_from_the_events():
    # Gold {met, call}, {summit}; predicted {met}, {call} and {summit} (no number: by themselves), {chaired}.
    # Recall (2 * 0 + 1) / 3, precision (0 + 0 + 1 + 0) / 4.
    scores = compare(
        [event("met", cluster=1), event("summit", cluster=2), event("call", cluster=1)],
        [event("met"), event("summit"), event("call", cluster=7), event("chaired")],
    )
    coreference = scores.coreference
    assert (coreference.gold, coreference.predicted) == (3, 4)
    assert coreference.recall == pytest.approx(1 / 3)
    assert coreference.precision == pytest.approx(1 / 4)
    assert coreference.f1 == pytest.approx(2 / 7)  # 2 * 1/12 / (7/12)


def test_clusters_do_not_reach_across_documents():
    gold = [document(event("met", cluster=1), id="1"), document(event("met", cluster=1), id="2")]
    predicted = [document(event("met", cluster=1), id="1"), document(event("met", cluster=2), id="2")]
    assert evaluate(gold, predicted).coreference.f1 == 1.0


def test_false_alarms():
    text = "Anna Berg met nobody. The town slept.\n\nNothing else took place."
    met = Event(Span(10, 13, "met"))
    slept = Event(Span(31, 36, "slept"))
    gold = [document(id="1", text=text), document(event("met"), id="2"), document(id="3", text="")]
    predicted = [
        document(met, slept, id="1", text=text),  # 2 events in 3 sentences
        document(event("met"), event("call"), id="2"),  # has a gold event: no part in it
        document(id="3", text=""),  # no sentence
    ]
    alarms = evaluate(gold, predicted).false_alarms
    assert (alarms.events, alarms.sentences) == (2, 3)
    assert alarms.per_hundred_sentences == pytest.approx(200 / 3)
    assert compare([event("met")], [event("met")]).false_alarms.per_hundred_sentences is None


def actors(*names):
    return [Actor(name, "person", None, None, None, []) for name in names]


def meeting(*events, participants=(), chairs=(), hosts=(), date=None, status="occurred", format="in_person"):
    return Meeting(
        id=1,
        events=list(events),
        participants=actors(*participants),
        chairs=actors(*chairs),
        hosts=actors(*hosts),
        places=[],
        date=date,
        start=date,
        end=date,
        status=status,
        format=format,
    )


def test_meetings():
    mentions = [event("met"), event("before"), event("summit"), event("chaired"), event("call")]
    gold = document(
        *mentions,
        meetings=[
            meeting(0, 1, 2, date="2024-03-04", participants=["Anna Berg", "Ivo Roth"], chairs=["Lund"]),
            meeting(3, 4, format="phone", hosts=["Oslo"]),
        ],
    )
    # Predicted triggers: before, summit, chaired, call, Friday.
    # {before, summit} shares 2 of 3 with the first meeting: found.
    # {chaired}, {call, Friday} share 1 of 2 and 1 of 3 with the second: not found.
    predicted = document(
        *mentions[1:],
        event("Friday"),
        meetings=[
            meeting(2, date="2024"),
            meeting(3, 4, format="phone", hosts=["Oslo"]),
            meeting(
                0, 1, status="scheduled", participants=["Ivo Roth", "Anna Berg"], chairs=["Lund", "Oslo"]
            ),
        ],
    )
    scores = evaluate([gold], [predicted]).meetings
    assert (scores.found.correct, scores.found.total, scores.found.accuracy) == (1, 2, 1 / 2)
    right = {field: score.correct for field, score in scores.fields.items()}
    assert right == {
        **{"date": 0, "start": 0, "end": 0, "status": 0, "format": 1, "places": 1},
        **{"participants": 1, "chairs": 0, "hosts": 1},
    }
    assert all(score.total == 1 for score in scores.fields.values())


def test_actors_of_the_same_name_are_judged_by_their_other_fields():
    gold, predicted = (
        document(event("met"), meetings=[meeting(0, participants=["Anna Berg", "Ivo Roth"], chairs=["Lund"])])
        for _ in range(2)
    )
    berg, roth = predicted.meetings[0].participants
    berg.title, berg.country, roth.name = "President", "NO", "Roth"
    actors = evaluate([gold], [predicted]).meetings.actors
    right = {field: (score.correct, score.total) for field, score in actors.items()}
    assert right == {"kind": (2, 2), "title": (1, 2), "affiliation": (2, 2), "country": (1, 2)}


def test_meetings_are_formed_of_clusters_where_gold_has_none_itself():
    mentions = (
        event("met", cluster=1),
        event("call", cluster=2),
        event("summit", cluster=1, status="scheduled"),
    )
    gold = document(*mentions)
    predicted = document(
        *mentions, meetings=[meeting(0, 2, status="scheduled"), meeting(1, status="scheduled")]
    )
    scores = evaluate([gold], [predicted]).meetings
    assert (scores.found.correct, scores.found.total) == (2, 2)
    assert (scores.fields["status"].correct, scores.fields["format"].correct) == (1, 2)
    assert scores.actors["kind"].total == 0
    assert gold.meetings is None


def test_meetings_are_judged_only_where_gold_has_them():
    mentions = event("met"), event("call")
    described = document(*mentions, meetings=[meeting(0), meeting(1)])
    silent = document(*mentions)
    assert evaluate([silent], [described]).meetings is None
    found = evaluate([described, silent], [silent, described]).meetings.found
    assert (found.correct, found.total) == (0, 2)


def test_no_events_at_all():
    scores = compare([], [])
    for agreement in (scores.triggers, scores.arguments["all"], scores.overlap["all"]):
        assert figures(agreement) == (0, 0, 0, None, None, None)
    for accuracy in (scores.values, scores.values_found, scores.status, scores.format):
        assert (accuracy.accuracy, accuracy.total) == (None, 0)
    nothing = evaluate([], [])
    assert nothing.documents == 0
    assert nothing.triggers.f1 is None
    row = next(line for line in nothing.table().splitlines() if line.startswith("triggers"))
    assert row.split() == ["triggers", "-", "-", "-", "0", "0", "0"]


def test_unpaired_documents_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        evaluate([document()], [])


def test_gold_agrees_with_itself():
    gold = [Document.from_dict(json.loads(line)) for line in SEED_GOLD.open(encoding="utf-8")]
    scores = evaluate(gold, gold)
    agreements = [scores.triggers, scores.coreference, *scores.arguments.values(), *scores.overlap.values()]
    agreements += scores.status_classes.values()
    for agreement in agreements:
        share = 1.0 if agreement.gold else None  # the seed has no host
        assert (agreement.precision, agreement.recall, agreement.f1) == (share, share, share)
    assert scores.triggers.gold == 11
    accuracies = [scores.values, scores.values_found, scores.status, scores.format, scores.meetings.found]
    accuracies += scores.meetings.fields.values()
    assert [accuracy.accuracy for accuracy in accuracies] == [1.0] * len(accuracies)
    assert scores.meetings.found.total == 4


def test_json_and_table_show_the_same():
    scores = compare(
        [event("met", participants=["Anna Berg"]), event("summit"), event("call")],
        [event("met", participants=["Ivo Roth"]), event("call"), event("chaired")],
    )
    record = json.loads(json.dumps(scores.to_dict()))
    assert record["triggers"] == {
        "precision": 2 / 3,
        "recall": 2 / 3,
        "f1": 2 / 3,
        "gold": 3,
        "predicted": 3,
        "correct": 2,
    }
    assert record["meetings"] is None
    rows = {line[:20].strip(): line[20:].split() for line in scores.table().splitlines()}
    assert rows["triggers"] == ["66.7", "66.7", "66.7", "3", "3", "2"]
    assert rows["arguments"] == ["0.0", "0.0", "0.0", "1", "1", "0"]
    assert rows["status"] == ["100.0", "2", "2"]
    assert "meetings found" not in rows


def test_table_names_the_fields_of_meetings():
    described = document(event("met"), meetings=[meeting(0)])
    rows = {
        line[:20].strip(): line[20:].split()
        for line in evaluate([described], [described]).table().splitlines()
    }
    assert rows["meetings found"] == ["100.0", "1", "1"]
    assert all(rows[field] for field in MEETING_FIELDS)


def test_pair_puts_predictions_in_gold_order():
    gold = [document(id="a"), document(id="b")]
    first, second = document(event("met"), id="a"), document(event("call"), id="b")
    assert pair(gold, [second, first]) == [first, second]


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([document(id="a"), document(id="b")], [document(id="a")], "no predicted document for id 'b'"),
        ([document(id="a")], [document(id="a"), document(id="b")], "no gold document for id 'b'"),
        ([document(id="a")] * 2, [document(id="a")], "more than one gold document for id 'a'"),
        ([document(id="a")], [document(id="a")] * 2, "more than one predicted document for id 'a'"),
        ([document(id="a")], [document(id="a", text="Other.")], "gold and predicted texts differ for id 'a'"),
        ([document(id=str(n)) for n in range(12)], [], "'9' and 2 more"),
    ],
)
def test_pair_refuses(gold, predicted, message):
    with pytest.raises(ValueError, match=message):
        pair(gold, predicted)
