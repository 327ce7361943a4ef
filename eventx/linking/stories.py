"""Stories: texts that many papers print with few changes are one.

Texts are compared by MinHash (Broder, "On the resemblance and containment of documents", 1997) of their
runs of words; of texts whose resemblance is above ``SAME`` each is the same story as the first.
"""

from __future__ import annotations

import re
from collections import deque

import numpy as np
from numpy.typing import NDArray

from eventx.extras import extra

with extra("link"):
    from datasketch import MinHash, MinHashLSH

RUN = 4
"""Words of a run."""
SIZE = 64
"""Values of a MinHash: an estimate of the resemblance is off by 0.06 on average."""
SAME = 0.4
"""Resemblance (Jaccard) of the runs of two prints of a story: half of the text is common at this value."""
DAYS = 14
"""Days after which a story that comes again is another one."""

Signature = NDArray[np.uint32]
SCHEME = "affine32"
"""How datasketch mixes the values; given, so that those of another run can be compared."""


def signature(text: str) -> Signature:
    """Return the MinHash of a text's runs of words."""
    words = re.findall(r"\w+", text.casefold())
    runs = {" ".join(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1))}
    minhash = MinHash(num_perm=SIZE, scheme=SCHEME)
    minhash.update_batch([run.encode("utf-8", "surrogatepass") for run in runs])
    return minhash.hashvalues


class Stories:
    """The stories of a stream of documents in order of publication; memory holds those of ``DAYS``."""

    def __init__(self) -> None:
        self._index = MinHashLSH(threshold=SAME, num_perm=SIZE)
        self._open: deque[tuple[int, int]] = deque()
        self._known: dict[int, MinHash] = {}
        self._count = 0

    def number(self, values: Signature, day: int) -> int:
        """Return the number of a document's story, a new one if none is known.

        Args:
            values: the document's `signature`.
            day: when it was published, as an ordinal; not before that of the last call.
        """
        while self._open and self._open[0][0] < day - DAYS:
            _, old = self._open.popleft()
            self._index.remove(old)
            del self._known[old]
        minhash = MinHash(num_perm=SIZE, hashvalues=values, scheme=SCHEME)
        found = [(self._known[one].jaccard(minhash), -one) for one in self._index.query(minhash)]
        likeness, negative = max(found, default=(0.0, 0))
        if likeness >= SAME:
            return -negative
        self._count += 1
        self._index.insert(self._count, minhash)
        self._known[self._count] = minhash
        self._open.append((day, self._count))
        return self._count
