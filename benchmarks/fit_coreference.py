r"""Fit the weights of ``eventx/coreference.json`` on gold documents and report LEA by cross-validation.

    python benchmarks/fit_coreference.py OUT/split/train.jsonl models/annotations/authored.jsonl \
        OUT/split/news.jsonl --seed seeds/gold.jsonl       # OUT: that of models/build.py

Each document is gone through as in use, with the meetings so far as the gold has them. A virtual or
phone format counts only where the mention's own sentence has a word for it: that is what a tagger sees,
while gold mentions have the format of their meeting. Copies with arguments left out and another status are
learnt from as well, since a tagger makes such errors.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.feature_extraction.text import CountVectorizer

from eventx.actors import Cast
from eventx.coreference import OPEN, WEIGHTS, Cluster, cluster, features, mentions
from eventx.document import ROLES, Document, Status
from eventx.evaluation import evaluate
from eventx.meetings import parties
from eventx.sentences import paragraphs, sentences

FOLDS = 5
PENALTY = 2.0
"""Strength of the regularisation, chosen by cross-validation among 1, 2 and 4."""
RARE = 20
"""Features that hold less often are left out."""

ARTICLE = 3
"""Weight of a choice in a text of three or more paragraphs: there are fewer articles than passages."""
SEED = 10
"""Weight of a choice in a text that has to come out right."""

COPIES = 4
"""Copies of a document with errors that are learnt from beside the document itself."""
WRONG = 0.14
"""Share of the arguments that a copy loses, and of the mentions that get a status by chance: so many of the
first are missed on texts held out, and a few less of the second are wrong."""

FORMAT_WORDS = re.compile(
    r"video|virtual|online|remote|zoom|web|call|phone|telecon|spoke|rang|hook-up|screen|line", re.I
)


def read(file: Path) -> list[Document]:
    """Return the documents of a file, with the formats that a tagger can see."""
    with file.open(encoding="utf-8") as lines:
        documents = [Document.from_dict(json.loads(line)) for line in lines]
    for document in documents:
        for start, end in sentences(document.text):
            if FORMAT_WORDS.search(document.text, start, end):
                continue
            for event in document.events:
                if start <= event.trigger.start < end:
                    event.format = "in_person"
    return documents


def blurred(document: Document, chance: random.Random) -> Document:
    """Return a document as a tagger might see it: some arguments missed, some mentions of another status."""
    copy = Document.from_dict(document.to_dict())
    for event in copy.events:
        for role in ROLES:
            setattr(event, role, [span for span in getattr(event, role) if chance.random() >= WRONG])
        if chance.random() < WRONG:
            event.status = chance.choice(get_args(Status))
    return copy


class Choice(NamedTuple):
    """A mention, and the meetings it can be of."""

    features: list[list[str]]
    """Of each meeting mentioned before, then of a new one."""
    right: int
    """Which it is of."""
    weight: float


def weight(document: Document) -> int:
    """Return how much a choice in the document counts."""
    return ARTICLE if len(list(paragraphs(document.text))) >= 3 else 1


def choices(document: Document, importance: float) -> Iterator[Choice]:
    """Yield the mentions of a document that have a choice, with the meetings that gold has so far."""
    cast = Cast(document.text, parties(document.events))
    known: dict[int | None, Cluster] = {}
    for event, mention in zip(document.events, mentions(document, cast), strict=True):
        numbers = list(known)[-OPEN:]
        if numbers and (event.cluster in numbers or event.cluster not in known):
            right = numbers.index(event.cluster) if event.cluster in numbers else len(numbers)
            yield Choice(list(features(mention, [known[number] for number in numbers])), right, importance)
        same = known.pop(event.cluster, None) or Cluster(len(known) + 1)
        same.add(mention)
        known[event.cluster] = same


def fit(found: Sequence[Choice], penalty: float = PENALTY, rare: int = RARE) -> dict[str, float]:
    """Return the weights of a conditional logistic regression on choices.

    Args:
        found: the choices.
        penalty: strength of the regularisation.
        rare: features that hold less often are left out.
    """
    times = Counter(name for choice in found for active in choice.features for name in active)
    rows = [
        [name for name in active if times[name] >= rare] for choice in found for active in choice.features
    ]
    vectorizer = CountVectorizer(analyzer=list, dtype=np.float64)
    matrix = vectorizer.fit_transform(rows)
    sizes = np.array([len(choice.features) for choice in found])
    firsts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    right = firsts + np.array([choice.right for choice in found])
    importance = np.array([choice.weight for choice in found])

    def objective(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = matrix @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, firsts), sizes)
        sums = np.add.reduceat(np.exp(scores), firsts)
        loss = importance @ (np.log(sums) - scores[right]) + penalty / 2 * weights @ weights
        slope = np.exp(scores) * np.repeat(importance / sums, sizes)
        slope[right] -= importance
        return loss, matrix.T @ slope + penalty * weights

    start = np.zeros(matrix.shape[1])
    best = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    names = vectorizer.get_feature_names_out()
    weights = {name: round(float(weight), 3) for name, weight in zip(names, best.x, strict=True)}
    return {name: weight for name, weight in weights.items() if weight}


def likelihood(found: Sequence[Choice], weights: dict[str, float]) -> tuple[float, int, int]:
    """Return the log-likelihood of choices, in how many the right one is the best, and how many they are."""
    logs, hits = 0.0, 0
    for choice in found:
        scores = [sum(weights.get(name, 0.0) for name in active) for active in choice.features]
        logs += scores[choice.right] - float(np.logaddexp.reduce(scores))
        hits += scores.index(max(scores)) == choice.right
    return logs, hits, len(found)


def merged(document: Document, weights: dict[str, float]) -> Document:
    """Return a copy of a document with its mentions clustered by the weights."""
    copy = Document.from_dict(document.to_dict())
    chosen = cluster(copy, Cast(copy.text, parties(copy.events)), weights)
    for event, choice in zip(copy.events, chosen, strict=True):
        event.cluster = choice.number
    return copy


def main() -> None:
    """Cross-validate file by file, then fit on everything and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument(
        "--seed", type=Path, required=True, help="file with texts that have to come out right"
    )
    args = parser.parse_args()
    sources = {file: read(file) for file in args.files}
    seed = [choice for document in read(args.seed) for choice in choices(document, SEED)]
    chance = random.Random(1)
    copies = {
        file: [[document, *(blurred(document, chance) for _ in range(COPIES))] for document in documents]
        for file, documents in sources.items()
    }
    every = {
        file: [
            [choice for one in same for choice in choices(one, weight(one) / len(same))] for same in documents
        ]
        for file, documents in copies.items()
    }
    gold: dict[Path, list[Document]] = {file: [] for file in sources}
    clear: dict[Path, list[Document]] = {file: [] for file in sources}
    dim: dict[Path, list[Document]] = {file: [] for file in sources}
    logs: dict[Path, list[tuple[float, int, int]]] = {file: [] for file in sources}
    for fold in range(FOLDS):
        rest = [found for per_document in every.values() for found in _without(per_document, fold)]
        weights = fit([*rest, *seed])
        for file, documents in sources.items():
            held = documents[fold::FOLDS]
            gold[file] += held
            clear[file] += (merged(document, weights) for document in held)
            dim[file] += (merged(same[1], weights) for same in copies[file][fold::FOLDS])
            logs[file].append(likelihood([c for found in every[file][fold::FOLDS] for c in found], weights))
    for file in sources:
        right, wrong = (evaluate(gold[file], found[file]).coreference.f1 for found in (clear, dim))
        log, hits, size = map(sum, zip(*logs[file], strict=True))
        print(
            f"{file.stem}: LEA {right:.3f}, of copies with errors {wrong:.3f}; "
            f"log-likelihood {log / size:.3f}, right choices {hits / size:.3f}"
        )
    weights = fit([*(choice for found in every.values() for one in found for choice in one), *seed])
    WEIGHTS.write_text(json.dumps(weights, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def _without(documents: Sequence[list[Choice]], fold: int) -> Iterator[Choice]:
    """Yield the choices of the documents that are not in a fold."""
    for number, found in enumerate(documents):
        if number % FOLDS != fold:
            yield from found


if __name__ == "__main__":
    main()
