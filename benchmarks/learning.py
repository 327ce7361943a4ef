"""Draws the learning curve: what some passages of one's own are worth to a model that never saw their kind.

    python benchmarks/learning.py --data DIR --out DIR [--sizes 25 50 100 200 400] [--seeds 1 2 3] [--share 1]

``--data`` holds the annotated files. A model learns from the news in it alone; then, with the settings
that ``eventx train --base`` has by default, from a number of the passages that were written for the
purpose, a kind of text that it has never seen (a hundred others of them say when to stop and fit its
scores). All models are judged on other passages of that kind and, to see what was forgotten, on news. A
run's figures are kept in OUT, and a run that is there is not done again. ``--picture`` draws them.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from quality import bare, gold, shares

import eventx
from eventx.evaluation import evaluate
from eventx.training import Config, read_config, train

NEWS = ("train.jsonl", "docs_train.jsonl")
OWN = "authored.jsonl"
JUDGED = ("authored_dev.jsonl", "dev.jsonl")
COLUMNS = ("trigger", "arguments", "date values", "status", "format")
HELD_OUT = 100
"""Passages that say when to stop."""


class Run(msgspec.Struct):
    """What is kept of a run."""

    size: int
    """Passages that the model learnt from; 0 for the one that knows news only."""
    seed: int
    share: int
    figures: dict[str, dict[str, float]]
    """F1 and accuracies in percent, by file and column."""


def lines(file: Path) -> list[str]:
    """Return the lines of a file."""
    return file.read_text("utf-8").splitlines(keepends=True)


def write(file: Path, records: Sequence[str]) -> Path:
    """Write lines to a file and return it."""
    file.write_text("".join(records), "utf-8")
    return file


def start(data: Path, out: Path, share: int) -> Path:
    """Return the folder of the model that knows news only; it is trained if it is not there."""
    folder = out / f"news-{share}"
    if not (folder / "README.md").is_file() or (folder / "checkpoints").is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            news = [line for name in NEWS for line in lines(data / name)][::share]
            few = write(Path(scratch) / "dev.jsonl", news[::20])
            rest = write(Path(scratch) / "train.jsonl", [line for n, line in enumerate(news) if n % 20])
            train([rest], few, folder, config=Config(name="news"))
    return folder


def learnt(data: Path, base: Path, size: int, seed: int, scratch: Path) -> Path:
    """Return the folder of a model that learnt from some passages besides."""
    own = random.Random(seed).sample(lines(data / OWN), HELD_OUT + size)
    few = write(scratch / "dev.jsonl", own[:HELD_OUT])
    some = write(scratch / "train.jsonl", own[HELD_OUT:])
    config = msgspec.structs.replace(read_config(None, base), seed=seed)
    train([some], few, scratch / "model", base, config)
    return scratch / "model"


def judge(model: Path, data: Path) -> dict[str, dict[str, float]]:
    """Return a model's figures."""
    nlp = eventx.load(model)
    figures = {}
    for name in JUDGED:
        documents = gold([data / name])
        scores = shares(evaluate(documents, nlp.annotate(bare(documents))))
        figures[name] = {column: 100 * (scores[column] or 0.0) for column in COLUMNS}
    return figures


def table(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the lines of a Markdown table: the mean over the seeds, and how far these lie apart."""
    for name in JUDGED:
        yield f"| passages, on `{name}` | seeds | {' | '.join(COLUMNS)} |"
        yield f"| ---: | ---: |{' ---: |' * len(COLUMNS)}"
        for size in sorted({run.size for run in runs}):
            own = [run.figures[name] for run in runs if run.size == size]
            cells = (_shown([figures[column] for figures in own]) for column in COLUMNS)
            yield f"| {size} | {len(own)} | {' | '.join(cells)} |"
        yield ""


def _shown(values: Sequence[float]) -> str:
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"


def draw(runs: Sequence[Run], file: Path) -> None:
    """Draw arguments and triggers by the number of passages."""
    from matplotlib.figure import Figure

    axes = (figure := Figure(figsize=(6, 3.6), layout="constrained")).subplots()
    sizes = sorted({run.size for run in runs})
    for column, style in (("trigger", "o-"), ("arguments", "s-")):
        for name, colour in zip(JUDGED, ("tab:blue", "tab:gray"), strict=True):
            means = [statistics.mean(r.figures[name][column] for r in runs if r.size == n) for n in sizes]
            label = f"{column}s' F1 on " if column == "trigger" else f"{column}' F1 on "
            kind = "the new kind of text" if name == JUDGED[0] else "news"
            axes.plot(range(len(sizes)), means, style, color=colour, label=label + kind)
    axes.set_xticks(range(len(sizes)), [str(size) for size in sizes])
    axes.set_xlabel("own passages learnt from")
    axes.set_ylabel("percent")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Do the runs that are missing and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the annotated files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the first model and the figures")
    parser.add_argument("--sizes", type=int, nargs="+", default=[25, 50, 100, 200, 400])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--share", type=int, default=1, help="each which text of the news is learnt from")
    parser.add_argument("--picture", type=Path, help="draw the curve into this file")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = [(0, 1), *((size, seed) for seed in args.seeds for size in args.sizes)]
    for size, seed in wanted:
        file = args.out / f"{size}-{seed}-{args.share}.json"
        if not file.is_file():
            base = start(args.data, args.out, args.share)
            with tempfile.TemporaryDirectory() as scratch:
                model = learnt(args.data, base, size, seed, Path(scratch)) if size else base
                run = Run(size, seed, args.share, judge(model, args.data))
            file.write_bytes(msgspec.json.encode(run))
    files = sorted(args.out.glob(f"*-{args.share}.json"))
    runs = [msgspec.json.decode(file.read_bytes(), type=Run) for file in files]
    print("\n".join(table(runs)))
    if args.picture:
        draw(runs, args.picture)


if __name__ == "__main__":
    main()
