"""The engine for processors: the int8 graph, run by ONNX Runtime.

Activations are quantised by the range of what is computed at once. Every input therefore runs alone, so
that a text's result never depends on what it is batched with; cores are used by running several inputs side
by side.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Condition, RLock, get_ident

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from eventx.inputs import Input
from eventx.labels import COLUMNS

GRAPH = Path("onnx/model_int8.onnx")

EARLY_EXIT = "early_exit"
"""Value of a graph that lets inputs without a trigger leave the encoder early; a graph need not have it."""

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux tells a container what it may use: microseconds of processors, and of time."""

AT_ONCE = 16
"""Inputs that are handed to the threads together."""


class Onnx:
    """Runs the graph of a model folder.

    Args:
        folder: holds GRAPH.
        threads: inputs that run side by side; as many as there are processors if None.
        early_exit: whether inputs in which no trigger shows leave the encoder early, if the graph has that.

    Raises:
        ValueError: the graph cannot be read.
    """

    def __init__(self, folder: Path, threads: int | None = None, early_exit: bool = False) -> None:
        self.threads = threads or processors()
        self._session = Session(folder / GRAPH, "logits", COLUMNS, early_exit)
        self._start_pool()
        if hasattr(os, "register_at_fork"):
            # A forked process has none of its parent's threads and would wait for them for ever.
            this = weakref.ref(self)

            def renew() -> None:
                if (engine := this()) is not None:
                    engine._start_pool()

            os.register_at_fork(after_in_child=renew)

    @property
    def about(self) -> str:
        """Name and version."""
        return f"onnxruntime {onnxruntime.__version__}"

    def __call__(self, inputs: Iterable[Input]) -> Iterator[NDArray[np.float32]]:
        """Yield the output for the words of each input, (words, COLUMNS), in order.

        The threads are at work while the next inputs are made.
        """
        run = self._pool.map if self._pool is not None else map
        stream = iter(inputs)
        under_way: Iterable[NDArray[np.float32]] = ()
        while part := list(islice(stream, AT_ONCE)):
            following = run(self._run, part)
            yield from under_way
            under_way = following
        yield from under_way

    def _start_pool(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def _run(self, sequence: Input) -> NDArray[np.float32]:
        return self._session(sequence)[sequence.heads]


class Session:
    """A graph that gives each word piece some numbers; it runs in the thread that calls it.

    Args:
        file: the graph, with its weights.
        output: its output, (1, pieces, columns).
        columns: how many numbers.
        early_exit: what EARLY_EXIT is, if the graph has that.

    Raises:
        ValueError: it cannot be read, names other files or gives not as many.
    """

    def __init__(self, file: Path, output: str, columns: int, early_exit: bool = False) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        content = file.read_bytes()
        # Weights stand in the graph itself. This is the key by which a graph names other files for them, and
        # not every release of the runtime can be kept from reading these.
        if b"location" in content:
            raise ValueError(f"{file} is no graph that ONNX Runtime can read alone: it names other files")
        try:
            with RUNS:
                opened = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exceptions share no base but this
            raise ValueError(f"{file} is no graph that ONNX Runtime can read: {error}") from None
        shape = opened.get_outputs()[0].shape
        given = shape[-1] if shape else None
        if given != columns:
            raise ValueError(f"{file} has {given} outputs for each token, not {columns}")
        self._opened = opened
        self._output = output
        settable = {one.name for one in opened.get_overridable_initializers()}
        self._switches = {EARLY_EXIT: np.array(early_exit)} if EARLY_EXIT in settable else {}

    def __call__(self, sequence: Input) -> NDArray[np.float32]:
        """Return the numbers of an input's word pieces, (pieces, columns)."""
        given = {
            "input_ids": np.array([sequence.pieces], dtype=np.int64),
            "token_type_ids": np.array([sequence.types], dtype=np.int64),
            **self._switches,
        }
        with RUNS:
            numbers: NDArray[np.float32] = self._opened.run([self._output], given)[0]
        return numbers[0]


class Runs:
    """The runs of graphs that are under way, and no process is forked while there are any.

    The runtime's locks that a thread has taken would stay taken in the forked process, where nobody is left
    to give them back.
    """

    def __init__(self) -> None:
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._hold, after_in_parent=self._go_on, after_in_child=self._begin)

    def __enter__(self) -> None:
        with self._turn, self._free:
            self._threads.add(get_ident())

    def __exit__(self, *_: object) -> None:
        with self._free:
            self._threads.discard(get_ident())
            self._free.notify_all()

    def _begin(self) -> None:
        self._turn, self._free = RLock(), Condition()
        self._threads: set[int] = set()

    def _hold(self) -> None:
        self._turn.acquire()  # no run begins any more
        with self._free:
            self._free.wait_for(lambda: self._threads <= {get_ident()})  # a signal's handler may fork

    def _go_on(self) -> None:
        self._turn.release()


RUNS = Runs()
"""Of this process."""


def processors(quota: Path = QUOTA) -> int:
    """Return the number of processors that this process may use, by its affinity and a container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # no Linux, no quota ("max"), or another form
        time, period = map(int, quota.read_text("ascii").split())
        return max(1, min(count, -(-time // period)))
    return count
