"""Scores: how well predicted events and meetings agree with gold annotations.

Documents come in pairs of the same text. A mention is known by the span of its trigger, an argument
by its trigger's span, its role and its own span. Of several events on one trigger the first gives
status, format and cluster; an argument that is given twice counts once, a date with its first value.

Every share is between 0 and 1. Precision is None where nothing is predicted, recall where there is no
gold, accuracy where there is nothing to judge; F1 is None only where there is neither gold nor prediction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, get_args

import msgspec

from eventx.actors import Cast
from eventx.document import PARTIES, ROLES, Actor, DateSpan, Document, Event, Meeting, Span, Status
from eventx.meetings import merge, parties
from eventx.sentences import sentences

Bounds = tuple[int, int]
"""Start and end of a span."""

Clusters = Sequence[Set[Bounds]]
"""The mentions of one document, grouped into meetings."""

MEETING_FIELDS = ("date", "start", "end", "status", "format", "places", *PARTIES)
"""The fields by which a meeting that was found is judged."""

ACTOR_FIELDS = ("kind", "title", "affiliation", "country")
"""The fields by which an actor is judged that was found by its name."""


class Agreement(msgspec.Struct, frozen=True):
    """Precision, recall and F1 with the counts behind them."""

    precision: float | None
    recall: float | None
    f1: float | None
    gold: int
    predicted: int
    correct: int | None
    """None in coreference, where clusters are not simply right or wrong."""


class Accuracy(msgspec.Struct, frozen=True):
    """Share of right answers with the counts behind it."""

    accuracy: float | None
    correct: int
    total: int


class FalseAlarms(msgspec.Struct, frozen=True):
    """Events predicted in documents that have no gold event."""

    per_hundred_sentences: float | None
    events: int
    sentences: int
    """Number of sentences in the documents without a gold event."""


class MeetingScores(msgspec.Struct, frozen=True):
    """How many gold meetings were found, and how well these are described."""

    found: Accuracy
    fields: dict[str, Accuracy]
    """For each of `MEETING_FIELDS`, over the meetings found; of parties and places by the set of names."""
    actors: dict[str, Accuracy]
    """For each of `ACTOR_FIELDS`, over the actors of one name and role in a meeting found, of the documents
    whose gold has meetings."""


class Scores(msgspec.Struct, frozen=True):
    """All figures of one comparison."""

    documents: int
    triggers: Agreement
    arguments: dict[str, Agreement]
    """``all`` and each role; trigger, role and span are exact."""
    overlap: dict[str, Agreement]
    """``all`` and each role; the trigger is exact, the spans share at least one character, one to one."""
    values: Accuracy
    """Over all gold dates: the span is found under the right trigger and its value is right."""
    values_found: Accuracy
    """Over the gold dates whose span is found under the right trigger."""
    status: Accuracy
    """Over the triggers found."""
    status_classes: dict[str, Agreement]
    """For each status, over the triggers found."""
    format: Accuracy
    """Over the triggers found."""
    coreference: Agreement
    """LEA, see `lea`."""
    false_alarms: FalseAlarms
    meetings: MeetingScores | None
    """None if no gold document has meetings or clusters."""

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain dictionaries, shares between 0 and 1."""
        scores: dict[str, Any] = msgspec.to_builtins(self)
        return scores

    def table(self) -> str:
        """Return the scores as a plain-text table, shares in percent and ``-`` for None."""
        alarms = self.false_alarms
        rate = "-" if alarms.per_hundred_sentences is None else f"{alarms.per_hundred_sentences:.1f}"
        lines = [
            _line(["", "precision", "recall", "F1", "gold", "predicted", "correct"]),
            *map(_line, _agreement_rows(self)),
            "",
            _line(["", "accuracy", "correct", "total"]),
            *map(_line, _accuracy_rows(self)),
            "",
            f"false alarms: {alarms.events} events in {alarms.sentences} sentences of documents "
            f"without gold events ({rate} per 100 sentences)",
        ]
        return "\n".join(lines)


