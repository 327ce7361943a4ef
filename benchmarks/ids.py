"""Memory that ids take while documents are read: a digest of each is kept to find those that are given twice.

    pip install ".[benchmark]"
    python benchmarks/ids.py [--documents N]

The documents are empty, and their ids have 36 characters.
"""

from __future__ import annotations

import argparse
import uuid
from collections import deque
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from eventx.readers import find, read


def main() -> None:
    """Print by how many bytes for each document the process grows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=1_000_000)
    number = parser.parse_args().documents
    with TemporaryDirectory() as folder:
        path = Path(folder) / "news.jsonl"
        with path.open("w") as stream:
            stream.writelines(f'{{"id": "{uuid.UUID(int=one)}", "text": ""}}\n' for one in range(number + 2))
        entries = read(find([str(path)]))
        next(entries)
        memory = psutil.Process().memory_info
        before = memory().rss
        deque(islice(entries, number), maxlen=0)  # not to the end, where all is forgotten
        print(f"{(memory().rss - before) / number:.0f} bytes for each of {number:,} documents")


if __name__ == "__main__":
    main()
