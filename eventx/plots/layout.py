"""Layout: where the actors of a network stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eventx.extras import extra
from eventx.plots.style import extent

with extra("plot"):
    import networkx as nx

GAP = 6.0
"""Points between names."""

LEAST = 540.0
"""Points of width that are there for even the smallest graph."""

SEED = 1

Boxes: TypeAlias = NDArray[np.float64]


class Map(NamedTuple):
    """Where actors stand, in points; a name stands below its node."""

    nodes: dict[str, tuple[float, float]]
    width: float
    height: float

    def stretched(self, width: float) -> Map:
        """Return the map drawn out to a width, unless it is as wide."""
        if self.width >= width:
            return self
        nodes = {node: (x * width / self.width, y) for node, (x, y) in self.nodes.items()}
        return Map(nodes, width, self.height)


def lay_out(graph: nx.Graph, names: dict[str, str], areas: dict[str, float]) -> Map:
    """Return places for all actors: each component is laid out, then all are packed in rows.

    No two names overlap.

    Args:
        graph: of the actors that are shown.
        names: what is written below each, in one line.
        areas: of the nodes, in square points.
    """
    boxes = _boxes(names, areas)
    parts = []
    for members in nx.connected_components(graph):
        # Made anew, since a view of the graph has its nodes in the order of a set.
        part = nx.Graph()
        part.add_nodes_from(node for node in graph if node in members)
        part.add_edges_from((one, other) for one, other in graph.edges if one in members)
        order = list(part)
        sizes = np.array([boxes[node] for node in order])
        layout = nx.spring_layout(part, iterations=200, seed=SEED)
        stretch = np.array([1.6, 1.0]) * 14 * len(order) ** 0.75  # names are wide
        centres = _apart(np.array([layout[node] for node in order]) * stretch, sizes)
        low = (centres - sizes / 2).min(axis=0)
        high = (centres + sizes / 2).max(axis=0)
        parts.append((order, centres - low, sizes, high - low))
    return _packed(parts, areas)


def _boxes(names: dict[str, str], areas: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return the width and height of each node with its name, in points."""
    found = {}
    for node, name in names.items():
        width, height = extent(name)
        side = areas[node] ** 0.5
        found[node] = max(width, side) + GAP, height + side + GAP
    return found


def _apart(centres: Boxes, sizes: Boxes) -> Boxes:
    """Return the centres of boxes moved until none overlap, each pair along the side where it is less.

    Args:
        centres: of shape (boxes, 2).
        sizes: widths and heights, of the same shape.
    """
    room = (sizes[:, None] + sizes[None]) / 2
    upper = np.triu(np.ones((len(sizes), len(sizes)), bool), 1)
    for turn in range(1, 2000):
        apart = centres[:, None] - centres[None]
        overlap = room - np.abs(apart)
        pressed = np.argwhere(upper & (overlap > 0.01).all(axis=2))
        if not len(pressed):
            break
        for one, other in pressed:
            side = int(overlap[one, other, 1] < overlap[one, other, 0])
            push = overlap[one, other, side] / 2 * (1 if apart[one, other, side] >= 0 else -1)
            centres[one, side] += push / 2
            centres[other, side] -= push / 2
        if turn % 50 == 0:  # no way out between neighbours: all move away from each other
            centres = centres * 1.1
    return centres


def _packed(parts: Sequence[tuple[list[str], Boxes, Boxes, Boxes]], areas: dict[str, float]) -> Map:
    """Return components in rows, the highest first; lower ones stand below each other in a row's columns."""
    between = 3 * GAP
    widest = max(space[0] for *_, space in parts)
    square = sum((space[0] + between) * (space[1] + between) for *_, space in parts) * 2.2
    limit = max(widest, square**0.5, LEAST)
    nodes: dict[str, tuple[float, float]] = {}
    x = y = row = column = filled = width = 0.0
    for order, centres, sizes, space in sorted(parts, key=lambda part: -part[3][1]):
        if filled + space[1] > row or x + space[0] > limit:  # no room in this column
            x, column, filled = x + column, 0.0, 0.0
            if x and x + space[0] > limit:
                x, y, row = 0.0, y + row + between, 0.0
        for node, centre, box in zip(order, centres, sizes, strict=True):
            top = y + filled + centre[1] - box[1] / 2
            nodes[node] = float(x + centre[0]), float(top + areas[node] ** 0.5 / 2 + GAP / 2)
        column = max(column, space[0] + between)
        filled += space[1] + between
        row = max(row, space[1])
        width = max(width, x + space[0])
    return Map(nodes, float(width), float(y + row))
