"""A scikit-learn transformer: texts in, counts of meetings and actors out. It needs the extra ``sklearn``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

import eventx
from eventx.document import PARTIES, Document, Format, Meeting, Status, without_surrogates
from eventx.extras import extra
from eventx.pipeline import Item, Pipeline

with extra("sklearn"):
    from scipy.sparse import csr_matrix
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils.validation import check_is_fitted

COUNTS = (
    "meetings",
    *(f"status={status}" for status in get_args(Status)),
    *(f"format={format}" for format in get_args(Format)),
    *PARTIES,
    "places",
    "dates",
)
"""The first features: meetings, those of each status and format, who and where (a sum over the meetings), and
the time expressions that tell when."""


class MeetingFeatures(TransformerMixin, BaseEstimator):
    """Counts, for each text, its meetings and what they are like, and in how many each actor has a part.

    The features are `COUNTS` and then one for each actor that `fit` saw in enough texts, by name. `transform`
    leaves other actors out.

    Args:
        model: folder of the model; the bundled one if None.
        min_score: triggers and arguments with a lower score are left out, 0 to 1.
        gate: whether the model's gate, if it has one, chooses what is read.
        actors: what tells actors apart: their ``name`` (features such as ``actor=Angela Merkel``) or only
            their ``country`` (``country=DE``; those without one are left out).
        min_df: in how many texts an actor has to have a meeting to become a feature: a number from 1 or, if a
            float, a share of the texts, 0 to 1.
        sparse_output: whether the matrix is a SciPy sparse one, or else a NumPy array, as a data frame
            (`set_output`) needs.

    Attributes:
        vocabulary_: for each actor's feature its column.

    A pickled transformer carries no model: where it is used, the model's folder has to be there again.
    """

    def __init__(
        self,
        *,
        model: str | Path | None = None,
        min_score: float = 0.0,
        gate: bool = True,
        actors: Literal["name", "country"] = "name",
        min_df: float = 1,
        sparse_output: bool = True,
    ) -> None:
        self.model = model
        self.min_score = min_score
        self.gate = gate
        self.actors = actors
        self.min_df = min_df
        self.sparse_output = sparse_output

    def fit(self, X: Iterable[Item], y: Any = None) -> MeetingFeatures:  # noqa: N803
        """Learn which actors are features.

        Args:
            X: texts, or mappings with ``text`` and perhaps ``date``, their day of publication.
            y: is ignored.

        Raises:
            TypeError: an item of X has no text.
            ValueError: X is empty, a single string or a table, or a parameter is out of range.
            FileNotFoundError: a file of the model is missing.
        """
        self._learn(X)
        return self

    def fit_transform(self, X: Iterable[Item], y: Any = None) -> csr_matrix | NDArray[np.int64]:  # noqa: N803
        """Do what `fit` and `transform` do, reading the texts once."""
        return self._matrix(self._learn(X))

    def transform(self, X: Iterable[Item]) -> csr_matrix | NDArray[np.int64]:  # noqa: N803
        """Return the counts, (texts, features).

        Args:
            X: texts, or mappings with ``text`` and perhaps ``date``, their day of publication.

        Raises:
            TypeError: an item of X has no text.
            ValueError: X is a single string or a table.
            FileNotFoundError: a file of the model is missing.
            sklearn.exceptions.NotFittedError: `fit` was not called.
        """
        check_is_fitted(self)
        return self._matrix(list(self._count(X)))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the features' names in the order of the columns; the argument is ignored."""
        check_is_fitted(self)
        return np.array([*COUNTS, *self.vocabulary_], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []  # counts, whatever comes in
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the loaded model, which cannot be pickled."""
        return {name: value for name, value in super().__getstate__().items() if name != "_pipeline"}

    def _learn(self, texts: Iterable[Item]) -> list[Counter[str]]:
        """Learn the vocabulary and return the counts of each text."""
        if self.actors not in ("name", "country"):
            raise ValueError(f"actors is {self.actors!r}, neither 'name' nor 'country'")
        share = isinstance(self.min_df, float)
        if not (0 <= self.min_df <= 1 if share else self.min_df >= 1):
            raise ValueError(
                f"min_df is {self.min_df!r}, neither a number from 1 nor a share from 0.0 to 1.0"
            )
        self._pipeline = self._load()
        counts = list(self._count(texts))
        if not counts:
            raise ValueError("there are no texts to fit on")
        texts_with = Counter(name for count in counts for name in count.keys() - set(COUNTS))
        least = self.min_df * len(counts) if share else self.min_df
        names = sorted(name for name, number in texts_with.items() if number >= least)
        self.vocabulary_ = {name: column for column, name in enumerate(names, len(COUNTS))}
        return counts

    def _load(self) -> Pipeline:
        return eventx.load(self.model, min_score=self.min_score, gate=self.gate)

    def _count(self, texts: Iterable[Item]) -> Iterator[Counter[str]]:
        if isinstance(texts, str):
            raise ValueError("expected texts, got a single string: put it into a list")
        if getattr(texts, "ndim", 1) != 1:  # a data frame would give the names of its columns
            raise ValueError("expected a sequence of texts, got a table: select the column with the texts")
        if not hasattr(self, "_pipeline"):
            self._pipeline = self._load()
        return map(self._counts, self._pipeline.pipe(texts))

    def _counts(self, document: Document) -> Counter[str]:
        meetings = document.meetings or []
        counts = Counter(meetings=len(meetings))
        for meeting in meetings:
            counts.update((f"status={meeting.status}", f"format={meeting.format}"))
            counts.update({role: len(getattr(meeting, role)) for role in (*PARTIES, "places")})
            counts.update(self._actors(meeting))
        counts["dates"] = len({(date.start, date.end) for event in document.events for date in event.dates})
        return counts

    def _actors(self, meeting: Meeting) -> set[str]:
        """Return the features of who takes part in a meeting, each once."""
        actors = [actor for role in PARTIES for actor in getattr(meeting, role)]
        if self.actors == "country":
            return {f"country={actor.country}" for actor in actors if actor.country}
        return {f"actor={without_surrogates(actor.name)}" for actor in actors}

    def _matrix(self, counts: list[Counter[str]]) -> csr_matrix | NDArray[np.int64]:
        columns = {name: column for column, name in enumerate(self.get_feature_names_out())}
        cells = [
            (row, columns[name], number)
            for row, count in enumerate(counts)
            for name, number in count.items()
            if number and name in columns
        ]
        rows, places, numbers = np.array(cells, dtype=np.int64).reshape(-1, 3).T
        matrix = csr_matrix((numbers, (rows, places)), shape=(len(counts), len(columns)))
        return matrix if self.sparse_output else matrix.toarray()