def compared(before: Scores, after: Scores) -> str:
    """Return a plain-text table of two models' shares on the same documents, in percent."""
    rows = [_line(["", "before", "after", "difference"])]
    for name in _shares(after):
        shares = _shares(before).get(name), _shares(after)[name]
        known = None not in shares
        difference = f"{100 * ((shares[1] or 0) - (shares[0] or 0)):+.1f}" if known else "-"
        rows.append(_line([name, *map(_percent, shares), difference]))
    alarms = [str(scores.false_alarms.events) for scores in (before, after)]
    return "\n".join([*rows, _line(["false alarms", *alarms])])


def _shares(scores: Scores) -> dict[str, float | None]:
    """Return F1 and accuracies by their names."""
    return {
        "triggers": scores.triggers.f1,
        **{f"  {role}" if role != "all" else "arguments": it.f1 for role, it in scores.arguments.items()},
        "date values": scores.values.accuracy,
        "status": scores.status.accuracy,
        "format": scores.format.accuracy,
        "coreference (LEA)": scores.coreference.f1,
    }


def pair(gold: Sequence[Document], predicted: Sequence[Document]) -> list[Document]:
    """Return the predicted documents in the order of the gold documents with the same ids.

    Raises:
        ValueError: an id occurs twice on one side or is missing on the other, or the texts of one id
            differ; the message names the ids.
    """
    for side, documents in (("gold", gold), ("predicted", predicted)):
        count = Counter(document.id for document in documents)
        _refuse((name for name, times in count.items() if times > 1), f"more than one {side} document")
    found = {document.id: document for document in predicted}
    wanted = {document.id for document in gold}
    _refuse((document.id for document in gold if document.id not in found), "no predicted document")
    _refuse((document.id for document in predicted if document.id not in wanted), "no gold document")
    ordered = [found[document.id] for document in gold]
    different = (ours.id for ours, theirs in zip(gold, ordered, strict=True) if ours.text != theirs.text)
    _refuse(different, "gold and predicted texts differ")
    return ordered


def evaluate(gold: Sequence[Document], predicted: Sequence[Document]) -> Scores:
    """Compare predicted documents with the gold documents at the same positions.

    Raises:
        ValueError: there are more documents on one side than on the other.
    """
    documents = list(zip(gold, predicted, strict=True))
    mentions = [(_mentions(ours), _mentions(theirs)) for ours, theirs in documents]
    found = [(ours[span], theirs[span]) for ours, theirs in mentions for span in ours.keys() & theirs.keys()]
    spans = [both for ours, theirs in documents for both in _argument_spans(ours, theirs)]
    dates = [(_dates(ours), _dates(theirs)) for ours, theirs in documents]
    return Scores(
        documents=len(documents),
        triggers=_agreement([(ours.keys(), theirs.keys()) for ours, theirs in mentions]),
        arguments=_by_role(spans, common),
        overlap=_by_role(spans, overlapping),
        values=_accuracy(
            key in theirs and theirs[key] == value for ours, theirs in dates for key, value in ours.items()
        ),
        values_found=_accuracy(
            theirs[key] == value for ours, theirs in dates for key, value in ours.items() if key in theirs
        ),
        status=_accuracy(ours.status == theirs.status for ours, theirs in found),
        status_classes={status: _class_agreement(status, found) for status in get_args(Status)},
        format=_accuracy(ours.format == theirs.format for ours, theirs in found),
        coreference=lea([(_clusters(ours), _clusters(theirs)) for ours, theirs in mentions]),
        false_alarms=_false_alarms(documents),
        meetings=_meeting_scores(documents),
    )


def judged(gold: Document, found: Document) -> Iterator[tuple[str, float, bool]]:
    """Yield kind, score and rightness of every span found: ``trigger`` and the roles.

    An argument is right if the gold has it in the same role under the same trigger. A span without a score
    has 1.
    """
    events = _mentions(gold)
    for trigger, event in _mentions(found).items():
        partner = events.get(trigger)
        yield "trigger", _score(event.trigger), partner is not None
        for role, span in event.arguments():
            right = partner is not None and _bounds(span) in map(_bounds, getattr(partner, role))
            yield role, _score(span), right


