"""What a long run shows on standard error, if that is a terminal: how far it is, the rate, the time left."""

from __future__ import annotations

import os
import sys
import time

from tqdm import tqdm


class Progress:
    """A line that is drawn anew while documents are read and written.

    Args:
        total: bytes that are to be read; without it there is no bar and no time left.
        quiet: whether nothing is shown even on a terminal.
        what: what is counted.
    """

    def __init__(self, total: int | None = None, quiet: bool = False, what: str = "documents") -> None:
        line = "{percentage:3.0f}%|{bar}| {desc} [{elapsed}<{remaining}]" if total else "{desc} [{elapsed}]"
        silent = quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb"
        # With `miniters` at 0 a document redraws the line although it adds no bytes.
        self._bar = tqdm(total=total, bar_format=line, miniters=0, disable=silent)
        self._what = what
        self._documents = self._skipped = 0
        self._start = time.monotonic()
        self.read = 0
        """Bytes that were read so far."""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._bar.update(self.read - self._bar.n)
        self._bar.close()

    def advance(self, count: int) -> None:
        """Count bytes that were read; they show when the documents in them are done."""
        self.read += count

    def finish(self, read: int | None = None, documents: int = 1) -> None:
        """Count documents that are done, in any order.

        Args:
            read: bytes up to the last of them; all that were read if None.
            documents: how many.
        """
        self._documents += documents
        self._show(max(0, (self.read if read is None else read) - self._bar.n))

    def skip(self, documents: int) -> None:
        """Count documents that an earlier run has done; they say nothing of the rate and the time left."""
        self._skipped += documents
        self._bar.n = self._bar.initial = self._bar.last_print_n = self.read
        self._show(0)

    def _show(self, more: int) -> None:
        rate = self._documents / max(time.monotonic() - self._start, 1e-9)
        done = self._skipped + self._documents
        self._bar.set_description_str(f"{done} {self._what}, {rate:.1f}/s", refresh=False)
        self._bar.update(more)
