"""A spaCy component: ``nlp.add_pipe("eventx")``, in any English pipeline, a blank one included.

It needs the extra ``spacy``; spaCy finds it by itself where eventx is installed.
"""

# Annotations are no strings here: spaCy checks the component's config by those of `create`.
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import eventx
from eventx.document import Document, Event, Meeting, publication_day
from eventx.extras import extra

with extra("spacy"):
    from spacy.language import Language
    from spacy.pipeline import Pipe
    from spacy.tokens import Doc
    from spacy.util import minibatch

KEY = "eventx"
"""Where a doc keeps its record (in ``user_data``, as plain data, so that it is saved) and its spans."""


class Component(Pipe):
    """Finds the meetings in docs.

    Afterwards a doc has the attributes of `set_extensions`, and in ``doc.spans["eventx"]`` its triggers
    (label ``trigger``) and arguments (``participants``, ``chairs``, ``hosts``, ``dates``, ``places``), in
    text order. A span holds whole tokens, even where what was found ends inside one. What is found twice with
    the same label is there once.

    Args:
        name: name in the pipeline.
        model: folder of the model; the bundled one if None.
        date: day of publication, ``YYYY-MM-DD``, of docs that have none in ``doc._.date``.
        min_score: triggers and arguments with a lower score are left out, 0 to 1.
        gate: whether the model's gate, if it has one, chooses what is read.

    Raises:
        FileNotFoundError: a file of the model is missing.
        ValueError: a file of the model cannot be read, date is no date, or min_score is no probability.
    """

    def __init__(self, name: str, model: str | None, date: str | None, min_score: float, gate: bool) -> None:
        set_extensions()
        self.name = name
        self._settings = (model, date, min_score, gate)
        self.date = publication_day(date)
        self.model = eventx.load(model, min_score=min_score, gate=gate)

    def __call__(self, doc: Doc) -> Doc:
        """Find the meetings of a doc and return it.

        Raises:
            ValueError: its date is no date.
        """
        (document,) = self.model.annotate([self._document(doc)])
        return _write(doc, document)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Yield the docs with their meetings, in order; those of a batch are read together.

        A doc whose date is no date goes to the error handler, which by default raises.
        """
        for docs in minibatch(stream, batch_size):
            good, documents = [], []
            for doc in docs:
                try:
                    documents.append(self._document(doc))
                    good.append(doc)
                except ValueError as error:
                    self.get_error_handler()(self.name, self, [doc], error)
            yield from map(_write, good, self.model.annotate(documents))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings: what runs the model cannot be pickled, and is loaded again."""
        return type(self), (self.name, *self._settings), self.get_error_handler()

    def __setstate__(self, handler: Any) -> None:
        self.set_error_handler(handler)

    def _document(self, doc: Doc) -> Document:
        return Document(None, publication_day(doc._.date) or self.date, doc.text)


def create(
    nlp: Language, name: str, model: str | None, date: str | None, min_score: float, gate: bool
) -> Component:
    """Return the component for a pipeline; spaCy calls this for ``nlp.add_pipe("eventx", config=…)``.

    Raises:
        FileNotFoundError: a file of the model is missing.
        ValueError: a file of the model cannot be read, date is no date, or min_score is no probability.
    """
    return Component(name, model, date, min_score, gate)


Language.factory(
    "eventx",
    default_config={"model": None, "date": None, "min_score": 0.0, "gate": True},
    assigns=["doc._.meetings", "doc._.events", "doc.spans"],
    func=create,
)


def set_extensions() -> None:
    """Give all docs the attributes that the component fills; it does so itself.

    To read saved docs where no pipeline has the component, call it first.

    - ``doc._.meetings``, ``doc._.events``: lists of `Meeting` and `Event`, empty before the component ran.
      Offsets count characters of ``doc.text``; a doc with another text that took over the record, as that of
      ``span.as_doc(copy_user_data=True)`` does, has none before the component ran. The lists are made anew at
      each access: keep them in a variable.
    - ``doc._.date``: day of publication, ``YYYY-MM-DD``, or None; takes a date, too. An attribute ``date``
      that is there already is used as it is.

    Raises:
        ValueError: another library has given docs an attribute ``meetings`` or ``events``.
    """
    for name, getter in (("meetings", _meetings), ("events", _events)):
        if not Doc.has_extension(name) or Doc.get_extension(name)[2] is not getter:
            Doc.set_extension(name, getter=getter)
    if not Doc.has_extension("date"):
        Doc.set_extension("date", getter=_date, setter=_set_date)


def _write(doc: Doc, document: Document) -> Doc:
    record = document.to_dict()
    kept = {name: record[name] for name in ("date", "events", "meetings", "version")}
    doc.user_data[KEY] = {**kept, "digest": _digest(doc.text)}
    spans = set()
    for event in document.events:
        for role, span in (("trigger", event.trigger), *event.arguments()):
            spans.add(doc.char_span(span.start, span.end, role, alignment_mode="expand"))
    doc.spans[KEY] = sorted(spans)
    return doc


def _read(doc: Doc) -> Document:
    record = doc.user_data.get(KEY, {})
    if record.get("digest") != _digest(doc.text):  # none, or of a text that this is a part of
        return Document(None, record.get("date"), doc.text)
    return Document.from_dict({**record, "text": doc.text})


def _digest(text: str) -> str:
    """Return what tells whether a record is that of a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _meetings(doc: Doc) -> list[Meeting]:
    return _read(doc).meetings or []


def _events(doc: Doc) -> list[Event]:
    return _read(doc).events


def _date(doc: Doc) -> str | None:
    return doc.user_data.get(KEY, {}).get("date")


def _set_date(doc: Doc, value: Any) -> None:
    doc.user_data[KEY] = {**doc.user_data.get(KEY, {}), "date": publication_day(value)}