def judged_meetings(gold: Document, found: Document) -> Iterator[tuple[float, bool]]:
    """Yield score and rightness of every meeting found: whether the gold has it.

    More than half of the mentions of both have to be common to them. Of gold without meetings these are
    formed of its clusters; if it has none either, nothing is judged. A meeting without a score has 1.
    """
    reference = _formed(gold)
    if reference.meetings is not None or not gold.events:
        right = {id(match) for _, match in _matching_meetings(reference, found)}
        for meeting in found.meetings or ():
            yield 1.0 if meeting.score is None else meeting.score, id(meeting) in right


def _score(span: Span | DateSpan) -> float:
    return 1.0 if span.score is None else span.score


def common(gold: Set[Bounds], predicted: Set[Bounds]) -> int:
    """Return the number of spans that stand on both sides."""
    return len(gold & predicted)


def overlapping(gold: Set[Bounds], predicted: Set[Bounds]) -> int:
    """Return the largest number of pairs, one to one, of a gold and a predicted span that share a character.

    Whichever gold span ends first takes the partner that ends first: a later gold span that
    could use this partner could also use any other partner of the first.
    """
    free = sorted(predicted, key=_end)
    pairs = 0
    for start, end in sorted(gold, key=_end):
        partner = next((span for span in free if span[0] < end and start < span[1]), None)
        if partner:
            free.remove(partner)
            pairs += 1
    return pairs


def lea(documents: Sequence[tuple[Clusters, Clusters]]) -> Agreement:
    """Return the link-based entity-aware measure of coreference over (gold, predicted) clusters.

    Each cluster counts with its number of mentions times the share of its links that the other side
    has too; a single mention has one link, to itself, which only a single mention shares.
    Mentions that the other side lacks stay in their clusters. Sums run over all documents.
    Source: Moosavi and Strube, "Which Coreference Evaluation Metric Do You Trust?", ACL 2016; single
    mentions as in the authors' scorer, https://github.com/ns-moosavi/coval.
    """
    gold = sum(len(cluster) for ours, _ in documents for cluster in ours)
    predicted = sum(len(cluster) for _, theirs in documents for cluster in theirs)
    recall = _share(sum(_resolved(ours, theirs) for ours, theirs in documents), gold)
    precision = _share(sum(_resolved(theirs, ours) for ours, theirs in documents), predicted)
    if recall and precision:
        f1: float | None = 2 * precision * recall / (precision + recall)
    else:
        f1 = 0.0 if gold or predicted else None
    return Agreement(precision, recall, f1, gold, predicted, correct=None)


def _resolved(clusters: Clusters, others: Clusters) -> float:
    """Return LEA's numerator: the sum of size times share of resolved links over the clusters."""
    home = {mention: number for number, cluster in enumerate(others) for mention in cluster}
    total = 0.0
    for cluster in clusters:
        size = len(cluster)
        parts = Counter(home[mention] for mention in cluster if mention in home)
        if size == 1:
            total += any(len(others[number]) == 1 for number in parts)
        else:
            total += sum(part * (part - 1) for part in parts.values()) / (size - 1)
    return total


def _mentions(document: Document) -> dict[Bounds, Event]:
    """Return the events by trigger; the first of several on one trigger."""
    return {_bounds(event.trigger): event for event in reversed(document.events)}


def _clusters(mentions: Mapping[Bounds, Event]) -> list[set[Bounds]]:
    """Return the triggers of each cluster; an event without a cluster is one of its own."""
    clusters: dict[int | Bounds, set[Bounds]] = {}
    for trigger, event in mentions.items():
        clusters.setdefault(trigger if event.cluster is None else event.cluster, set()).add(trigger)
    return list(clusters.values())


