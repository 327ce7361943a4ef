"""Draws the pictures of meetings in this folder by the commands that `docs/pictures.md` tells.

pip install "eventx[plot]"
python docs/pictures/draw.py [--out DIR]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from eventx import cli
from eventx.cli.plot import KINDS

FOLDER = Path(__file__).parent
ARTICLES = FOLDER.parents[1] / "examples" / "articles"


def main() -> None:
    """Write a picture of each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder (default: that of this script)")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        records = str(Path(folder, "meetings.jsonl"))
        cli.main(["extract", str(ARTICLES), "-o", records])
        for kind in KINDS:
            cli.main(["plot", records, "-o", str(out / f"{kind}.svg"), "--kind", kind])


if __name__ == "__main__":
    main()
