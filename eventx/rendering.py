"""Writes records to a file in a process of its own, within bounds of memory and size.

    python -m eventx.rendering FILE BYTES < RECORDS

Of a record of some megabytes a file of many gigabytes can be made. So who renders what others send lets this
do it, which imports little and so begins at once. What it prints is why there is no file.
"""

from __future__ import annotations

import contextlib
import errno
import json
import sys
import traceback

from eventx import forms
from eventx.document import Document

MEMORY = 10**9
"""Bytes of memory that it may have beside ten for each byte of the file."""

FAILED, REFUSED, TOO_LARGE = 1, 2, 3
"""How it ends: an error that nobody foresaw; the form cannot hold the records; the file would be larger."""


def main() -> int:
    """Write the records and return the exit status."""
    path, size = sys.argv[1:]
    with contextlib.suppress(ImportError):  # not everywhere
        _limit(int(size))
    try:
        value = json.loads(sys.stdin.buffer.read())
        forms.write(map(Document.from_dict, value if isinstance(value, list) else [value]), path)
    except ValueError as error:
        print(json.dumps(str(error)))
        return REFUSED
    except Exception as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.EFBIG:
            return TOO_LARGE
        sys.stderr.writelines(traceback.format_tb(error.__traceback__))  # and nothing that quotes a text
        return FAILED
    return 0


def _limit(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY + 10 * size, MEMORY + 10 * size))


if __name__ == "__main__":
    sys.exit(main())
