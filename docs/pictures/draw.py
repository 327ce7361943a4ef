"""Draws the pictures of meetings in this folder by the commands that `docs/pictures.md` and README tell.

pip install "eventx[plot]" playwright    # and Chromium: from the system, or by `playwright install chromium`
python docs/pictures/draw.py [--out DIR]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from eventx import cli
from eventx.cli.plot import KINDS

FOLDER = Path(__file__).parent
ARTICLES = FOLDER.parents[1] / "examples" / "articles"


def photograph(page: Path, out: Path) -> None:
    """Write what a browser shows of a page of meetings, down to the end of its first article."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")  # if None, the one that playwright has installed
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1100, "height": 800})
        view.goto(page.as_uri())
        end = view.locator("article").first.evaluate("article => article.getBoundingClientRect().bottom + 20")
        view.screenshot(path=out, full_page=True, clip={"x": 0, "y": 0, "width": 1100, "height": end})
        browser.close()


def main() -> None:
    """Write a picture of each kind, and one of the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder (default: that of this script)")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        records, page = Path(folder, "meetings.jsonl"), Path(folder, "meetings.html")
        cli.main(["extract", str(ARTICLES), "-o", str(records)])
        for kind in KINDS:
            cli.main(["plot", str(records), "-o", str(out / f"{kind}.svg"), "--kind", kind])
        cli.main(["convert", str(records), "-o", str(page)])
        photograph(page, out / "page.png")


if __name__ == "__main__":
    main()