def _argument_spans(gold: Document, predicted: Document) -> Iterator[tuple[str, set[Bounds], set[Bounds]]]:
    """Yield role, gold spans and predicted spans for each trigger and role that has any."""
    both: dict[tuple[Bounds, str], tuple[set[Bounds], set[Bounds]]] = defaultdict(lambda: (set(), set()))
    for side, document in enumerate((gold, predicted)):
        for event in document.events:
            for role, span in event.arguments():
                both[_bounds(event.trigger), role][side].add(_bounds(span))
    for (_, role), (ours, theirs) in both.items():
        yield role, ours, theirs


def _dates(document: Document) -> dict[tuple[Bounds, Bounds], str | None]:
    """Return the value of each date by the spans of trigger and date."""
    return {
        (_bounds(event.trigger), _bounds(date)): date.value
        for event in reversed(document.events)
        for date in reversed(event.dates)
    }


def _by_role(
    spans: Sequence[tuple[str, set[Bounds], set[Bounds]]],
    match: Callable[[Set[Bounds], Set[Bounds]], int],
) -> dict[str, Agreement]:
    """Return the agreement in all and for each role; ``match`` counts the correct spans of one event."""
    roles = {"all": ROLES, **{role: (role,) for role in ROLES}}
    return {
        name: _agreement([(ours, theirs) for role, ours, theirs in spans if role in members], match)
        for name, members in roles.items()
    }


def _agreement(
    pairs: Sequence[tuple[Set[Bounds], Set[Bounds]]],
    match: Callable[[Set[Bounds], Set[Bounds]], int] = common,
) -> Agreement:
    """Return precision, recall and F1 over pairs of gold and predicted sets."""
    return _counted(
        gold=sum(len(ours) for ours, _ in pairs),
        predicted=sum(len(theirs) for _, theirs in pairs),
        correct=sum(match(ours, theirs) for ours, theirs in pairs),
    )


def _class_agreement(status: str, found: Sequence[tuple[Event, Event]]) -> Agreement:
    """Return precision, recall and F1 of one status over pairs of gold and predicted events."""
    return _counted(
        gold=sum(ours.status == status for ours, _ in found),
        predicted=sum(theirs.status == status for _, theirs in found),
        correct=sum(ours.status == theirs.status == status for ours, theirs in found),
    )


def _counted(gold: int, predicted: int, correct: int) -> Agreement:
    return Agreement(
        precision=_share(correct, predicted),
        recall=_share(correct, gold),
        f1=_share(2 * correct, gold + predicted),
        gold=gold,
        predicted=predicted,
        correct=correct,
    )


def _accuracy(answers: Iterable[bool]) -> Accuracy:
    judged = list(answers)
    return Accuracy(_share(sum(judged), len(judged)), sum(judged), len(judged))


def _false_alarms(documents: Sequence[tuple[Document, Document]]) -> FalseAlarms:
    quiet = [(ours, theirs) for ours, theirs in documents if not ours.events]
    events = sum(len(_mentions(theirs)) for _, theirs in quiet)
    length = sum(len(sentences(ours.text)) for ours, _ in quiet)
    return FalseAlarms(_share(100 * events, length), events, length)


def _meeting_scores(documents: Sequence[tuple[Document, Document]]) -> MeetingScores | None:
    """Judge the predicted meetings wherever the gold document has meetings, or clusters to form them of."""
    judged = [
        (_formed(ours), theirs) for ours, theirs in documents if ours.meetings or theirs.meetings is not None
    ]
    described = [pair for pair in documents if pair[0].meetings]
    if not any(ours.meetings for ours, _ in judged):
        return None
    matches = [match for ours, theirs in judged for match in _matching_meetings(ours, theirs)]
    found = [(meeting, match) for meeting, match in matches if match]
    own = [match for ours, theirs in described for match in _matching_meetings(ours, theirs)]
    actors = [pair for meeting, match in own if match for pair in _same_actors(meeting, match)]
    return MeetingScores(
        found=_accuracy(match is not None for _, match in matches),
        fields={
            field: _accuracy(_field(meeting, field) == _field(match, field) for meeting, match in found)
            for field in MEETING_FIELDS
        },
        actors={
            field: _accuracy(getattr(one, field) == getattr(other, field) for one, other in actors)
            for field in ACTOR_FIELDS
        },
    )


