"""Fit the weights of ``eventx/coreference.json`` on gold documents and report LEA by cross-validation.

    python benchmarks/fit_coreference.py docs_train.jsonl authored_docs.jsonl train.jsonl authored.jsonl

Each document is gone through as in use, with the meetings so far as the gold has them. A virtual or
phone format counts only where the mention's own sentence has a word for it: that is what a tagger sees,
while gold mentions have the format of their meeting.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from eventx.coreference import OPEN, WEIGHTS, Cluster, certain, cluster, features, mentions, relations
from eventx.document import Document
from eventx.evaluation import evaluate
from eventx.sentences import paragraphs, sentences

FOLDS = 5
C = 0.3
"""Inverse strength of the regularisation, chosen by cross-validation among 0.1, 0.3 and 0.6."""

ARTICLE = 3
"""Weight of an example from a text of three or more paragraphs: there are fewer articles than passages."""

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


class Example(NamedTuple):
    """A mention and a meeting that was mentioned before it."""

    features: dict[str, int]
    same: bool
    """Whether the mention is of the meeting."""
    certain: bool
    """Whether ``coreference.certain`` says so."""


def examples(document: Document) -> Iterator[Example]:
    """Yield each mention with each meeting before it."""
    known: dict[int | None, Cluster] = {}
    for event, mention in zip(document.events, mentions(document), strict=True):
        compared = list(known.items())[-OPEN:]
        every = [relations(mention, other) for _, other in compared]
        actives = features(mention, every)
        for (number, _), found, active in zip(compared, every, actives, strict=True):
            yield Example(dict.fromkeys(active, 1), number == event.cluster, certain(found, every))
        same = known.pop(event.cluster, None) or Cluster(len(known) + 1)
        same.add(mention)
        known[event.cluster] = same


def weight(document: Document) -> int:
    """Return how much an example from the document counts."""
    return ARTICLE if len(list(paragraphs(document.text))) >= 3 else 1


def fit(documents: Sequence[Document]) -> dict[str, float]:
    """Return the weights fitted on documents."""
    found = [(example, weight(document)) for document in documents for example in examples(document)]
    rows = [example.features for example, _ in found]
    labels = [example.same for example, _ in found]
    importance = [importance for _, importance in found]
    vectorizer = DictVectorizer()
    model = LogisticRegression(C=C, max_iter=2000)
    model.fit(vectorizer.fit_transform(rows), np.array(labels), sample_weight=importance)
    weights = dict(zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True))
    rounded = {name: round(float(weight), 3) for name, weight in sorted(weights.items())}
    return {"bias": round(float(model.intercept_[0]), 3)} | {name: w for name, w in rounded.items() if w}


def merged(document: Document, weights: dict[str, float]) -> Document:
    """Return a copy of a document with its mentions clustered by the weights."""
    copy = Document.from_dict(document.to_dict())
    for event, number in zip(copy.events, cluster(copy, weights), strict=True):
        event.cluster = number
    return copy


def main() -> None:
    """Cross-validate file by file, then fit on everything and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    sources = {file: read(file) for file in parser.parse_args().files}
    predicted: dict[Path, list[Document]] = {file: [] for file in sources}
    gold: dict[Path, list[Document]] = {file: [] for file in sources}
    for fold in range(FOLDS):
        rest = [d for documents in sources.values() for i, d in enumerate(documents) if i % FOLDS != fold]
        weights = fit(rest)
        for file, documents in sources.items():
            held = documents[fold::FOLDS]
            gold[file] += held
            predicted[file] += (merged(document, weights) for document in held)
    for file in sources:
        score = evaluate(gold[file], predicted[file]).coreference
        print(
            f"{file.stem}: LEA F1 {score.f1:.3f}, precision {score.precision:.3f}, recall {score.recall:.3f}"
        )
    everything = [document for documents in sources.values() for document in documents]
    signs = [example.same for document in everything for example in examples(document) if example.certain]
    print(f"certain signs: {sum(signs)} of {len(signs)} right")
    weights = fit(everything)
    WEIGHTS.write_text(json.dumps(weights, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
