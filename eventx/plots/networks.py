"""Network: who met whom."""

from __future__ import annotations

from collections.abc import Iterable

from eventx.document import Document
from eventx.extras import extra
from eventx.plots.layout import LEAST, Map, lay_out
from eventx.plots.style import SMALL, Look, axes, families, finish, left_out, shorten, size

with extra("plot"):
    import networkx as nx
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    from eventx.forms.graphs import graph

KINDS = {
    "person": Look("person", "#0072b2", "o", "#0072b2"),
    "organisation": Look("organisation", "#e69f00", "s", "#e69f00"),
    "country": Look("country", "#009e73", "D", "#009e73"),
    "group": Look("group", "#888888", "^", "#888888"),
}

ACTORS = 60
"""Actors shown at most; in axes that are given, as many as have room."""

LINES = 150
"""Lines shown at most, unless more are equal and none is thicker."""

AREA = 6000.0
"""Square points of an actor with its name, about."""

DIAMETER = 7.0
"""Points of the node of an actor with one meeting; the area grows with the meetings."""

THICKEST = 6.0
"""Points of the thickest line, about."""

LARGEST = 16
"""How many times the smallest area a node has at most."""

LONGEST = 36
"""Letters of a name."""


def network(documents: Iterable[Document], ax: Axes | None = None) -> Axes:
    """Draw who met whom: a node for each actor, a line between those that met or may meet.

    Actors of different documents are the same if names and kinds are (`eventx.forms.graphs`). If there are
    too many, those with most meetings are shown, and whom they met; groups last, since their names say least.
    Of too many lines the thickest are shown.

    Args:
        documents: are taken one at a time.
        ax: where to draw; if names have no room, all becomes smaller.

    Raises:
        ValueError: no two actors met.
    """
    everybody = graph(documents)
    if not everybody.number_of_edges():
        raise ValueError("nothing to draw: no two parties of a meeting, cancelled ones apart")
    room = ACTORS
    if ax is not None:
        width, height = size(ax)
        room = max(2, min(ACTORS, int(width * height / AREA)))
    shown = _chosen(everybody, room)
    names = {node: shorten(_name(shown.nodes[node]), LONGEST) for node in shown}
    areas = _areas(shown)
    plan = lay_out(shown, names, areas)
    met = sum(degree > 0 for _, degree in everybody.degree())
    notes = [
        "The larger a node, the more meetings; the thicker a line, the more of them together.",
        left_out(
            met - len(shown), "actor", "(shown are those with most meetings, and whom they met; groups last)"
        ),
        left_out(len(everybody) - met, "actor", "without a meeting with another, cancelled ones apart"),
    ]
    lines = everybody.subgraph(shown).number_of_edges()
    notes.append(left_out(lines - shown.number_of_edges(), "line", "of fewer meetings"))
    scale = 1.0 if ax is None else min(1.0, width / plan.width, height / plan.height)
    plan = plan.stretched(LEAST) if ax is None else plan
    ax = axes(ax, (plan.width + 30) / 72, (plan.height + 100) / 72)
    _draw(ax, shown, names, areas, plan, scale)
    finish(ax, "Who met whom", notes)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    return ax


def _name(actor: dict[str, str]) -> str:
    """Return an actor's name, with its country if that is known and it is none itself."""
    country = actor.get("country", "") if actor["kind"] != "country" else ""
    # Several tell that documents disagree, or that two actors have the name.
    return f"{actor['label']} ({country})" if country and ";" not in country else actor["label"]