def _formed(gold: Document) -> Document:
    """Return a gold document with meetings: its own, or those that its clusters and spans give, as in use."""
    numbers = [event.cluster for event in gold.events]
    if gold.meetings or None in numbers:
        return gold
    copy = Document.from_dict(gold.to_dict())
    merge(copy, [number for number in numbers if number is not None], Cast(copy.text, parties(copy.events)))
    return copy


def _same_actors(one: Meeting, other: Meeting) -> Iterator[tuple[Actor, Actor]]:
    """Yield the actors that two meetings have in the same role under the same name."""
    for role in PARTIES:
        known = {actor.name: actor for actor in getattr(other, role)}
        for actor in getattr(one, role):
            if actor.name in known:
                yield actor, known[actor.name]


def _matching_meetings(gold: Document, predicted: Document) -> Iterator[tuple[Meeting, Meeting | None]]:
    """Yield each gold meeting with the predicted one that shares more than half of the events of both.

    An event belongs to one meeting only, so no two meetings can share that much with the same one.
    """
    others = predicted.meetings or []
    spans = [_triggers(predicted, meeting) for meeting in others]
    home = {trigger: number for number, triggers in enumerate(spans) for trigger in triggers}
    for meeting in gold.meetings or ():
        triggers = _triggers(gold, meeting)
        shared = Counter(home[trigger] for trigger in triggers if trigger in home).most_common(1)
        yield meeting, next((others[n] for n, size in shared if 2 * size > len(triggers | spans[n])), None)


def _triggers(document: Document, meeting: Meeting) -> set[Bounds]:
    return {_bounds(document.events[index].trigger) for index in meeting.events}


def _field(meeting: Meeting, field: str) -> Any:
    """Return a field's value; of parties and places the set of names."""
    value = getattr(meeting, field)
    return {one.name for one in value} if isinstance(value, list) else value


def _bounds(span: Span | DateSpan) -> Bounds:
    return span.start, span.end


def _end(bounds: Bounds) -> int:
    return bounds[1]


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def _refuse(names: Iterable[str | None], problem: str) -> None:
    """Raise ValueError if there is any name, with the first ones in the message."""
    wrong = [repr(name) for name in names]
    if wrong:
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise ValueError(f"{problem} for id {', '.join(wrong[:10])}{more}")


def _agreement_rows(scores: Scores) -> Iterator[tuple[str, ...]]:
    groups = {"arguments": scores.arguments, "overlap": scores.overlap}
    yield _agreement_row("triggers", scores.triggers)
    for name, group in groups.items():
        for role, agreement in group.items():
            yield _agreement_row(name if role == "all" else f"  {role}", agreement)
    yield _agreement_row("coreference (LEA)", scores.coreference)
    for status, agreement in scores.status_classes.items():
        yield _agreement_row(f"status {status}", agreement)


def _agreement_row(name: str, score: Agreement) -> tuple[str, ...]:
    shares = map(_percent, (score.precision, score.recall, score.f1))
    correct = "-" if score.correct is None else str(score.correct)
    return name, *shares, str(score.gold), str(score.predicted), correct


def _accuracy_rows(scores: Scores) -> Iterator[tuple[str, ...]]:
    rows = {
        "date values": scores.values,
        "  of dates found": scores.values_found,
        "status": scores.status,
        "format": scores.format,
    }
    if scores.meetings:
        rows["meetings found"] = scores.meetings.found
        rows |= {f"  {field}": score for field, score in scores.meetings.fields.items()}
        rows |= {
            f"  actors' {field}": score for field, score in scores.meetings.actors.items() if score.total
        }
    for name, score in rows.items():
        yield name, _percent(score.accuracy), str(score.correct), str(score.total)


def _line(cells: Sequence[str]) -> str:
    return f"{cells[0]:<20}" + "".join(f"{cell:>11}" for cell in cells[1:])


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