def _chosen(everybody: nx.Graph, room: int) -> nx.Graph:
    """Return the part of the graph that is shown."""

    def rank(node: str) -> tuple[bool, int, int, str]:
        actor = everybody.nodes[node]
        return actor["kind"] == "group", -actor["meetings"], -everybody.degree(node), node

    chosen: dict[str, None] = {}
    for node in sorted(everybody, key=rank):
        group = everybody.nodes[node]["kind"] == "group"
        partners = [other for other in everybody[node] if group or everybody.nodes[other]["kind"] != "group"]
        for one in [node, *sorted(partners, key=rank)] if partners else ():
            if len(chosen) < room:
                chosen[one] = None
    edges = {ends: everybody.edges[ends] for ends in everybody.edges if chosen.keys() >= {*ends}}
    least = _least([edge["weight"] for edge in edges.values()])
    strong = {ends: edge for ends, edge in edges.items() if edge["weight"] >= least}
    joined = {node for ends in strong for node in ends}
    shown = nx.Graph()
    shown.add_nodes_from((node, everybody.nodes[node]) for node in chosen if node in joined)
    shown.add_edges_from((*ends, edge) for ends, edge in strong.items())
    return shown


def _least(weights: list[int]) -> int:
    """Return the weight from which lines are shown: as many as can be told apart, of equal ones all."""
    ordered = sorted(weights, reverse=True)
    if len(ordered) <= LINES:
        return ordered[-1]
    return min((weight for weight in ordered[:LINES] if weight > ordered[LINES]), default=ordered[0])


def _areas(shown: nx.Graph) -> dict[str, float]:
    """Return the area of each node in square points."""
    most = max(shown.nodes[node]["meetings"] for node in shown)
    unit = DIAMETER**2 * min(1.0, LARGEST / most)
    return {node: max(DIAMETER**2 / 2, unit * shown.nodes[node]["meetings"]) for node in shown}


def _draw(
    ax: Axes, shown: nx.Graph, names: dict[str, str], areas: dict[str, float], plan: Map, scale: float
) -> None:
    """Draw lines, nodes and names; a scale below 1 makes all of them smaller."""
    most = max(weight for *_, weight in shown.edges(data="weight"))
    unit = scale * min(1.0, 2 * LINES / shown.number_of_edges(), THICKEST / most)
    for held, style in ((True, "solid"), (False, (0, (3, 2)))):
        ends = [edge for edge in shown.edges if bool(shown.edges[edge]["occurred"]) == held]
        widths = [max(unit * shown.edges[edge]["weight"], 0.2 * scale) for edge in ends]
        if not ends:
            continue
        segments = [[plan.nodes[one], plan.nodes[other]] for one, other in ends]
        ax.add_collection(
            LineCollection(segments, linewidths=widths, colors="#aaaaaa", linestyles=[style], zorder=1)
        )
    for kind, look in KINDS.items():
        chosen = [node for node in shown if shown.nodes[node]["kind"] == kind]
        if chosen:
            x, y = zip(*(plan.nodes[node] for node in chosen), strict=True)
            s = [scale**2 * areas[node] for node in chosen]
            ax.scatter(x, y, s=s, marker=look.marker, color=look.colour, linewidth=0, zorder=2)
    for node, name in names.items():
        ax.annotate(
            name,
            plan.nodes[node],
            (0, -scale * (areas[node] ** 0.5 / 2 + 1)),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=scale * SMALL,
            parse_math=False,
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5},  # lines pass behind
            fontfamily=families([name]),
            zorder=3,
        )
    _legend(ax, shown)
    ax.set_xlim(0, plan.width)
    ax.set_ylim(plan.height, 0)
    ax.set_aspect("equal", adjustable="box", anchor="NW")


def _legend(ax: Axes, shown: nx.Graph) -> None:
    kinds = {shown.nodes[node]["kind"] for node in shown}
    for kind, look in KINDS.items():
        if kind in kinds:
            ax.add_line(Line2D([], [], marker=look.marker, color=look.colour, linestyle="", label=look.label))
    held = {bool(shown.edges[edge]["occurred"]) for edge in shown.edges}
    for truth, style, label in ((True, "-", "met"), (False, "--", "meeting planned or talked about")):
        if truth in held:
            ax.add_line(Line2D([], [], color="#aaaaaa", linestyle=style, label=label))
